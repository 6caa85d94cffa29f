"""A quick sample of the recordings of the real extension; `run.py` compares them all."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

DEFAULT = [
    "chain",
    "fan_one_fails",
    "retry_gone",
    "parent",
    "entity_talk",
    "again",
    "results",
    "activity_errors",
    "nondet_kind",
    "cancelled_timer",
    "raises_after_signal",
    "sub_fan",
    "client_binding",
]
OPTIONS = ["options_parent", "options_calls_http"]


def _runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location("conformance_run", Path(__file__).with_name("run.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("speed", ["1", "0"], ids=["quick SDK", "plain SDK"])
@pytest.mark.parametrize(("names", "options"), [(DEFAULT, False), (OPTIONS, True)], ids=["default", "options"])
def test_a_sample_of_scenarios_is_as_recorded(names: list[str], options: bool, speed: str) -> None:
    results = _runner().compare(names, options=options, env={"DEVHOST_SDK_SPEED": speed})
    assert [r.scenario for r in results] == names
    assert {r.scenario: r.forbidden for r in results if r.forbidden} == {}
