"""The head of a trip: its row, and the fields that only the stores need."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.ids import owned_id, split_owned_id
from domain.trip.outcomes import TripOutcome
from domain.trip.privacy import anonymous, anonymous_request
from domain.trip.records import Entry, NewTrip, TripRow


@dataclass(frozen=True)
class Head:
    """The head of a trip. Every write to the trip also writes its head, so two writers cannot overlap."""

    row: TripRow
    rows: int
    """Number of the last row of the trip."""
    troubled: bool
    """An effect was given up since the inbox was opened, so there may be open items."""
    taken_by: str
    """Name of the call that took the trip over last."""


def new_head(trip: NewTrip, at: datetime) -> tuple[Head, Entry]:
    """Return the head of a new trip, and its first row."""
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
    return Head(row, rows=1, troubled=False, taken_by=""), Entry(1, trip.id, at, "opened", data=trip.agreement)


def is_forgotten(row: TripRow) -> bool:
    """Return whether personal data was removed from the trip: then it has no conversation any more."""
    return split_owned_id(row.conversation)[1] == ""


def anonymous_head(head: Head) -> Head:
    """Return the head of a closed trip without anything personal in its request and outcome."""
    row = head.row
    outcome = row.outcome and TripOutcome.model_validate(anonymous(row.outcome.model_dump(mode="json")))
    request = anonymous_request(row.request)
    owner, _ = split_owned_id(row.conversation)
    # Whose it is stays, for nobody else may read what is left.
    return replace(head, row=replace(row, request=request, conversation=owned_id(owner, ""), outcome=outcome))
