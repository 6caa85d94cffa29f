"""The present bookings of a trip: its request with the changes made since, and the parts that do not meet."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from domain.components import COMPONENTS, ComponentKind
from domain.trip.command_bodies import ChangeBody
from domain.trip.facts import TripFacts
from domain.trip.keeping import kept_bookings
from domain.trip.outcomes import Details
from domain.trip.requests import TripRequest
from domain.trip.revisions import ComponentFacts, Revision

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def current_request(request: TripRequest, components: Sequence[ComponentFacts]) -> TripRequest:
    """Return the request as the changes have made it: the day of the first component, and the length in its unit.

    A change counts once the company has confirmed it. A trip whose traveller was forgotten keeps what its row has.
    """
    arguments = request.arguments()
    changes: dict[str, object] = {}
    for component in components:
        booking = _last_made(component)
        if booking.number == 1:
            continue
        if booking.date is None:
            continue
        if component is components[0]:
            changes["date"] = booking.date
        unit = COMPONENTS[component.kind].unit
        if unit in arguments:
            changes[unit] = booking.units
    return request.model_copy(update=changes)


def _last_made(component: ComponentFacts) -> Revision:
    """Return the last booking that its company confirmed and that did not fail; without one, the first booking."""
    for revision in reversed(component.revisions):
        if revision.made:
            return revision
    return component.first


@dataclass(frozen=True)
class _Days:
    """The first and the last day of one booking; a flight has no last one, unless it brings its travellers back."""

    kind: ComponentKind
    first: date
    units: int | None
    return_date: date | None

    @property
    def last(self) -> date | None:
        if self.units is None:
            return self.return_date
        return self.first + timedelta(days=self.units)


def warnings(facts: TripFacts) -> tuple[str, ...]:
    """Return what a traveller should notice of the bookings: parts that do not meet, and what a change exchanged."""
    sentences = _gaps(_days_of(facts))
    for component, booking in kept_bookings(facts):
        if booking.number > 1:
            sentences += _exchanged(component, booking)
    return tuple(sentences)


def warnings_after(facts: TripFacts, change: ChangeBody) -> tuple[str, ...]:
    """Return the parts that will not meet once the change is made."""
    days = _days_of(facts)
    if change.date and change.kind in days:
        days[change.kind] = replace(days[change.kind], first=change.date, units=change.units)
    return tuple(_gaps(days))


def _days_of(facts: TripFacts) -> dict[ComponentKind, _Days]:
    """Return the days of the bookings that stay, in booking order."""
    days: dict[ComponentKind, _Days] = {}
    for component, booking in kept_bookings(facts):
        # A booking whose traveller was forgotten has no days any more.
        if booking.date:
            days[component.kind] = _Days(component.kind, booking.date, booking.units, booking.return_date)
    return days


def _gaps(days: dict[ComponentKind, _Days]) -> list[str]:
    """Return a sentence for each part that does not begin with the first one, or does not end with it."""
    begins: list[tuple[str, date]] = []
    ends: list[tuple[str, date]] = []
    for part in days.values():
        noun = COMPONENTS[part.kind].noun
        begins.append((noun, part.first))
        if part.last:
            ends.append((noun, part.last))
    return [*_apart("begins", begins), *_apart("ends", ends)]


def _apart(verb: str, days: Sequence[tuple[str, date]]) -> Iterator[str]:
    for noun, day in days:
        first_noun, first_day = days[0]
        if day != first_day:
            yield f"The {noun} {verb} on {day}, and the {first_noun} on {first_day}."


def _exchanged(component: ComponentFacts, booking: Revision) -> list[str]:
    """Return a sentence if the change that made this booking brought another hotel, room, airline, time or car."""
    earlier = component.revisions[: booking.number - 1]
    # A failed one was a change that was not made.
    made = [revision for revision in earlier if not revision.failed]
    differences = _differences(made[-1].details, booking.details)
    if not differences:
        return []
    noun = COMPONENTS[component.kind].noun
    return [f"The change brought another {noun}: {', '.join(differences)}."]


def _differences(before: Details | None, after: Details | None) -> list[str]:
    # Details are gone once their traveller was forgotten.
    if before is None or after is None:
        return []
    differences: list[str] = []
    for name, value in after.items():
        replaced = before.get(name, value)
        if replaced == value:
            continue
        # Other days are what the traveller asked for.
        if not _DAY.fullmatch(str(value)):
            differences.append(f"{name.replace('_', ' ')} {value} instead of {replaced}")
    return differences
