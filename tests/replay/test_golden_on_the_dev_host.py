"""The dev host reads every golden history as the sagas' own replay does: nothing parts, nothing hangs."""

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
    found: list[Interpretation] = []
    inputs: dict[int, int] = {}
    for episode in recorded["episodes"]:
        history = recorded["history"][: episode["history"]]
        stored = json.dumps(recorded["input"])
        call = OrchestratorCall(name, instance, None, stored, history)
        answer = call_orchestrator(ORCHESTRATORS[name], call, CallSettings())
        found.append(interpret(instance, f"execution-of-{instance}", history, answer, inputs))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_code_and_host_agree_in_every_episode(path: Path) -> None:
    *before, last = interpretations(path)
    assert [each.non_determinism for each in (*before, last)] == [None] * (len(before) + 1)
    assert [each.stuck for each in (*before, last)] == [None] * (len(before) + 1)
    assert not any(each.may_end for each in before)
    assert last.may_end == json.loads(path.read_text(encoding="utf-8"))["episodes"][-1]["isDone"]


def test_a_history_of_another_flow_is_refused_as_non_deterministic() -> None:
    wrong = interpretations(Path(__file__).parent / "wrong" / "authorize_before_hold.json")
    assert any("Non-Deterministic" in (each.non_determinism or "") for each in wrong)
