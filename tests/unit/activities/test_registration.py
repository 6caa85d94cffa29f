"""The activities as the Functions worker meets them: names, parameters and plain JSON."""

import inspect
import json

import pytest

from domain.components import IN_BOOKING_ORDER
from support.orchestrations.scenarios import GOLDEN
from support.orchestrations.services import activity_functions

FUNCTIONS = activity_functions()
THE_NINE = {
    "book_flight_activity",
    "process_flight_payment",
    "cancel_flight_activity",
    "book_hotel_activity",
    "process_hotel_payment",
    "cancel_hotel_activity",
    "book_car_activity",
    "process_car_payment",
    "cancel_car_activity",
}
IN_THE_API = {"tell_turn_activity", "wake_quote_activity"}
"""They need the durable client."""
OF_REQUESTS = {"decide_item_activity", "quote_component_activity"}
"""Decide on an open item and ask for a price, in short orchestrations of HTTP requests outside every trip's saga."""


def test_the_nine_activities_are_registered_under_the_names_that_components_carry() -> None:
    assert {name for c in IN_BOOKING_ORDER for name in (c.book, c.pay, c.cancel)} == THE_NINE
    assert set(FUNCTIONS) >= THE_NINE


def test_every_activity_that_a_component_names_is_registered() -> None:
    named = {name for c in IN_BOOKING_ORDER for name in (c.book, c.pay, c.confirm, c.capture, c.cancel)}
    assert named - set(FUNCTIONS) == set()


def test_every_activity_that_an_orchestrator_names_is_registered() -> None:
    # Together the golden histories take every path. 4 is the type of TaskScheduled.
    histories = [json.loads(path.read_text(encoding="utf-8")) for path in GOLDEN.glob("*.json")]
    named = {event["Name"] for golden in histories for event in golden["history"] if event["EventType"] == 4}
    assert named - IN_THE_API == set(FUNCTIONS) - OF_REQUESTS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_worker_accepts_the_parameter_and_its_annotation(name: str) -> None:
    signature = inspect.signature(FUNCTIONS[name])
    (parameter,) = signature.parameters.values()
    assert parameter.name != "data", "the real host refuses to start an app with such a parameter"
    assert isinstance(parameter.annotation, type), "the worker takes plain types only, no dict[str, Any]"
    assert isinstance(signature.return_annotation, type)
