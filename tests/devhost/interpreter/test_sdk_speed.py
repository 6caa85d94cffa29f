"""An app cannot tell the stand-ins from the SDK's own parts."""

import json
import os
import random
import subprocess
import sys
import typing
from array import array
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from azure.durable_functions.constants import DATETIME_STRING_FORMAT
from azure.durable_functions.models import DurableOrchestrationContext
from azure.durable_functions.models.actions.CreateTimerAction import CreateTimerAction
from azure.durable_functions.models.history import HistoryEvent, HistoryEventType
from azure.durable_functions.models.TaskOrchestrationExecutor import TaskOrchestrationExecutor
from azure.functions._durable_functions import (
    _deserialize_custom_object,  # type: ignore[reportPrivateUsage]
    _serialize_custom_object,  # type: ignore[reportPrivateUsage]
    df_dumps,
    df_loads,
)
from dateutil.parser import parse as parse_any_timestamp

from devhost.protocol import sdk_speed
from devhost.protocol.clock import clock_text
from devhost.protocol.lazy_context import LazyContext
from support.orchestrations import fuzz, recordings

STARTED = HistoryEventType.ORCHESTRATOR_STARTED


class Point:
    """A custom class of an app, all of whose objects are equal."""

    def to_json(self) -> list[int]:
        return [1, 2]

    @classmethod
    def from_json(cls, _: list[int]) -> "Point":
        return cls()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point)


@pytest.fixture
def stand_ins() -> Iterator[None]:
    take_out = sdk_speed.install()
    yield
    take_out()


TESTS = Path(__file__).resolve().parents[2]


@cache
def replayed(speed: str) -> list[list[Any]]:
    """Return the responses of the kit's orchestrators to every recorded context."""
    program = [sys.executable, "-m", "support.orchestrations.replay_kit", str(recordings.FOLDER.parent / "app")]
    env = {**os.environ, "DEVHOST_SDK_SPEED": speed, "PYTHONPATH": str(TESTS)}
    out = subprocess.run(program, env=env, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in out.stdout.splitlines()]


def test_every_recorded_context_gets_the_same_answer_with_and_without() -> None:
    # Nearly all that were recorded: two empty lists would be equal as well.
    assert len(replayed("1")) > 700
    assert replayed("1") == replayed("0")


@pytest.mark.parametrize("speed", ["0", "1"])
def test_answers_are_those_on_record_and_contexts_stay_as_they_were(speed: str) -> None:
    records = [
        r
        for name in recordings.NAMES
        for r in recordings.recording(name)["records"]
        if r["kind"] == "orchestrator" and r["function"] != "raw_answer"
    ]
    assert len(records) == len(replayed(speed))
    for record, (name, response, unchanged) in zip(records, replayed(speed), strict=True):
        assert unchanged
        if record.get("raised") is None:
            assert json.loads(response) == record["answered"], name
        else:
            assert response.removeprefix("raised ").startswith(record["raised"]), name


def test_fuzzed_programs_get_the_same_answers_with_and_without() -> None:
    slow = [fuzz.run(seed) for seed in range(100)]
    take_out = sdk_speed.install()
    fast = [fuzz.run(seed) for seed in range(100)]
    take_out()
    assert [r.answers for r in fast] == [r.answers for r in slow]


@pytest.mark.usefixtures("stand_ins")
def test_times_are_the_same_value_of_the_same_type() -> None:
    # Ticks of 100 ns, of which Python's microseconds keep the first six of seven digits.
    for fraction in (0, 1, 10, 1234567, 9999999, 5000000):
        text = clock_text(17_000_000_000_000_000 + fraction)
        event = HistoryEvent(STARTED, -1, False, text)
        slow = parse_any_timestamp(text)
        assert event.timestamp == slow
        assert repr(event.timestamp) == repr(slow)
    for odd in ("2026-01-01T00:00:00+02:00", "2026-01-01 10:00", "2026-01-01T00:00Z"):
        assert repr(HistoryEvent(STARTED, -1, False, odd).timestamp) == repr(parse_any_timestamp(odd))


