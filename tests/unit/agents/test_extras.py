"""The optional arguments of the tools are booked as they were said, or asked about and never dropped."""

import json
from datetime import date
from typing import Any

import pytest

from agents.model import ModelAnswerInvalid, ToolCall
from agents.questions import ask_about
from agents.tools import Gap, call_of, draft_of, read_call, tool_schemas
from domain.amount import Money
from domain.budget import BadBudget, budget_text, read_budget
from domain.conversation.turn import Draft
from domain.shape import Shape
from domain.trip.requests import TripRequest

TODAY = date(2026, 11, 21)
FLIGHT = {"destination": "Rome", "date": "2027-05-03"}
STAY = {**FLIGHT, "nights": 6}


def reading(tool: str, **arguments: Any) -> TripRequest | Gap:
    return read_call(ToolCall(tool, json.dumps(arguments)), TODAY)


def booked(tool: str, **arguments: Any) -> TripRequest:
    request = reading(tool, **arguments)
    assert isinstance(request, TripRequest), request
    return request


def asked(tool: str, **arguments: Any) -> Gap:
    gap = reading(tool, **arguments)
    assert isinstance(gap, Gap), gap
    return gap


def test_a_return_flight_for_three_is_one_request() -> None:
    request = booked("book_flight", **FLIGHT, travellers=3, origin=" New  York ", return_date="2027-05-09")
    assert request.arguments() == {
        **FLIGHT,
        "travellers": 3,
        "origin": "New York",
        "return_date": "2027-05-09",
    }


def test_what_is_not_said_is_not_in_the_request() -> None:
    nothing = {"travellers": None, "origin": None, "return_date": None, "budget": None}
    assert booked("book_flight", **FLIGHT, **nothing) == booked("book_flight", **FLIGHT)
    assert booked("book_flight", **FLIGHT, travellers=1) == booked("book_flight", **FLIGHT)
    assert booked("book_flight", **FLIGHT, origin=" ", return_date="") == booked("book_flight", **FLIGHT)
    assert "travellers" not in booked("book_flight", **FLIGHT).model_dump(mode="json")


@pytest.mark.parametrize(
    ("arguments", "question"),
    [
        ({"travellers": 10}, "1 to 9 travellers"),
        ({"travellers": 0}, "1 to 9 travellers"),
        ({"origin": "?"}, "Where would you like to start"),
        ({"origin": "x" * 81}, "Where would you like to start"),
        ({"origin": "call +44 20 7946 0958"}, "Where would you like to start"),
        ({"origin": "rOME"}, "both rOME"),
        ({"return_date": "open"}, "On which day would you like to fly back"),
        ({"return_date": "2027-05-03"}, "not after the first day"),
        ({"return_date": "2027-04-03"}, "not after the first day"),
        ({"return_date": "2028-11-21"}, "too far ahead"),
        ({"return_date": "2027-02-30"}, "no such day"),
        ({"budget": "900 EUR"}, "in USD only"),
        ({"budget": "90 USD per night"}, "by the night, day or person"),
        ({"budget": "900"}, "can't read the budget"),
        ({"budget": "0 USD"}, "can't read the budget"),
        ({"budget": "4111111111111111 USD"}, "can't read the budget"),
    ],
)
def test_a_value_that_cannot_be_booked_is_asked_about_until_it_is_another(
    arguments: dict[str, Any], question: str
) -> None:
    gap = asked("book_flight", **FLIGHT, **arguments)
    reply = ask_about([gap])
    assert question in reply
    assert reply.endswith("? Nothing is booked yet.")
    # A draft that forgot the value would be booked without it by the next message.
    again = read_call(call_of(gap.draft), TODAY)
    assert isinstance(again, Gap)
    assert ask_about([again]) == reply


def test_a_budget_in_order_stays_with_the_request_whose_price_answers_it() -> None:
    request = read_call(call_of(Draft(tool="book_flight", arguments={**FLIGHT, "budget": "900 USD"})), TODAY)
    assert isinstance(request, TripRequest)
    assert request.budget == Money(currency="USD", minor=90000)


