"""A conversation with an app that answers well, late, or not as its API says."""

import json
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from devhost.testing import Answer, RunningHost
from scripts.eval.case_files import cases_in
from scripts.eval.transcripts import SeenTrip, Transcript
from scripts.eval.traveller import converse

SESSION = Answer(201, {}, b'{"token": "t"}')
TRIP = {"kind": "hotel", "status": "confirmed", "request": {"destination": "Rome", "nights": 3}}
REPLY = {"conversation_id": "c", "reply": "Done.", "trips": [{"id": "trip-1"}]}


def answer(status: int, body: Any) -> Answer:
    return Answer(status, {}, json.dumps(body).encode())


class ScriptedHost:
    """Answers each path with the answers listed for it, the last one again and again."""

    def __init__(self, **answers: list[Answer]) -> None:
        self._answers = {"session": [SESSION], "hand_overs": [answer(404, {})], "status": [answer(200, TRIP)]} | answers
        self.keys: list[str] = []

    def request(self, method: str, path: str, body: Any = None, headers: Any = None, timeout: float = 30) -> Answer:
        names = {"session": "session", "chat": "chat", "travel-status": "status", "quotes": "quotes"}
        queue = self._answers[names.get(path.split("/")[2], "hand_overs")]
        if path == "/api/chat":
            self.keys.append(headers["Idempotency-Key"])
        return queue.pop(0) if len(queue) > 1 else queue[0]


def conversed(host: ScriptedHost) -> Transcript:
    text = "case: a\ntraveller: hi\ntraveller: thanks\nexpect: hotel Rome\n"
    (case,) = cases_in(Path("a.txt"), text, date(2026, 12, 1))
    return converse(cast("RunningHost", host), case)


def test_replies_and_the_trips_that_they_name_are_kept() -> None:
    quoted = {**REPLY, "quote": {"id": "quote-1"}}
    requests = [{"tool": "book_hotel", "arguments": TRIP["request"]}]
    quote = {"status": "open", "offer": {"requests": requests}}
    host = ScriptedHost(chat=[answer(200, REPLY), answer(200, quoted)], quotes=[answer(200, quote)])
    transcript = conversed(host)
    assert transcript.replies == ("Done.", "Done.")
    assert len(transcript.seconds) == 2
    assert transcript.trips == (SeenTrip("trip-1", "hotel", "confirmed", TRIP["request"]),)  # pyright: ignore
    assert transcript.quotes == (SeenTrip("quote-1", "hotel", "open", TRIP["request"]),)  # pyright: ignore
    assert transcript.error == ""
    assert len(set(host.keys)) == 2


def test_a_reply_that_takes_long_is_asked_for_again_under_its_key() -> None:
    host = ScriptedHost(chat=[answer(202, {}), answer(202, {}), answer(200, REPLY)])
    transcript = conversed(host)
    assert transcript.replies == ("Done.", "Done.")
    assert len(host.keys) == 4
    assert len(set(host.keys)) == 2


def test_the_end_state_is_read_when_nobody_is_at_work_on_a_trip() -> None:
    running = answer(200, {**TRIP, "status": "cancelling"})
    transcript = conversed(ScriptedHost(chat=[answer(200, REPLY)], status=[running, answer(200, TRIP)]))
    assert [trip.status for trip in transcript.trips] == ["confirmed"]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (answer(500, {"code": "x"}), 'the app answered 500 {"code": "x"}'),
        (Answer(200, {}, b"<html>"), "the app's answer has no usable "),
        (answer(200, {"conversation_id": "c", "trips": []}), "the app's answer has no usable reply"),
    ],
)
def test_an_answer_of_another_form_ends_the_conversation_and_what_was_booked_is_kept(bad: Answer, problem: str) -> None:
    transcript = conversed(ScriptedHost(chat=[answer(200, REPLY), bad]))
    assert transcript.error.startswith(f"the conversation ended early: {problem}")
    assert transcript.replies == ("Done.",)
    assert [trip.id for trip in transcript.trips] == ["trip-1"]


def test_an_end_state_that_cannot_be_read_is_a_fault() -> None:
    transcript = conversed(ScriptedHost(chat=[answer(200, REPLY)], status=[answer(404, {})]))
    assert transcript.error.startswith("the end state cannot be read: the app answered 404")


def test_a_hand_over_is_that_of_this_conversation() -> None:
    for conversation, is_handed_over in (("c", True), ("other", False)):
        listed = answer(200, {"items": [{"conversation": conversation}]})
        transcript = conversed(ScriptedHost(chat=[answer(200, REPLY)], hand_overs=[listed]))
        assert transcript.is_handed_over is is_handed_over