@pytest.mark.usefixtures("stand_ins")
def test_times_of_timers_are_written_alike() -> None:
    class Later(datetime):
        """A class of the app, which writes the year its own way."""

        def strftime(self, format: str) -> str:
            return "later"

    zone = timezone(timedelta(hours=2, seconds=1))
    for time in (datetime(2026, 1, 2, tzinfo=UTC), datetime(1000, 1, 2, 3, 4, 5, 60000, tzinfo=zone)):
        assert CreateTimerAction(time).to_json()["fireAt"] == time.strftime(DATETIME_STRING_FORMAT)
    odd_times: list[Any] = [datetime(999, 1, 2, tzinfo=UTC), date(2026, 1, 2), Later(2026, 1, 2, tzinfo=UTC)]
    for odd in odd_times:
        assert CreateTimerAction(odd).to_json()["fireAt"] == odd.strftime(DATETIME_STRING_FORMAT)


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.filterwarnings("ignore:.* custom object:DeprecationWarning")
def test_objects_of_custom_classes_are_read_alike_however_their_keys_are_written() -> None:
    plain = json.dumps({"in": [Point()]}, default=_serialize_custom_object)
    for text in (plain, plain.replace("__class__", r"__cl\u0061ss__"), plain.replace("__class__", r"\u005F_class__")):
        assert df_loads(text) == json.loads(text, object_hook=_deserialize_custom_object) == {"in": [Point()]}
    incomplete = '{"__class__": "Point", "in": {"__data__": [1, 2], "text": "\\u0041"}}'
    assert df_loads(incomplete) == json.loads(incomplete)


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize("name", [lambda: None, int, None, ""])
def test_a_name_that_is_no_text_is_refused_alike(name: Any) -> None:
    context = DurableOrchestrationContext(**recordings.turns("parent")[0].sent)
    refused: list[str] = []
    for api in (context.call_activity, context.call_sub_orchestrator):
        with pytest.raises(ValueError, match=r"\w") as error:
            api(name)
        refused.append(str(error.value))
    is_callable = isinstance(name, typing.Callable)  # type: ignore[arg-type]
    assert ["received a `Callable`" in text for text in refused] == [is_callable] * 2


def test_the_latest_episode_begins_where_the_sdk_finds_its_start() -> None:
    histories: list[list[HistoryEvent]] = [[]]
    for kinds in ("15", "12 0", "12 0 4 13 12 5", "12 12", "12 0 15 10"):
        histories.append(
            [HistoryEvent(HistoryEventType(int(k)), -1, False, "2026-01-01T00:00:00Z") for k in kinds.split()]
        )
    slow = [TaskOrchestrationExecutor()._find_new_events_start_index(history) for history in histories]
    assert [sdk_speed.episode_start(None, history) for history in histories] == slow


@pytest.mark.usefixtures("stand_ins")
def test_values_are_written_and_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    circle: list[Any] = []
    circle.append(circle)
    for value in ({"a": [1, 2.5, None, "ž"]}, float("nan"), Point(), [Point()], {1: 2}):
        assert df_dumps(value) == json.dumps(value, default=_serialize_custom_object)
    for value, error in ((circle, ValueError), (object(), TypeError), ({(1,): 2}, TypeError)):
        with pytest.raises(error):
            df_dumps(value)
    for text in ('{"a": [1, 2.5]}', '"\\ud83d"', "NaN", " 1", "[1] \n", "\t{}\r"):
        assert repr(df_loads(text)) == repr(json.loads(text))
    for text in ("", " ", "\ufeff1", "{'a': 1}", "[1", "[1] 2", "nul"):
        with pytest.raises(json.JSONDecodeError) as expected:
            json.loads(text)
        with pytest.raises(json.JSONDecodeError) as error:
            df_loads(text)
        assert str(error.value) == str(expected.value)
    monkeypatch.setenv("AZURE_FUNCTIONS_DURABLE_STRICT_TYPING", "1")
    with pytest.raises(TypeError):
        df_dumps([Point()])


class Level(IntEnum):
    LOW = 1


class Raw(bytes):
    """Bytes that an app can write as JSON, unlike plain ones."""

    def to_json(self) -> str:
        return self.hex()


