"""The dev host reads every golden history as the sagas' own replay does: nothing differs and nothing hangs."""

import json
from pathlib import Path

import pytest

from devhost.protocol import sdk_witness
from devhost.protocol.interpreter import Interpretation, interpret
from devhost.protocol.orchestrator_call import CallSettings, OrchestratorCall, call_orchestrator
from support.orchestrations.replay import ORCHESTRATORS
from support.orchestrations.scenarios import GOLDEN

pytestmark = [
    pytest.mark.filterwarnings("ignore:azure.functions df_:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Potential duplicate Task completion"),
]


def interpretations(path: Path) -> list[Interpretation]:
    recorded = json.loads(path.read_text(encoding="utf-8"))
    name, instance = recorded["orchestrator"], recorded["instance"]
    sdk_witness.install()
    episodes: list[Interpretation] = []
    inputs: dict[int, int] = {}
    for episode in recorded["episodes"]:
        history = recorded["history"][: episode["history"]]
        stored = json.dumps(recorded["input"])
        call = OrchestratorCall(name, instance, None, stored, history)
        decided = call_orchestrator(ORCHESTRATORS[name], call, CallSettings())
        episodes.append(interpret(instance, f"execution-of-{instance}", history, decided, inputs))
    return episodes


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_code_and_host_agree_in_every_episode(path: Path) -> None:
    *before, last = interpretations(path)
    assert [episode.non_determinism for episode in (*before, last)] == [None] * (len(before) + 1)
    assert [episode.stuck for episode in (*before, last)] == [None] * (len(before) + 1)
    # An instance that could end before its last episode would never have come to that one.
    assert not any(episode.may_end for episode in before)
    assert last.may_end == json.loads(path.read_text(encoding="utf-8"))["episodes"][-1]["isDone"]


def test_a_history_of_another_flow_is_refused_as_non_deterministic() -> None:
    wrong = interpretations(Path(__file__).parent / "wrong" / "authorize_before_hold.json")
    assert any("Non-Deterministic" in (episode.non_determinism or "") for episode in wrong)
