"""After a booking, what a message asks or wants of it is one of a closed set of intents."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import pytest

from agents.model import Question
from agents.offline.afterwards import Afterwards, AskAbout, BookAgain, CancelBooking, ChangeBooking, afterwards_in
from agents.offline.message import ParsedMessage
from agents.offline.reading import read
from domain.components import ToolName
from domain.conversation.turn import Draft, TripCall, Turn
from domain.trip.requests import TripRequest

TODAY = date(2026, 11, 18)
SEED = 20261118
CASES = Path(__file__).parents[2] / "evals" / "afterwards.txt"
_NAMES: dict[ToolName | None, str] = {
    "book_flight": " (flight)",
    "book_hotel": " (hotel)",
    "book_car_hire": " (car)",
    "book_travel": "",
    None: "",
}


def _turn(number: int, *, booked: bool, draft: Draft | None = None) -> Turn:
    request = TripRequest(kind="hotel", destination="Rome", date=date(2026, 12, 1), date_assumed=True, nights=3)
    return Turn(
        conversation="c",
        number=number,
        attempt=1,
        state="done",
        message="a hotel in Rome for 3 nights",
        calls=(TripCall(trip="trip-1", kind="hotel", request=request),) if booked else (),
        draft=draft,
        reply="Your hotel is booked." if booked else "Hello.",
        created=datetime.now(UTC),
    )


BOOKED = (_turn(1, booked=True),)


def _cases() -> Iterator[tuple[str, str]]:
    for line in CASES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            message, expected = line.rsplit(" => ", 1)
            yield message, expected


def _intent(message: str) -> Afterwards | None:
    return afterwards_in(ParsedMessage(message, TODAY), BOOKED)


def _shown(intent: Afterwards | None) -> str:
    match intent:
        case None:
            return "none"
        case AskAbout(topic=topic):
            words = f"ask {topic}"
        case CancelBooking():
            words = "cancel"
        case ChangeBooking():
            words = "change" + _slots(
                length=intent.length,
                longer=intent.longer_by,
                later=intent.days_later,
                day=intent.day,
                to=intent.destination,
            )
        case BookAgain():
            words = "again" + _slots(length=intent.length, day=intent.day, to=intent.destination)
    return f"{words}{_NAMES[intent.thing]}"


def _slots(**slots: object) -> str:
    return "".join(f" {name}={value}" for name, value in slots.items() if value is not None)


def test_two_hundred_sentences_have_the_intent_that_a_person_would_see() -> None:
    wrong = [
        f"{message!r}: {_shown(_intent(message))!r} instead of {expected!r}"
        for message, expected in _cases()
        if _shown(_intent(message)) != expected
    ]
    assert not wrong, "\n".join(wrong)
    assert len(list(_cases())) >= 200


def test_greetings_and_signs_around_a_sentence_change_no_intent() -> None:
    """The same intent with a word of politeness before or after it, generated from the sentences above."""
    random = Random(SEED)
    wrong: list[str] = []
    for message, expected in _cases():
        if expected == "none":
            continue
        before = random.choice(("", "Hi, ", "ok, ", "Thanks! ", "well, ", "Perfect. "))
        changed = random.choice((message, message.lower(), f"{message}!")) if "=" not in expected else message
        varied = f"{before}{changed}"
        if _shown(_intent(varied)) != expected:
            wrong.append(f"{varied!r}: {_shown(_intent(varied))!r} instead of {expected!r}")
    assert len(wrong) <= 0.05 * len(list(_cases())), f"seed {SEED}\n" + "\n".join(wrong)


def test_generated_changes_keep_their_numbers_and_places() -> None:
    random = Random(SEED)
    for number in range(200):
        count, place = random.randint(2, 28), random.choice(("Rome", "Oslo", "Lima", "Porto", "Bruges"))
        message, expected = random.choice(
            (
                (f"make it {count} nights", ChangeBooking(length=count)),
                (f"{count} days later please", ChangeBooking(days_later=count)),
                (f"can you make it {count} days earlier?", ChangeBooking(days_later=-count)),
                (f"add {count} nights", ChangeBooking(longer_by=count)),
                (f"no, I meant {place}", ChangeBooking(destination=place)),
                (f"the same for {place}", BookAgain(destination=place)),
                (f"same again in {place} for {count} nights", BookAgain(destination=place, length=count)),
            )
        )
        assert _intent(message) == expected, f"seed {SEED}, message {number}: {message!r}"


@pytest.mark.parametrize("message", ["cancel it", "make it 6 nights", "which airline?", "the same for Berlin"])
def test_without_a_booking_there_is_no_intent(message: str) -> None:
    parsed = ParsedMessage(message, TODAY)
    assert afterwards_in(parsed, ()) is None
    assert afterwards_in(parsed, (_turn(1, booked=False),)) is None


def test_while_a_request_waits_the_message_is_about_that() -> None:
    waiting = _turn(2, booked=False, draft=Draft(tool="book_hotel", arguments={"destination": "Oslo"}))
    assert afterwards_in(ParsedMessage("make it 6 nights", TODAY), (*BOOKED, waiting)) is None


def test_after_a_booking_no_reply_says_that_nothing_was_booked() -> None:
    messages = [message for message, _ in _cases()]
    messages += ["How much is a flight to Oslo?", "maybe a trip to Rome", "never mind", "thanks", "what can you do?"]
    messages += ["Is there a train to Rome?", "I don't want a hotel in Rome", "hm", "any hotels in Rome?", "hello"]
    for message in messages:
        answer = read(Question(message, BOOKED, TODAY))
        assert not answer.calls, message
        assert "nothing is booked" not in answer.text.lower(), message
        assert "booked nothing." not in answer.text.lower(), message
        assert "booked nothing while" not in answer.text.lower(), message
        assert "book nothing." not in answer.text.lower(), message


@pytest.mark.parametrize(
    "unit", ["cancel ", "make it ", "a night ", "one day later ", "the same for ", "when ", "what "]
)
def test_long_messages_have_an_intent_soon(unit: str) -> None:
    _intent((unit * 2000)[:4000])
