"""Orchestrators give the same actions whenever they are replayed: nothing in them depends on when or where they run."""

import inspect
from pathlib import Path

import azure.durable_functions as df
import pytest
from support_replay import ORCHESTRATORS
from support_rules import violations

from domain.components import CHAT_TURN, IN_BOOKING_ORDER, TRAVEL_SAGA

MODULES = sorted((Path(__file__).resolve().parents[2] / "orchestrators").glob("**/*.py"))

BAD = {
    "the clock": "from datetime import datetime\nat = datetime.now()",
    "the clock by module": "import datetime",
    "the clock of a value": "day = kind.today()",
    "time": "import time",
    "random": "from random import random",
    "uuid": "import uuid",
    "the SDK's own ids": "def f(context):\n    return context.new_uuid()",
    "a file": "def f(context):\n    open('x')",
    "print": "print('booked')",
    "the environment": "import os",
    "the environment by attribute": "def f(platform):\n    return platform.environ['X']",
    "sockets": "from socket import socket",
    "settings": "from settings import settings",
    "the ledger": "from stores.ledger import Ledger",
    "an activity": "from activities.effects import book",
    "another app's entry point": "from azure.functions import HttpRequest",
    "retry options": "def f(context):\n    yield context.call_activity_with_retry('a', options)",
    "a child's retry options": "def f(context):\n    yield context.call_sub_orchestrator_with_retry('a', options)",
    "the history": "def f(context):\n    return len(context.histories)",
    "the order of a set": "for step in {'book', 'pay'}:\n    pass",
    "the order of a made set": "steps = list(set(names))",
    "the order of a comprehension": "steps = [s for s in {n.lower() for n in names}]",
    "a hash": "key = hash(name)",
    "a float": "total = 0.1 + amount",
    "a float by division": "half = amount / 2",
    "a float by name": "total = float(amount)",
    "a log line": "import logging\nlog = logging.getLogger(__name__)\ndef f(context):\n    log.info('booked')",
    "a log line in the wrong branch": (
        "def f(context):\n    if not context.is_replaying:\n        pass\n    else:\n        log.info('booked')"
    ),
    "coroutines": "async def f(context):\n    await book()",
    "a bare except": "try:\n    pass\nexcept:\n    pass",
    "BaseException": "try:\n    pass\nexcept BaseException:\n    pass",
    "suppressed BaseException": "with suppress(BaseException):\n    pass",
    "an exception's text": "try:\n    pass\nexcept Exception as error:\n    ok = 'timeout' in str(error)",
    "shared state": "def f(context):\n    global count\n    count += 1",
}
GOOD = {
    "a timer": "from datetime import timedelta\ndef f(context):\n    yield context.create_timer(at + timedelta(1))",
    "a membership test": "ended = status in {'confirmed', 'failed'}",
    "a guarded log line": "def f(context):\n    if not context.is_replaying:\n        log.info('booked')",
    "a caught fault": "try:\n    pass\nexcept Exception:\n    pass",
    "the SDK": "import azure.durable_functions as df\nfrom domain.ids import effect_key",
}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_an_orchestrator_module_keeps_the_rules(path: Path) -> None:
    assert violations(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("source", BAD.values(), ids=BAD.keys())
def test_a_planted_breach_is_found(source: str) -> None:
    assert violations(source) != []


@pytest.mark.parametrize("source", GOOD.values(), ids=GOOD.keys())
def test_what_is_allowed_is_not_a_breach(source: str) -> None:
    assert violations(source) == []


def test_the_orchestrators_have_the_names_that_histories_know() -> None:
    assert set(ORCHESTRATORS) == {TRAVEL_SAGA, CHAT_TURN, *(component.saga for component in IN_BOOKING_ORDER)}


@pytest.mark.parametrize("name", ORCHESTRATORS)
def test_an_orchestrator_is_a_generator_of_one_argument(name: str) -> None:
    function = ORCHESTRATORS[name].orchestrator_function  # pyright: ignore[reportFunctionMemberAccess]
    assert inspect.isgeneratorfunction(function)
    parameters = inspect.signature(function).parameters
    assert [parameter.annotation for parameter in parameters.values()] == [df.DurableOrchestrationContext]
    assert list(parameters) == ["context"]
