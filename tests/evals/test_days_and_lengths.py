"""Generated requests: the offline model takes the day and the length that were written, or asks, and never another."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from agents.model import ModelAnswer, Question
from agents.offline.days.questions import days_in_words
from agents.offline.reading import read
from domain.conversation.turn import Draft, Turn

SEED = 20261118
REQUESTS = 1500
TODAY = date(2026, 11, 18)
MOST_NIGHTS = 30
LAST_WITHOUT_YEAR = date(2027, 11, 17)

WITH_YEAR: tuple[Callable[[date], str], ...] = (
    lambda day: f"{day.day} {day:%B} {day.year}",
    lambda day: f"{day.day} {day:%b} {day.year}",
    lambda day: f"{day:%B} {day.day}, {day.year}",
    lambda day: f"the {ordinal(day)} of {day:%B} {day.year}",
    lambda day: f"{day:%A} {day.day} {day:%B} {day.year}",
    lambda day: f"{day:%A}, {day:%B} {ordinal(day)}, {day.year}",
    lambda day: day.isoformat(),
    lambda day: f"{day:%Y/%m/%d}",
    lambda day: f"{day.day}.{day.month}.{day.year}",
)
WITHOUT_YEAR: tuple[Callable[[date], str], ...] = (
    lambda day: f"{day.day} {day:%B}",
    lambda day: f"{day.day} {day:%b}",
    lambda day: f"{day:%B} {day.day}",
    lambda day: f"{day:%B} {ordinal(day)}",
    lambda day: f"the {ordinal(day)} of {day:%B}",
    lambda day: f"{day:%A} {ordinal(day)} {day:%B}",
)
RANGES = (
    "I need {thing} from {first} to {last}",
    "{thing} from {first} until {last} please",
    "Book {thing}, {first} - {last}",
    "can you get me {thing} between {first} and {last}?",
    "{thing}, {first} till {last}",
    "{thing} from {first} and back on {last}",
    "{thing}: check in {first}, check out {last}",
    "I'd like {thing} on {first} and will return on {last}",
    "{thing} starting {first}, ending {last}",
    "From {first} through {last} I need {thing}",
)
STAYS = (
    "{thing} for {length} from {first}",
    "{thing} from {first} for {length}",
    "Please book {thing} for {length}, starting {first}",
    "on {first} I need {thing} for {length}",
    "{length}, {thing}, {first}",
)
THINGS = {
    "book_hotel": ("a hotel in Rome", "nights"),
    "book_travel": ("a trip to Rome", "nights"),
    "book_car_hire": ("a car in Rome", "days"),
}
UP_TO_NINETEEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
NUMBERS = [*UP_TO_NINETEEN.split(), "twenty", *(f"twenty-{word}" for word in UP_TO_NINETEEN.split()[1:10]), "thirty"]


def ordinal(day: date) -> str:
    suffix = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}.get(day.day, "th")
    return f"{day.day}{suffix}"


def first_days(random: Random) -> Iterator[date]:
    """Yield days that can be booked."""
    while True:
        yield TODAY + timedelta(days=random.randint(0, 690))


def words_for(random: Random, day: date, today: date = TODAY) -> str:
    """Return the day in one of the ways that have a single meaning for somebody who speaks on `today`."""
    needs_no_year = (day - today).days < 365 and (day.month, day.day) != (2, 29)
    return random.choice((*WITH_YEAR, *WITHOUT_YEAR) if needs_no_year else WITH_YEAR)(day)


def end_in_words(random: Random, first: date, last: date) -> str:
    """Return the last day, perhaps as `the 9th` where that is the next ninth after the first day."""
    is_next_such_day = (last - first).days < 28 and last.day != first.day
    if is_next_such_day and random.random() < 0.3:
        return f"the {ordinal(last)}"
    return words_for(random, last, first)


def length_in_words(random: Random, number: int, unit: str) -> str:
    unit = unit.removesuffix("s") if number == 1 else unit
    lengths = [f"{number} {unit}", f"{NUMBERS[number]} {unit}"]
    lengths += {7: ["a week"], 14: ["two weeks", "a fortnight"], 21: ["3 weeks"], 1: [f"a single {unit}"]}.get(
        number, []
    )
    return random.choice(lengths)


def answer_to(message: str, draft: Draft | None = None) -> ModelAnswer:
    turn = Turn(
        conversation="c", number=1, attempt=1, state="done", message="a", draft=draft, created=datetime.now(UTC)
    )
    return read(Question(message, (turn,) if draft else (), TODAY))


def arguments_of(answer: ModelAnswer) -> dict[str, str | int] | None:
    return json.loads(answer.calls[0].arguments) if len(answer.calls) == 1 else None


@pytest.mark.parametrize("seed", [SEED, SEED + 1])
def test_a_range_of_days_is_taken_as_it_was_written(seed: int) -> None:
    random = Random(seed)
    for first, _ in zip(first_days(random), range(REQUESTS), strict=False):
        last = first + timedelta(days=random.randint(1, MOST_NIGHTS))
        thing, unit = random.choice(list(THINGS.values()))
        message = random.choice(RANGES).format(
            thing=thing, first=words_for(random, first), last=end_in_words(random, first, last)
        )
        expected = {"destination": "Rome", unit: (last - first).days, "date": first.isoformat()}
        # `And back on the 9th` may also speak of the flight back, which is on that day.
        arguments = dict(arguments_of(answer_to(message)) or {})
        assert arguments.pop("return_date", last.isoformat()) == last.isoformat()
        assert arguments == expected, f"seed {seed}: {message}"


@pytest.mark.parametrize("seed", [SEED, SEED + 1])
def test_a_day_and_a_length_are_taken_as_they_were_written(seed: int) -> None:
    random = Random(seed)
    for first, _ in zip(first_days(random), range(REQUESTS), strict=False):
        number = random.randint(1, MOST_NIGHTS)
        thing, unit = random.choice(list(THINGS.values()))
        message = random.choice(STAYS).format(
            thing=thing, first=words_for(random, first), length=length_in_words(random, number, unit)
        )
        expected = {"destination": "Rome", unit: number, "date": first.isoformat()}
        assert arguments_of(answer_to(message)) == expected, f"seed {seed}: {message}"


def test_a_length_that_contradicts_the_days_is_asked_about() -> None:
    """Days may count the last one too, nights may not."""
    random = Random(SEED)
    for first, _ in zip(first_days(random), range(REQUESTS), strict=False):
        nights = random.randint(1, MOST_NIGHTS)
        thing, unit = random.choice(list(THINGS.values()))
        fitting = (nights, nights + 1) if unit == "days" else (nights,)
        wrong = random.choice([number for number in range(2, MOST_NIGHTS + 1) if number not in fitting])
        days = f"from {words_for(random, first)} to {words_for(random, first + timedelta(days=nights), first)}"
        forms = (
            f"{thing} for {wrong} {unit} {days}",
            f"{thing} {days} for {wrong} {unit}",
            f"{thing}, {wrong} {unit}, {days}",
        )
        message = random.choice(forms)
        answer = answer_to(message)
        assert not answer.calls, f"seed {SEED}: {message}"
        assert answer.draft is not None
        assert answer.draft.arguments == {"destination": "Rome", "date": first.isoformat()}, f"seed {SEED}: {message}"
        assert f"{wrong} {unit}" in answer.text
        assert f"{nights} {unit}" in answer.text


def test_a_date_with_two_readings_is_asked_about_with_both_and_the_next_message_chooses() -> None:
    random = Random(SEED)
    for _ in range(REQUESTS):
        number, month = random.sample(range(1, 13), 2)
        readings = [date(2027, month, number), date(2027, number, month)]
        sign = random.choice("-/")
        message = f"a flight to Rome on {number:02}{sign}{month:02}{sign}2027"
        answer = answer_to(message)
        assert not answer.calls, f"seed {SEED}: {message}"
        assert days_in_words(readings) in answer.text, f"seed {SEED}: {message}: {answer.text}"
        chosen = random.choice(readings)
        choice = random.choice((WITHOUT_YEAR[0], WITHOUT_YEAR[3], WITH_YEAR[0], lambda day: f"the {ordinal(day)}"))
        words = choice(chosen)
        completed = arguments_of(answer_to(words, answer.draft))
        # `The 1st` may be a day or the first of the two.
        is_day_or_place = words in ("the 1st", "the 2nd")
        expected = {"destination": "Rome", "date": chosen.isoformat()}
        assert is_day_or_place or completed == expected, f"seed {SEED}: {message}, then {words}"


def test_a_date_on_another_weekday_is_asked_about_with_both_days() -> None:
    random = Random(SEED)
    for first, _ in zip(first_days(random), range(REQUESTS), strict=False):
        named = first + timedelta(days=random.choice((-3, -2, -1, 1, 2, 3)))
        message = f"a flight to Rome on {named:%A} {first.day} {first:%B} {first.year}"
        answer = answer_to(message)
        assert not answer.calls, f"seed {SEED}: {message}"
        for day in (first, named if named >= TODAY else named + timedelta(weeks=1)):
            assert f"{day:%A} {day.day}" in answer.text, f"seed {SEED}: {message}: {answer.text}"


def test_a_range_that_ends_before_it_starts_and_a_day_that_does_not_exist_are_asked_about() -> None:
    random = Random(SEED)
    for first, _ in zip(first_days(random), range(REQUESTS), strict=False):
        last = first - timedelta(days=random.randint(0, 60))
        backwards = f"a hotel in Rome from {random.choice(WITH_YEAR)(first)} to {random.choice(WITH_YEAR)(last)}"
        absent = random.choice(
            ("31 {month} 2027", "the 31st of {month}", "{month} 31", "32 {month}", "the 45th of {month}")
        )
        month = random.choice(("February", "April", "June", "September", "November"))
        for message in (backwards, f"a flight to Rome on {absent.format(month=month)}"):
            answer = answer_to(message)
            assert not answer.calls, f"seed {SEED}: {message}"
            assert answer.draft is not None
            assert answer.draft.open_day is not None, f"seed {SEED}: {message}"


def test_a_request_without_a_day_names_none() -> None:
    """The day that is assumed for it is none of the model's."""
    for number in range(1, MOST_NIGHTS + 1):
        assert arguments_of(answer_to(f"a hotel in Rome for {NUMBERS[number]} nights")) == {
            "destination": "Rome",
            "nights": number,
        }
