"""A trip's confirmed bookings become events that calendar programs can read and read again."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import pytest
from icalendar import Calendar

from api.services import serving
from api.trips import handlers as trips
from api.trips.itinerary import itinerary
from support.app.http_calls import call, request
from support.orchestrations.installation import PARIS, MemoryInstallation, quick_folder, real_activities
from support.orchestrations.services import RealActivities

TRIP = "trip-1"


@pytest.fixture(scope="module")
def activities() -> Iterator[RealActivities]:
    with real_activities() as real:
        yield real


@pytest.fixture
def house(activities: RealActivities) -> Iterator[MemoryInstallation]:
    with quick_folder() as folder:
        yield MemoryInstallation(folder, activities)


def events(house: MemoryInstallation) -> list[Any]:
    calendar = itinerary(house.row(), house.facts())
    assert calendar
    return list(Calendar.from_ical(calendar).walk("VEVENT"))


def test_each_confirmed_booking_is_an_event_with_its_days(house: MemoryInstallation) -> None:
    house.book()
    flight, hotel, car = events(house)
    assert [event["uid"] for event in (flight, hotel, car)] == [
        f"{TRIP}-{part}@durable-travel-concierge" for part in ("flight", "hotel", "car")
    ]
    details = house.facts().components[0].first.details
    assert details
    begins = datetime.fromisoformat(f"2026-03-02T{details['departs']}")
    assert flight["dtstart"].dt == begins
    assert flight["dtstart"].dt.tzinfo is None
    assert flight["dtend"].dt > begins
    # To and with the last day: an event's end is the first moment after it.
    assert (hotel["dtstart"].dt, hotel["dtend"].dt) == (date(2026, 3, 2), date(2026, 3, 8))
    assert (car["dtstart"].dt, car["dtend"].dt) == (date(2026, 3, 2), date(2026, 3, 8))


def test_an_event_says_what_a_traveller_needs_at_the_desk(house: MemoryInstallation) -> None:
    house.book("hotel")
    [hotel] = events(house)
    booking = house.facts().components[0].first
    assert booking.details
    assert hotel["summary"] == f"{booking.details['hotel']}, Paris"
    assert f"Confirmation: {booking.confirmation}" in hotel["description"]
    assert "$875.00" in hotel["description"]
    assert (hotel["location"], hotel["status"]) == (hotel["summary"], "CONFIRMED")


def test_a_flight_back_is_an_event_of_its_own(house: MemoryInstallation) -> None:
    back = date(2026, 3, 7)
    house.book("flight", asked=PARIS.model_copy(update={"return_date": back, "travellers": 2}))
    flight, way_back = events(house)
    details = house.facts().components[0].first.details
    assert details
    assert [event["uid"] for event in (flight, way_back)] == [
        f"{TRIP}@durable-travel-concierge",
        f"{TRIP}-return@durable-travel-concierge",
    ]
    assert flight["summary"] == f"Flight to Paris: {details['airline']} {details['flight_number']}"
    assert way_back["summary"] == f"Flight back from Paris: {details['airline']} {details['return_flight_number']}"
    assert way_back["dtstart"].dt == datetime.fromisoformat(f"2026-03-07T{details['return_departs']}")
    assert way_back["dtend"].dt == datetime.fromisoformat(f"2026-03-07T{details['return_arrives']}")


def test_a_change_replaces_the_event_when_it_is_read_again(house: MemoryInstallation) -> None:
    house.book()
    before = events(house)[1]
    house.change("hotel", 7)
    house.go_on()
    after = events(house)[1]
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after["dtend"].dt == date(2026, 3, 10)


@pytest.mark.parametrize("spoil", [lambda house: None, lambda house: house.cancel()], ids=["undone", "cancelled"])
def test_a_trip_of_which_nothing_is_confirmed_has_no_calendar(
    house: MemoryInstallation, spoil: Callable[[MemoryInstallation], Any]
) -> None:
    house.schedule.refusing = frozenset({"car/hold"})
    house.book()
    spoil(house)
    house.go_on()
    assert itinerary(house.row(), house.facts()) is None
    with serving(house.api_services()):
        answer = call(trips.get_itinerary(request(method="GET", headers={}, id=TRIP)), "read")
    assert (answer.status, answer.body["code"]) == (409, "not_confirmed")


def test_a_forgotten_trip_has_no_calendar_either(house: MemoryInstallation) -> None:
    house.book()
    assert house.ledger.forget("c-1") == 1
    assert itinerary(house.row(), house.facts()) is None


@pytest.mark.parametrize(("identifier", "code"), [("trip-2", "trip_not_found"), (f"{TRIP}-hotel", "part_of_trip")])
def test_only_a_whole_trip_has_one(house: MemoryInstallation, identifier: str, code: str) -> None:
    house.book()
    with serving(house.api_services()):
        answer = call(trips.get_itinerary(request(method="GET", headers={}, id=identifier)), "read")
    assert answer.body["code"] == code


def test_a_companys_text_stays_text(house: MemoryInstallation) -> None:
    house.book("hotel")
    facts = house.facts()
    [component] = facts.components
    evil = "Inn\r\nEND:VEVENT\r\nATTACH:http://evil.example/" + "x" * 500
    revision = component.first.model_copy(update={"details": {"hotel": evil}})
    spoilt = facts.model_copy(update={"components": (component.model_copy(update={"revisions": (revision,)}),)})
    calendar = itinerary(house.row(), spoilt)
    assert calendar
    [event] = Calendar.from_ical(calendar).walk("VEVENT")
    assert "attach" not in event
    assert len(str(event["summary"])) <= 210


def test_the_route_sends_a_file(house: MemoryInstallation) -> None:
    house.book()
    with serving(house.api_services()):
        response = asyncio.run(trips.get_itinerary(request(method="GET", headers={}, id=TRIP)))
    assert (response.status_code, response.mimetype) == (200, "text/calendar")
    assert response.headers["Content-Disposition"] == f'attachment; filename="{TRIP}.ics"'
    assert response.get_body().startswith(b"BEGIN:VCALENDAR\r\n")
