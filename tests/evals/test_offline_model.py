"""The offline model's decisions about sentences and dialogues, which are data files beside this test."""

import asyncio
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from agents.offline.model import OfflineModel
from agents.tools import draft_of
from agents.travel_agent import BookTrips, Decision, PriceTrips, Say, TravelAgent
from domain.conversation.turn import Turn
from domain.trip.requests import TripRequest

TODAY = date(2026, 11, 18)
FOLDER = Path(__file__).parent
FILES = (
    "sentences.txt",
    "held_out.txt",
    "held_out_again.txt",
    "held_out_third.txt",
    "intents.txt",
    "dates.txt",
    "places.txt",
    "extras.txt",
)
DIALOGUES = ("dialogues.txt", "date_dialogues.txt")


def _lines(name: str) -> Iterator[tuple[str, str]]:
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            message, expected = line.rsplit(" => ", 1)
            yield message, expected


def _dialogues() -> Iterator[tuple[list[str], str]]:
    for name in DIALOGUES:
        for dialogue, expected in _lines(name):
            yield dialogue.split(" || "), expected


async def _converse(messages: list[str]) -> Decision:
    """Return the decision about the last message."""
    agent = TravelAgent(OfflineModel())
    history: list[Turn] = []
    decision = await agent.decide(messages[0], history, TODAY)
    for number, message in enumerate(messages[1:], 1):
        spoken = said(decision)
        turn = Turn(
            conversation="c",
            number=number,
            attempt=1,
            state="done",
            message=messages[number - 1],
            draft=spoken.draft if spoken else None,
            reply=spoken.reply if spoken else "It is booked.",
            created=datetime.now(UTC),
        )
        history.append(turn)
        decision = await agent.decide(message, history, TODAY)
    return decision


def said(decision: Decision) -> Say | None:
    """Return the words and the draft that the next message answers; None for a booking."""
    match decision:
        case Say():
            return decision
        case PriceTrips(requests=requests):
            first, *others = map(draft_of, requests)
            return Say("Shall I book it at this price?", first.model_copy(update={"also": tuple(others)}))
        case BookTrips():
            return None


def _shown(decision: Decision) -> str:
    if isinstance(decision, BookTrips):
        return " + ".join(map(_shown_request, decision.requests))
    # A price is named, and only a yes books.
    words = said(decision)
    if words is None or words.draft is None:
        return "nothing"
    budget = words.draft.arguments.get("budget")
    return f"ask / budget {budget}" if budget else "ask"


def _agrees(shown: str, expected: str) -> bool:
    """Return whether a decision is one of those that are expected; a question need not name the budget."""
    alternatives = expected.split("|")
    return shown in alternatives or (shown.startswith("ask / budget ") and "ask" in alternatives)


def _shown_request(request: TripRequest) -> str:
    parts = [f"{'car' if request.kind == 'car_hire' else request.kind} {request.destination}"]
    if request.nights or request.days:
        parts.append(str(request.nights or request.days))
    if not request.date_assumed:
        parts.append(request.date.isoformat())
    if request.travellers:
        parts.append(f"x{request.travellers}")
    if request.origin:
        parts.append(f"from {request.origin}")
    if request.return_date:
        parts.append(f"back {request.return_date}")
    return " / ".join(parts)


@pytest.mark.parametrize("name", FILES)
def test_sentences_book_what_they_say_and_nothing_else(name: str) -> None:
    wrong: list[str] = []
    for message, expected in _lines(name):
        booked = _shown(asyncio.run(_converse([message])))
        if not _agrees(booked, expected):
            wrong.append(f"{message!r}: {booked!r} instead of {expected!r}")
    assert not wrong, "\n".join(wrong)


def test_the_next_message_completes_replaces_or_drops_a_request() -> None:
    wrong: list[str] = []
    for messages, expected in _dialogues():
        booked = _shown(asyncio.run(_converse(messages)))
        if not _agrees(booked, expected):
            wrong.append(f"{' || '.join(messages)}: {booked!r} instead of {expected!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", FILES)
def test_letter_case_and_final_dots_change_no_tool(name: str) -> None:
    """Book the same things in small letters, where only the spelling of a name may differ."""

    def tools(message: str) -> list[str]:
        decision = asyncio.run(_converse([message]))
        return [request.kind for request in decision.requests] if isinstance(decision, BookTrips) else []

    differing = [
        message
        for message, _ in _lines(name)
        if tools(message) != tools(message.lower() + (" ." if message[-1] not in "?!." else ""))
    ]
    # A few sentences are read by a capital letter alone, as some names of places are words as well.
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
        for message in strange:
            assert not isinstance(asyncio.run(_converse([message])), BookTrips), message[:20]