LOOKALIKES: list[Any] = [
    *(1, True, 1.0, Level.LOW, "1", 0, False, 0.0, -0.0, None, "", "None", 2**31, 2**63, 2**64, -(2**70), 1e22, 1e-7),
    *(float("nan"), float("inf"), "\ud83d", "\U0001f600", "\ud83d\ude00", "é", "e\u0301", "\x00", "\u2028"),
    *([], (), {}, [1], (1,), {1: 2}, {"1": 2}, {True: 2}, {None: 2}, {1.0: 2}, {Level.LOW: 2}),
    *({"a": 1, "b": 2}, {"b": 2, "a": 1}, Point(), {"a": Point()}, Raw(b"a"), [[[]]], "x" * 5000, ["x"] * 2000),
]
REFUSED: list[Any] = [b"a", bytearray(b"a"), {1}, frozenset([1]), 1j, ..., {b"a": 1}, {(1,): 2}, array("b", b"a")]


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.filterwarnings("ignore:.* custom object:DeprecationWarning")
def test_values_that_look_alike_are_written_each_as_json_does() -> None:
    seeded = random.Random(7)

    def made(depth: int) -> Any:
        if depth == 0:
            return seeded.choice(LOOKALIKES)
        if seeded.random() < 0.5:
            return [made(depth - 1) for _ in range(seeded.randrange(3))]
        return {seeded.choice(["a", "b", 1, True, 1.5, None]): made(depth - 1) for _ in range(seeded.randrange(3))}

    # Each one twice: the second time it may have been kept.
    values = 2 * [*LOOKALIKES, *(made(depth) for depth in range(1, 4) for _ in range(300))]
    for value in values:
        text = json.dumps(value, default=_serialize_custom_object)
        assert df_dumps(value) == text
        if "__class__" not in text:
            assert repr(df_loads(text)) == repr(json.loads(text))
    for value in 2 * REFUSED:
        with pytest.raises(TypeError):
            df_dumps(value)


@pytest.mark.usefixtures("stand_ins")
def test_texts_that_look_alike_are_read_each_as_json_does() -> None:
    texts = [
        "1",
        "1.0",
        "true",
        "-0",
        "-0.0",
        "1e400",
        "-Infinity",
        '{"a": 1, "a": 2}',
        '{"b": 1, "a": 2, "b": 3}',
        '"1"',
    ]
    texts += [
        '"\\ud83d\\ude00"',
        '"\\ud83d"',
        "[" * 900 + "]" * 900,
        "9" * 4000,
        f"[{'1,' * 3000}1]",
        '{"a": {"a": {}}}',
    ]
    for text in 2 * texts:
        assert repr(df_loads(text)) == repr(json.loads(text))


@pytest.mark.usefixtures("stand_ins")
def test_a_value_that_is_read_again_is_not_the_one_that_the_app_has_changed() -> None:
    text = '{"a": [1, {"b": []}], "c": [1, {"b": []}]}'
    value = df_loads(text)
    value["a"][1]["b"].append(2)
    value["a"].append(value)
    assert df_loads(text) == json.loads(text)
    assert value["c"] == [1, {"b": []}]


@pytest.mark.usefixtures("stand_ins")
def test_the_text_of_the_context_is_there_for_who_reads_it() -> None:
    context = LazyContext({"history": [], "input": "ž"})
    assert json.loads(context.body) == {"history": [], "input": "ž"}
    assert str(context) == context.body


def test_nothing_is_replaced_when_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVHOST_SDK_SPEED", "0")
    before = DurableOrchestrationContext.__init__.__globals__["parse_timespan_attrib"]
    sdk_speed.install()
    assert DurableOrchestrationContext.__init__.__globals__["parse_timespan_attrib"] is before
    assert isinstance(HistoryEvent(STARTED, -1, False, "2026-01-01T00:00:00Z").timestamp, datetime)


@pytest.mark.usefixtures("stand_ins")
def test_what_an_app_does_to_its_context_does_not_reach_the_host() -> None:
    turn = recordings.turns("parent")[2]
    before = json.dumps(turn.sent)
    durable = DurableOrchestrationContext(**LazyContext(turn.sent).as_parsed())
    durable.histories[1].OrchestrationInstance["InstanceId"] = "changed"  # type: ignore[attr-defined]
    durable.histories[1].ParentInstance["Name"] = "changed"  # type: ignore[attr-defined]
    durable.histories.clear()
    assert json.dumps(turn.sent) == before
