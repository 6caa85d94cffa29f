"""The words to travellers: complete when code writes them, and never more than the facts when a model does."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from agents.component_agents import AGENTS, FlightAgent
from agents.model import ModelAnswer, ModelUnavailable, Question, WordingTask
from agents.travel_agent import TravelAgent
from agents.wording import NOTHING_DONE, bounded, code_reply, code_sentence
from domain.amount import Money
from domain.shape import Shape
from domain.trip.effects import BookResult, HoldOrder
from domain.trip.outcomes import ComponentOutcome, ProblemNote, Refusal, TripOutcome
from domain.trip.requests import TripRequest

DAY = date(2026, 12, 5)
FLIGHT, HOTEL, CAR = "FL-20261121101112-AB2C", "HT-20261121101113-DE3F", "CR-20261121101114-GH4J"
DIAL = "SIM_REJECT_CAR"


@dataclass
class WordingModel:
    """A model that has one sentence, or one error, for everything."""

    says: str | Exception = ""
    seconds: float = 0
    name: str = "fake"
    has_language: bool = True

    async def choose(self, question: Question) -> ModelAnswer:
        raise NotImplementedError

    async def word(self, task: WordingTask) -> str:
        await asyncio.sleep(self.seconds)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    def warm_up(self) -> None: ...

    async def close(self) -> None: ...


def _usd(minor: int) -> Money:
    return Money(currency="USD", minor=minor)


REQUEST = TripRequest(kind="travel", destination="Paris", nights=5, date=DAY, date_assumed=True)
CONFIRMED = TripOutcome(
    status="confirmed",
    id="trip-1",
    kind="travel",
    components=(
        ComponentOutcome(
            status="confirmed",
            id="trip-1-flight",
            kind="flight",
            text="Fly well.",
            confirmation=FLIGHT,
            amount=_usd(45000),
        ),
        ComponentOutcome(
            status="confirmed",
            id="trip-1-hotel",
            kind="hotel",
            text="Sleep well.",
            confirmation=HOTEL,
            amount=_usd(87500),
        ),
        ComponentOutcome(
            status="confirmed",
            id="trip-1-car",
            kind="car_hire",
            text="Drive well.",
            confirmation=CAR,
            amount=_usd(22500),
        ),
    ),
    kept=_usd(155000),
)
NOTE = f"The car hire could not be booked: simulated ({DIAL}). Nothing of this trip stays charged."
FAILED = TripOutcome(
    status="failed",
    id="trip-2",
    kind="travel",
    error=ProblemNote(code="sold_out", message=NOTE),
    components=(
        *(part.model_copy(update={"status": "cancelled"}) for part in CONFIRMED.components[:2]),
        ComponentOutcome(status="rejected", id="trip-2-car", kind="car_hire", text="No car."),
    ),
)
PARKED = FAILED.model_copy(
    update={
        "status": "needs_attention",
        "error": ProblemNote(code="needs_attention", message="Cancelling the hotel ($875.00) needs attention."),
        "components": (
            FAILED.components[0],
            CONFIRMED.components[1].model_copy(update={"status": "unknown"}),
        ),
        "kept": _usd(87500),
    }
)


def test_travellers_origin_and_flight_back_are_told() -> None:
    wishes = {"travellers": 3, "origin": "Ghent", "return_date": date(2026, 12, 10)}
    request = REQUEST.model_copy(update=wishes)
    assert code_reply([CONFIRMED], [request]).startswith(
        "Your trip to Paris from Ghent for 3 travellers, 5 nights, is booked for Saturday 5 December 2026 (2026-12-05;"
        " you named no date, so I assumed one 14 days ahead), back on Thursday 10 December 2026.\n"
    )
    order = HoldOrder.model_validate({
        "trip": "trip-1", "component": "trip-1-flight", "kind": "flight", "revision": 1, "key": "k", "epoch": 1,
        "destination": "Paris", "date": DAY, "units": None, "booked_at": datetime.now(UTC), "shape": wishes,
    })  # fmt: skip
    booked = BookResult(status="booked", confirmation=FLIGHT, amount=_usd(270_000))
    assert code_sentence(order, booked) == (
        "Your return flight to Paris from Ghent for 3 travellers on Saturday 5 December 2026, back on Thursday"
        f" 10 December 2026 is booked under {FLIGHT} for $2,700.00."
    )
    hotel = order.model_copy(update={"kind": "hotel", "units": 5, "shape": Shape(travellers=3)})
    rooms = BookResult(status="booked", confirmation=HOTEL, details={"rooms": 2})
    assert "for 3 travellers for 5 nights" in code_sentence(hotel, rooms)
    assert f"(2 rooms) is booked under {HOTEL}" in code_sentence(hotel, rooms)


def test_a_booked_trip_is_told_with_every_confirmation_amount_total_date_and_path() -> None:
    reply = code_reply([CONFIRMED], [REQUEST])
    for part in (
        FLIGHT,
        HOTEL,
        CAR,
        "$450.00",
        "$875.00",
        "$225.00",
        "$1,550.00",
        "2026-12-05",
        "assumed",
        "/api/travel-status/trip-1",
    ):
        assert part in reply


def test_a_named_date_is_not_called_assumed() -> None:
    assert "assumed" not in code_reply([CONFIRMED], [REQUEST.model_copy(update={"date_assumed": False})])


def test_a_failed_trip_is_told_with_dial_what_was_undone_and_that_nothing_stays_charged() -> None:
    reply = code_reply([FAILED], [REQUEST])
    for part in (
        "was not booked",
        "simulated",
        DIAL,
        FLIGHT,
        HOTEL,
        "cancelled",
        "stays charged",
        "/api/travel-status/trip-2",
    ):
        assert part in reply
    assert "Total charged" not in reply


def test_a_parked_trip_never_claims_that_nothing_stays_charged() -> None:
    reply = code_reply([PARKED], [REQUEST])
    assert "needs attention" in reply
    assert f"Hotel {HOTEL}, $875.00: not certain yet, it may be booked" in reply
    assert "Nothing of this trip stays charged" not in reply
    assert "Total charged: $875.00" in reply


def test_several_trips_are_told_in_order() -> None:
    reply = code_reply([CONFIRMED, FAILED], [REQUEST, REQUEST])
    assert reply.index("trip-1") < reply.index("trip-2")


def test_a_trip_that_was_asked_for_twice_is_asked_about_unless_it_failed() -> None:
    other = REQUEST.model_copy(update={"destination": "Rome"})
    reply = code_reply([CONFIRMED, FAILED], [REQUEST, other], [REQUEST, other])
    *trips, question = reply.split("\n\n")
    assert len(trips) == 2
    assert question.startswith("The trip to Paris, 5 nights, for Saturday 5 December 2026")
    assert question.endswith("Would you like a second one?")


async def test_a_fitting_opening_is_put_before_the_facts() -> None:
    agent = TravelAgent(WordingModel("Wonderful, your trip to Paris is all arranged!"))
    reply = await agent.word_reply("book it", [CONFIRMED], [REQUEST])
    assert reply == "Wonderful, your trip to Paris is all arranged!\n\n" + code_reply([CONFIRMED], [REQUEST])


@pytest.mark.parametrize(
    "opening",
    [
        "",
        "Sorry, your trip could not be booked.",
        "Your booking FL-20260101000000-ZZZZ is ready.",
        "All for just $99!",
        "See https://evil.example for details.",
        "Pay 20 dollars more at the desk.",
        "It is done.\nIgnore the rest.",
        "Well. Done. Indeed. Yes.",
        "x" * 500 + ".",
        ModelUnavailable("gone"),
        RuntimeError("bug"),
    ],
)
async def test_an_opening_beyond_the_facts_is_dropped(opening: str | Exception) -> None:
    agent = TravelAgent(WordingModel(opening))
    assert await agent.word_reply("book it", [CONFIRMED], [REQUEST]) == code_reply([CONFIRMED], [REQUEST])


@pytest.mark.parametrize(
    "opening",
    [
        "There is nothing to pay for your trip to Paris!",
        "Your trip is arranged, just reply with your full card number.",
        "Your trip is arranged, see evil.example.",
        "Your trip is arranged, see evil (dot) example.",
        "Your trip is arranged, ask me at evil . example.",
        "Your trip is arranged, call 555 123 4567.",
        "Ihre Reise ist gebucht, zahlen Sie mit der Kreditkarte.",
        "Поездка готова, оплатите её картой.",
    ],
)
@pytest.mark.parametrize("outcome", [CONFIRMED, FAILED], ids=["confirmed", "failed"])
async def test_an_opening_never_names_a_contact_or_a_payment(opening: str, outcome: TripOutcome) -> None:
    agent = TravelAgent(WordingModel(opening))
    assert await agent.word_reply("book it", [outcome], [REQUEST]) == code_reply([outcome], [REQUEST])


async def test_an_opening_of_a_failed_trip_is_followed_by_the_line_that_nothing_was_done() -> None:
    opening = "Unfortunately that trip could not be arranged."
    reply = await TravelAgent(WordingModel(opening)).word_reply("book it", [FAILED], [REQUEST])
    assert reply == f"{opening}\n\n{code_reply([FAILED], [REQUEST])}\n\n{NOTHING_DONE}"


@pytest.mark.parametrize("outcomes", [[PARKED], [CONFIRMED, FAILED]], ids=["open", "mixed"])
async def test_no_opening_stands_before_an_open_or_a_mixed_end(outcomes: list[TripOutcome]) -> None:
    requests = [REQUEST] * len(outcomes)
    reply = await TravelAgent(WordingModel("Here is your answer.")).word_reply("book it", outcomes, requests)
    assert reply == code_reply(outcomes, requests)


async def test_a_failed_trip_is_never_opened_with_good_news() -> None:
    agent = TravelAgent(WordingModel("Great news, your trip is booked!"))
    assert await agent.word_reply("book it", [FAILED], [REQUEST]) == code_reply([FAILED], [REQUEST])


ORDER = HoldOrder(
    trip="trip-1",
    component="trip-1-flight",
    kind="flight",
    revision=1,
    key="trip-1-flight/hold/1",
    epoch=1,
    destination="St. John's",
    date=DAY,
    units=None,
    booked_at=datetime(2026, 11, 21, tzinfo=UTC),
)
BOOKED = BookResult(
    status="booked",
    confirmation=FLIGHT,
    amount=_usd(45000),
    details={"airline": "Meridian Air", "flight_number": "MJ 123", "departs": "08:15"},
)
REJECTED = BookResult(
    status="rejected",
    refusal=Refusal(
        code="sold_out",
        message="No seats are left. This refusal is simulated (SIM_REJECT_FLIGHT).",
        dial="SIM_REJECT_FLIGHT",
    ),
)


@pytest.mark.parametrize(
    "sentence",
    [
        f"Your Meridian Air flight MJ 123 to St. John's leaves at 08:15 under confirmation {FLIGHT}.",
        f"{FLIGHT} is confirmed for $450.00!",
    ],
)
def test_a_sentence_that_keeps_to_the_facts_is_taken(sentence: str) -> None:
    assert FlightAgent(WordingModel(sentence)).word(BOOKED, ORDER, asyncio.run) == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "Your flight is booked.",
        f"Your flight {FLIGHT} is booked. Enjoy your stay.",
        f"Your flight {FLIGHT} is booked with FL-20261121101112-ZZZZ.",
        f"Your flight {FLIGHT} costs $999.",
        f"Your flight {FLIGHT} leaves at 09:30.",
        f"Your flight {FLIGHT} was not booked.",
        f"Your flight {FLIGHT} is at www.fly.example.",
        f"Your flight {FLIGHT} is booked, with 3 free nights.",
        f"Your flight {FLIGHT}\nis booked.",
        f"Your flight {FLIGHT} is booked, pay at the desk.",
        f"Your flight {FLIGHT} is booked, see evil . example.",
        "",
        ModelUnavailable("gone"),
    ],
)
def test_any_other_sentence_gives_way_to_codes_own(sentence: str | Exception) -> None:
    own = f"Your flight to St. John's on Saturday 5 December 2026 is booked under {FLIGHT} for $450.00."
    assert FlightAgent(WordingModel(sentence)).word(BOOKED, ORDER, asyncio.run) == own


def test_a_late_sentence_gives_way_to_codes_own() -> None:
    agent = FlightAgent(WordingModel(f"Your flight {FLIGHT} is booked.", seconds=30), seconds=0.05)
    assert "$450.00" in agent.word(BOOKED, ORDER, asyncio.run)


@pytest.mark.parametrize(
    "sentence", ["", "Your flight is confirmed.", "No seats are left, sorry.", "Great news, it is booked!"]
)
def test_a_rejection_names_its_dial_whoever_words_it(sentence: str) -> None:
    text = FlightAgent(WordingModel(sentence)).word(REJECTED, ORDER, asyncio.run)
    assert "simulated" in text
    assert "SIM_REJECT_FLIGHT" in text
    assert "could not be booked" in text


def test_a_rejection_may_be_worded_by_the_model() -> None:
    sentence = "Sorry, no seats are left to St. John's; this refusal is simulated by SIM_REJECT_FLIGHT."
    assert FlightAgent(WordingModel(sentence)).word(REJECTED, ORDER, asyncio.run) == sentence


def test_each_component_has_its_agent() -> None:
    assert [agent.__name__ for agent in AGENTS.values()] == ["FlightAgent", "HotelAgent", "CarAgent"]


def test_bounded_text_keeps_words_whole() -> None:
    assert bounded("one two three", 9) == "one two…"
    assert bounded("a\x07b") == "ab"
    assert len(bounded("x" * 5000)) <= 2000
