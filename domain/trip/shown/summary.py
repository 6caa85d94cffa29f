"""The summary of a trip, as lists of trips show it."""

from datetime import date, datetime, timedelta

from domain.amount import ShownMoney
from domain.components import TripKind
from domain.trip.ending import current_revision, kept_money, trip_status
from domain.trip.facts import TripFacts
from domain.trip.outcomes import TripStatus
from domain.trip.records import TripRow
from domain.trip.requests import NO_DATE, TripRequest
from domain.trip.shown.as_booked import current_request
from domain.value import Value


class TripSummary(Value):
    """The members of a trip's status that tell it from others.

    `begins` is the day of the trip, None once its traveller was forgotten. `ends` is the last day of its longest part,
    None for a flight. `total` is the money that stays taken. `confirmations` are those of the present bookings.
    """

    id: str
    kind: TripKind
    status: TripStatus
    destination: str
    begins: date | None
    ends: date | None
    total: ShownMoney
    confirmations: tuple[str, ...]
    created: datetime


def trip_summary(row: TripRow, facts: TripFacts) -> TripSummary:
    """Return the summary of the trip."""
    request = current_request(row.request, facts.components)
    revisions = [current_revision(facts, component) for component in facts.components]
    confirmations = [revision.confirmation for revision in revisions]
    begins, ends = _days(request)
    return TripSummary(
        id=row.id,
        kind=row.kind,
        status=trip_status(facts),
        destination=request.destination,
        begins=begins,
        ends=ends,
        total=kept_money(facts),
        confirmations=tuple(filter(None, confirmations)),
        created=row.created,
    )


def confirmations_ever(facts: TripFacts) -> set[str | None]:
    """Return the confirmations of every booking of the trip, also of those that were changed or cancelled."""
    confirmations: set[str | None] = set()
    for component in facts.components:
        confirmations.update(revision.confirmation for revision in component.revisions)
    return confirmations


def _days(request: TripRequest) -> tuple[date | None, date | None]:
    """Return the first and the last day of the request, as far as it has them."""
    first = request.date
    length = request.nights or request.days
    if first == NO_DATE:
        return None, None
    if length is None:
        return first, None
    return first, first + timedelta(days=length)
