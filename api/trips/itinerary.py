"""The confirmed bookings of a trip as a calendar (iCalendar, RFC 5545), for any calendar program.

Days and lengths are the ledger's own. Of what a company says only names and times of day are shown, as plain text. A
program that takes a calendar in again replaces the events that it has: their ids stay, and their sequence grows.
"""

from collections import defaultdict
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from domain.components import ComponentKind
from domain.trip.facts import TripFacts
from domain.trip.keeping import kept_bookings
from domain.trip.outcomes import Details
from domain.trip.records import TripRow
from domain.trip.revisions import ComponentFacts, Revision

if TYPE_CHECKING:
    from icalendar import Event

MIMETYPE = "text/calendar"
_PRODUCT = "-//durable travel concierge//itinerary//EN"
_TITLES: dict[ComponentKind, str] = {
    "flight": "Flight to {destination}: {airline} {flight_number}",
    "hotel": "{hotel}, {destination}",
    "car_hire": "Car hire in {destination}: {car_class}",
}
_LINES: dict[ComponentKind, tuple[str, ...]] = {
    "flight": ("Confirmation: {confirmation}", "Price: {price}"),
    "hotel": ("Confirmation: {confirmation}", "Price: {price}", "Room: {room}"),
    "car_hire": ("Confirmation: {confirmation}", "Price: {price}", "Pick-up: {pick_up}"),
}
_PLACES: dict[ComponentKind, str] = {"flight": "", "hotel": "{hotel}, {destination}", "car_hire": "{destination}"}
_TITLE_OF_WAY_BACK = "Flight back from {destination}: {airline} {flight_number}"
_MOST_CHARACTERS = 200


def itinerary(row: TripRow, facts: TripFacts) -> bytes | None:
    """Return the calendar, with an event for each confirmed booking; None if nothing is confirmed or known any more."""
    # Loaded with the first calendar, since it takes longer than all the rest of the app's routes.
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    for component, booking in kept_bookings(facts):
        if booking.confirm == "done" and booking.date is not None:
            calendar.add_component(_event(row, component, booking, booking.date))
            if booking.return_date is not None:
                calendar.add_component(_event_of_way_back(row, component, booking, booking.return_date))
    return calendar.to_ical() if calendar.subcomponents else None


def _event(row: TripRow, component: ComponentFacts, booking: Revision, day: date) -> "Event":
    from icalendar import Event

    texts = _texts(row.request.destination, booking)
    begin, end = _span(booking, day, texts)
    event = Event()
    event.add("uid", f"{component.id}@durable-travel-concierge")
    event.add("dtstamp", row.updated)
    event.add("sequence", row.version)
    event.add("status", "CONFIRMED")
    event.add("summary", _filled(_TITLES[component.kind], texts))
    event.add("description", "\n".join(_filled(line, texts) for line in _LINES[component.kind]))
    event.add("location", _filled(_PLACES[component.kind], texts))
    event.add("dtstart", begin)
    event.add("dtend", end)
    return event


def _event_of_way_back(row: TripRow, component: ComponentFacts, booking: Revision, day: date) -> "Event":
    """Return the event of a flight's second leg, made from the details whose names begin with `return_`."""
    details = booking.details or {}
    leg: Details = {name: details.get(f"return_{name}", "") for name in ("flight_number", "departs", "arrives")}
    on_way_back = booking.model_copy(update={"details": details | leg})
    event = _event(row, component, on_way_back, day)
    texts = _texts(row.request.destination, on_way_back)
    event["uid"] = f"{component.id}-return@durable-travel-concierge"
    event["summary"] = _filled(_TITLE_OF_WAY_BACK, texts)
    return event


def _texts(destination: str, booking: Revision) -> dict[str, str]:
    """Return all that may be shown of a booking, by name; what the company did not say is empty."""
    said = {name: str(text)[:_MOST_CHARACTERS] for name, text in (booking.details or {}).items()}
    ours = {"destination": destination, "confirmation": str(booking.confirmation), "price": str(booking.price)}
    return defaultdict(str, said | ours)


def _filled(template: str, texts: dict[str, str]) -> str:
    """Return the template with the texts, without what only stood before or after one that is missing."""
    return " ".join(template.format_map(texts).split()).strip(":, ")


def _span(booking: Revision, day: date, texts: dict[str, str]) -> tuple[date, date] | tuple[datetime, datetime]:
    """Return begin and end: local times of a flight with times, otherwise whole days up to and with the last one."""
    begin, end = (_at(day, texts[name]) for name in ("departs", "arrives"))
    if begin is None or end is None:
        return day, day + timedelta(days=(booking.units or 0) + 1)
    # Without a zone, so that a calendar shows the times of the place, as a ticket does.
    return begin, end + timedelta(days=end <= begin)


def _at(day: date, text: str) -> datetime | None:
    """Return the time of day as a company writes it, on that day."""
    with suppress(ValueError):
        return datetime.combine(day, time.fromisoformat(text).replace(tzinfo=None))
    return None
