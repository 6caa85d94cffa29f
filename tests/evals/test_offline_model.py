"""What the offline model makes of sentences and dialogues, kept as data files beside this test."""

import asyncio
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from agents.offline.model import OfflineModel
from agents.travel_agent import BookTrips, Decision, TravelAgent
from domain.conversation.turn import Turn
from domain.trip.requests import TripRequest

TODAY = date(2026, 11, 18)
FOLDER = Path(__file__).parent
FILES = ("sentences.txt", "held_out.txt", "held_out_again.txt", "held_out_third.txt")


def _lines(name: str) -> Iterator[tuple[str, str]]:
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            said, expected = line.rsplit(" => ", 1)
            yield said, expected


def _dialogues() -> Iterator[tuple[list[str], str]]:
    for said, expected in _lines("dialogues.txt"):
        yield said.split(" || "), expected


async def _converse(messages: list[str]) -> Decision:
    """The decision about the last message."""
    agent = TravelAgent(OfflineModel())
    history: list[Turn] = []
    decision = await agent.decide(messages[0], history, TODAY)
    for number, message in enumerate(messages[1:], 1):
        said = decision if not isinstance(decision, BookTrips) else None
        turn = Turn(
            conversation="c",
            number=number,
            attempt=1,
            state="done",
            message=messages[number - 1],
            draft=said.draft if said else None,
            reply=said.reply if said else "It is booked.",
            created=datetime.now(UTC),
        )
        history.append(turn)
        decision = await agent.decide(message, history, TODAY)
    return decision


def _shown(decision: Decision) -> str:
    if isinstance(decision, BookTrips):
        return " + ".join(map(_shown_request, decision.requests))
    return "ask" if decision.draft else "nothing"


def _shown_request(request: TripRequest) -> str:
    parts = [f"{'car' if request.kind == 'car_hire' else request.kind} {request.destination}"]
    if request.nights or request.days:
        parts.append(str(request.nights or request.days))
    if not request.date_assumed:
        parts.append(request.date.isoformat())
    return " / ".join(parts)


@pytest.mark.parametrize("name", FILES)
def test_sentences_book_what_they_say_and_nothing_else(name: str) -> None:
    wrong: list[str] = []
    for said, expected in _lines(name):
        shown = _shown(asyncio.run(_converse([said])))
        if shown not in expected.split("|"):
            wrong.append(f"{said!r}: {shown!r} instead of {expected!r}")
    assert not wrong, "\n".join(wrong)


def test_the_next_message_completes_replaces_or_drops_a_request() -> None:
    wrong: list[str] = []
    for messages, expected in _dialogues():
        shown = _shown(asyncio.run(_converse(messages)))
        if shown not in expected.split("|"):
            wrong.append(f"{' || '.join(messages)}: {shown!r} instead of {expected!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", FILES)
def test_letter_case_and_final_dots_change_no_tool(name: str) -> None:
    """Small letters book the same things; only how a name is written may differ."""

    def tools(said: str) -> list[str]:
        decision = asyncio.run(_converse([said]))
        return [each.kind for each in decision.requests] if isinstance(decision, BookTrips) else []

    differing = [
        said for said, _ in _lines(name) if tools(said) != tools(said.lower() + (" ." if said[-1] not in "?!." else ""))
    ]
    assert len(differing) <= 0.05 * len(list(_lines(name))), differing


def test_there_are_enough_sentences() -> None:
    assert sum(len(list(_lines(name))) for name in FILES) >= 250


def test_strange_messages_book_nothing_and_break_nothing() -> None:
    strange = [
        "",
        " ",
        "?",
        "-",
        "\n\n",
        "🙂🙂",
        "a" * 4000,
        "to " * 1300,
        "1 " * 2000,
        "in in in to to",
        "-" * 4000,
        "\x00\x01",
        "٣ ليال",
    ]
    strange += [", " * 2000, "and " * 1000, "book " * 800, "hotel " * 600, "(" * 4000, "next " * 800, "twenty " * 600]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for said in strange:
            assert not isinstance(asyncio.run(_converse([said])), BookTrips), said[:20]
