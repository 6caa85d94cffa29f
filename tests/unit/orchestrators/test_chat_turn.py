"""A turn: the model is asked, its trips run side by side until each has ended or parked, the reply is worded."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from support.orchestrations.chat import CALLS, Chat
from support.orchestrations.faults import Schedule
from support.orchestrations.installation import MemoryInstallation, quick_folder, real_activities
from support.orchestrations.memory_host import VERSION, MemoryHost
from support.orchestrations.services import RealActivities

WORDED = ["word_reply_activity"]
"""The activity that words the reply also stores it."""


@pytest.fixture(scope="module")
def activities() -> Iterator[RealActivities]:
    with real_activities() as real:
        yield real


@pytest.fixture
def chat(activities: RealActivities) -> Iterator[Callable[..., Chat]]:
    with quick_folder() as folder:

        def make(state: str = "decided", calls: Any = CALLS, version: str = VERSION, **more: Any) -> Chat:
            host = partial(MemoryHost, version=version)
            return Chat(MemoryInstallation(folder, activities, Schedule(**more), host), calls, state)

        yield make


def test_runs_the_trips_and_then_words_and_stores_the_reply(chat: Callable[..., Chat]) -> None:
    talk = chat()
    instance = talk.run()
    assert instance.output == {"state": "done"}
    assert talk.statuses() == ["confirmed", "confirmed"]
    assert talk.own() == ["decide_turn_activity", *WORDED]
    assert talk.house.delivered[-1:] == WORDED
    assert "read_trip_activity" not in talk.house.delivered, "the decision comes with the facts"


def test_before_1_2_storing_is_an_activity_of_its_own_and_the_saga_reads_its_trip(chat: Callable[..., Chat]) -> None:
    talk = chat(version="1.1")
    assert talk.run().output == {"state": "done"}
    assert talk.own() == ["decide_turn_activity", "word_reply_activity", "finish_turn_activity"]
    assert talk.house.delivered.count("read_trip_activity") == 2


def test_starts_each_trip_under_its_own_id_side_by_side_with_its_own_version(chat: Callable[..., Chat]) -> None:
    talk = chat()
    # The type of SubOrchestrationInstanceCreated.
    created = [event for event in talk.run().history if event["EventType"] == 7]
    assert [event["InstanceId"] for event in created] == ["trip-1", "trip-2"]
    assert created[0]["Timestamp"] == created[1]["Timestamp"]
    assert {event["Version"] for event in created} == {VERSION}


def test_is_answered_while_a_trip_is_parked_and_ends_with_it(chat: Callable[..., Chat]) -> None:
    talk = chat(stuck=frozenset({"hotel/capture"}))
    instance = talk.run()
    assert talk.statuses() == ["needs_attention", "confirmed"]
    assert talk.own()[-1:] == WORDED
    assert not instance.ended, "its child lives"
    talk.house.schedule.mend()
    talk.house.decide(talk.house.facts().items[0], "retry")
    talk.house.go_on()
    assert instance.output == {"state": "done"}
    assert talk.statuses() == ["confirmed", "confirmed"]
    assert talk.own().count("word_reply_activity") == 1


@pytest.mark.parametrize("lost", ["trip-1", "trip-2"])
def test_waits_for_the_other_trip_when_one_saga_dies(chat: Callable[..., Chat], lost: str) -> None:
    talk = chat()
    talk.house.host.doomed[lost] = 1
    assert talk.run().output == {"state": "done"}
    assert "confirmed" in talk.statuses()
    delivered = talk.house.delivered
    assert delivered.index("word_reply_activity") > max(map(delivered.index, talk.house.effects()))


@pytest.mark.parametrize("state", ["done", "problem"])
def test_books_nothing_when_the_decision_ends_the_turn(chat: Callable[..., Chat], state: str) -> None:
    talk = chat(state=state)
    assert talk.run().output == {"state": state}
    assert talk.house.delivered == ["decide_turn_activity"]


def test_stores_a_problem_when_the_decision_stays_unknown(chat: Callable[..., Chat]) -> None:
    talk = chat()
    talk.faults = {"decide_turn_activity": 5}
    assert talk.run().output == {"state": "problem"}
    assert talk.house.delivered == ["decide_turn_activity"] * 5 + ["fail_turn_activity"]


def test_fails_when_not_even_the_problem_can_be_stored(chat: Callable[..., Chat]) -> None:
    talk = chat()
    talk.faults = {"decide_turn_activity": 5, "fail_turn_activity": 5}
    assert "fail_turn_activity failed 5 times" in (talk.run().error or "")


def test_survives_faults_while_wording_and_storing(chat: Callable[..., Chat]) -> None:
    talk = chat(calls=CALLS[1:])
    talk.faults = dict.fromkeys(WORDED, 4)
    assert talk.run().output == {"state": "done"}
