"""The head of a trip: its row, and what only the stores need to know of it."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.trip.outcomes import TripOutcome
from domain.trip.privacy import anonymous, anonymous_request
from domain.trip.records import Entry, NewTrip, TripRow


@dataclass(frozen=True)
class Head:
    """Whoever writes to a trip writes its head too, so that nobody else can have written meanwhile."""

    row: TripRow
    rows: int
    """Number of the last row."""
    troubled: bool
    """An effect was given up since the box was opened: there may be open items."""
    taken_by: str
    """Which call took the trip over last."""


def new_head(trip: NewTrip, at: datetime) -> tuple[Head, Entry]:
    """The head of a trip that is being opened, and the row that says so."""
    row = TripRow(
        id=trip.id,
        kind=trip.kind,
        request=trip.request,
        options=trip.options,
        conversation=trip.conversation,
        turn=trip.turn,
        created=at,
        updated=at,
        version=1,
        epoch=1,
        saga=trip.id,
        commands=0,
        box="open",
        outcome=None,
    )
    return Head(row, rows=1, troubled=False, taken_by=""), Entry(1, trip.id, at, "opened")


def without_person(head: Head) -> Head:
    """The head of a closed trip whose traveller is to be forgotten."""
    row = head.row
    outcome = row.outcome and TripOutcome.model_validate(anonymous(row.outcome.model_dump(mode="json")))
    request = anonymous_request(row.request)
    return replace(head, row=replace(row, request=request, conversation="", outcome=outcome))
