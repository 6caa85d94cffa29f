"""Orchestrators give the same actions whenever they are replayed: nothing in them depends on when or where they run."""

import inspect
from pathlib import Path

import azure.durable_functions as df
import pytest

from domain.components import CHAT_TURN, FOLLOW_UP_SAGA, IN_BOOKING_ORDER, RECOVERY_SAGA, TRAVEL_SAGA
from support.orchestrations.replay import ORCHESTRATORS
from support.orchestrations.rules import violations

MODULES = sorted((Path(__file__).resolve().parents[3] / "orchestrators").glob("**/*.py"))

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
_WAIT = "    wait = context.wait_for_external_event(f'command-{n}')\n"
_LIMIT = "    limit = context.create_timer(at)\n"
_FIRST = "    first = yield context.task_any([wait, limit])\n"
BAD |= {
    "an event of a fixed name": (
        "def f(context):\n    yield context.task_any([context.wait_for_external_event('go'), t()])"
    ),
    "a wait made outside the loop": (
        f"def f(context, n):\n{_WAIT}    while True:\n"
        "        yield context.task_any([wait, context.call_activity('a')])"
    ),
    "a wait of a fixed name that is kept": (
        "def f(context):\n    wait = context.wait_for_external_event('go')\n    yield context.task_any([wait])"
    ),
    "a wait from elsewhere": "def f(self):\n    yield self.context.task_any([self.wait, self.task()])",
    "a wait that was handed in": (
        "def f(context, wait):\n    yield context.task_any([wait, context.call_activity('a')])"
    ),
    "a task that was yielded before": (
        "def f(context):\n    task = context.call_activity('a')\n    yield task\n    yield context.task_any([task])"
    ),
    "a task of an earlier task_any": (
        "def f(context):\n    task = context.call_activity('a')\n    yield context.task_any([task])\n"
        "    yield context.task_any([task])"
    ),
    "a task of an earlier task_all": (
        "def f(context):\n    tasks = {n: context.call_activity(n) for n in names}\n    yield context.task_all(tasks)\n"
        "    yield context.task_all([context.task_any([each]) for each in tasks.values()])"
    ),
    "a task out of a list": "def f(context):\n    yield context.task_any([tasks[0], context.call_activity('a')])",
    "a timer that is never cancelled": f"def f(context, n):\n{_WAIT}{_LIMIT}{_FIRST}    return first",
    "a timer that is cancelled when it won": (
        f"def f(context, n):\n{_WAIT}{_LIMIT}{_FIRST}    if first is limit:\n        limit.cancel()\n"
    ),
    "a timer that is cancelled too late": (
        f"def f(context, n):\n{_WAIT}{_LIMIT}{_FIRST}    if first is limit:\n        return\n"
        "    yield context.call_activity('a')\n    limit.cancel()"
    ),
    "a timer that has no name": "def f(context):\n    yield context.task_any([context.create_timer(at), task()])",
}
GOOD = {
    "a timer": "from datetime import timedelta\ndef f(context):\n    yield context.create_timer(at + timedelta(1))",
    "a membership test": "ended = status in {'confirmed', 'failed'}",
    "a guarded log line": "def f(context):\n    if not context.is_replaying:\n        log.info('booked')",
    "a caught fault": "try:\n    pass\nexcept Exception:\n    pass",
    "a fresh wait each time, and a timer that is cancelled": (
        f"def f(context, n):\n{_WAIT}{_LIMIT}{_FIRST}    if first is limit:\n        return None\n    limit.cancel()"
    ),
    "a timer cancelled on the other branch": (
        f"def f(context, n):\n{_WAIT}{_LIMIT}{_FIRST}    if first is limit:\n        pass\n    else:\n"
        "        limit.cancel()"
    ),
    "a timer cancelled where the wait won": (
        f"def f(context, n):\n{_WAIT}{_LIMIT}{_FIRST}    if first is not limit:\n        limit.cancel()"
    ),
    "a wait made in the loop": (
        "def f(context):\n    while True:\n        wait = context.wait_for_external_event(command_event(seen + 1))\n"
        "        yield context.task_any([wait, context.call_activity('a')])"
    ),
    "a used task yielded by itself": (
        "def f(context):\n    task = context.call_activity('a')\n    yield context.task_any([task])\n    yield task"
    ),
    "children each in a task_any of its own": (
        "def f(context):\n    tasks = {n: context.call_activity(n) for n in names}\n"
        "    yield context.task_all([context.task_any([each]) for each in tasks.values()])"
    ),
    "what was just appended": (
        "def f(context):\n    tasks.append(context.call_activity('a'))\n"
        "    answered.append(context.task_any([tasks[-1], context.wait_for_external_event(f'parked-{n}')]))"
    ),
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


# More names may be added, but an open instance needs the name that it was started under.
def test_the_orchestrators_have_the_names_that_histories_know() -> None:
    sagas = {TRAVEL_SAGA, FOLLOW_UP_SAGA, RECOVERY_SAGA, *(component.saga for component in IN_BOOKING_ORDER)}
    assert set(ORCHESTRATORS) >= {CHAT_TURN, *sagas}


@pytest.mark.parametrize("name", ORCHESTRATORS)
def test_an_orchestrator_is_a_generator_of_one_argument(name: str) -> None:
    function = ORCHESTRATORS[name].orchestrator_function  # pyright: ignore[reportFunctionMemberAccess]
    assert inspect.isgeneratorfunction(function)
    parameters = inspect.signature(function).parameters
    assert [parameter.annotation for parameter in parameters.values()] == [df.DurableOrchestrationContext]
    assert list(parameters) == ["context"]