@pytest.mark.parametrize(
    "arguments",
    [
        {"travellers": "two"},
        {"travellers": 2.5},
        {"origin": 7},
        {"return_date": "9 May"},
        {"budget": 900},
        {"budget": {"amount": "900", "currency": "USD"}},
        {"companions": 2},
    ],
)
def test_a_value_of_the_wrong_type_is_the_models_error(arguments: dict[str, Any]) -> None:
    with pytest.raises(ModelAnswerInvalid):
        reading("book_flight", **FLIGHT, **arguments)


def test_of_first_day_length_and_last_day_the_third_follows() -> None:
    expected = booked("book_travel", **STAY, return_date="2027-05-09")
    assert (expected.nights, expected.return_date) == (6, date(2027, 5, 9))
    assert booked("book_travel", **FLIGHT, return_date="2027-05-09") == expected
    assert booked("book_travel", destination="Rome", nights=6, return_date="2027-05-09") == expected
    assert booked("book_travel", **STAY, return_date="open") == expected
    assert booked("book_travel", **STAY).return_date is None


def test_a_last_day_of_a_hotel_or_a_car_is_its_length() -> None:
    assert booked("book_hotel", **FLIGHT, return_date="2027-05-09") == booked("book_hotel", **STAY)
    for days in (6, 7):
        car = booked("book_car_hire", **FLIGHT, days=days, return_date="2027-05-09")
        assert (car.days, car.return_date) == (days, None)


@pytest.mark.parametrize("tool", ["book_travel", "book_hotel"])
def test_a_length_and_a_last_day_that_disagree_are_asked_about(tool: str) -> None:
    gap = asked(tool, **FLIGHT, nights=5, return_date="2027-05-09")
    assert "do not agree" in ask_about([gap])
    assert gap.draft.arguments == {**FLIGHT, "nights": 5, "return_date": "2027-05-09"}


def test_what_follows_from_other_arguments_is_not_kept_in_a_draft() -> None:
    gap = asked("book_travel", date="2027-05-03", return_date="2027-05-09")
    assert gap.draft.arguments == {"date": "2027-05-03", "return_date": "2027-05-09"}


def test_a_flight_back_without_a_first_day_is_asked_about() -> None:
    assert "fly out?" in ask_about([asked("book_flight", destination="Rome", return_date="2027-05-09")])


def test_a_complete_request_waits_and_comes_back_the_same() -> None:
    request = booked("book_travel", **STAY, travellers=2, origin="Ghent", return_date="2027-05-09")
    assert read_call(call_of(draft_of(request)), TODAY) == request


def test_every_tool_offers_the_optional_arguments() -> None:
    for tool in tool_schemas():
        properties = tool["function"]["parameters"]["properties"]
        assert isinstance(properties, dict)
        assert {"travellers", "origin", "return_date", "budget"} < set(properties)


@pytest.mark.parametrize(("text", "minor"), [("900 USD", 90_000), ("899.50 USD", 89_950), ("1 USD", 100)])
def test_a_budget_is_the_same_as_text_and_as_money(text: str, minor: int) -> None:
    budget = Money(currency="USD", minor=minor)
    assert read_budget(text) == budget
    assert budget_text(budget) == text


@pytest.mark.parametrize("text", ["", "900.5 USD", "-900 USD", "900 usd", "USD 900", "1,000 USD", "900 USD a night"])
def test_any_other_text_is_no_budget(text: str) -> None:
    assert read_budget(text) == BadBudget("unclear")


def test_a_whole_trip_orders_of_each_component_what_concerns_it() -> None:
    request = booked("book_travel", **STAY, travellers=2, origin="Ghent", return_date="2027-05-09")
    flight, hotel = request.shape_of("flight"), request.shape_of("hotel")
    assert flight
    assert hotel
    assert (flight.travellers, flight.origin, flight.legs) == (2, "Ghent", 2)
    assert hotel.model_dump(mode="json") == {"travellers": 2}
    assert request.of_component("hotel").arguments() == {**STAY, "travellers": 2}
    assert booked("book_travel", **STAY).shape_of("flight") is None
    assert Shape(origin="Ghent").model_dump(mode="json") == {"origin": "Ghent"}
