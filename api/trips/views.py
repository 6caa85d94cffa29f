"""Views of trips over HTTP, made from the ledger alone."""

from api.problems import ApiProblem
from api.threads import in_thread
from domain.components import has_parts
from domain.conversation.turn import TripCall
from domain.ids import split_component_id
from domain.trip.ending import trip_status
from domain.trip.outcomes import TripOutcome, TripStatus
from domain.trip.status import TripView, component_view, trip_view
from stores.ledger import Ledger

_LONGEST_ID = 100


async def view_of(ledger: Ledger, identifier: str) -> TripView:
    """Return the trip or component with this id. Raise `ApiProblem` trip_not_found."""
    view = await in_thread(_view, ledger, identifier) if may_be_an_id(identifier) else None
    if view is None:
        raise ApiProblem(
            code="trip_not_found",
            detail="No trip and no component of one has this id. Take the id from the trips of a chat's answer.",
        )
    return view


async def status_of(ledger: Ledger, call: TripCall) -> TripStatus | None:
    """Return the status of the trip of a turn's call, or None while the trip has no row."""
    return await in_thread(_status, ledger, call.trip)


async def was_booked(ledger: Ledger, call: TripCall) -> bool:
    """Return whether the trip of a turn's call came to be booked, at least in part, whatever became of it later."""
    return await in_thread(_was_booked, ledger, call.trip)


def _was_booked(ledger: Ledger, trip: str) -> bool:
    # The first end is that of the booking. A trip may end again, when its traveller changes or cancels it.
    first_end = next((entry for entry in ledger.entries(trip) if entry.event == "closed"), None)
    if first_end is None:
        return False
    return TripOutcome.model_validate(first_end.data).status in ("confirmed", "partly_confirmed")


def _status(ledger: Ledger, trip: str) -> TripStatus | None:
    return trip_status(ledger.facts(trip)) if ledger.trip(trip) else None


def _view(ledger: Ledger, identifier: str) -> TripView | None:
    if row := ledger.trip(identifier):
        return trip_view(row, ledger.entries(identifier), ledger.commands(identifier))
    part = split_component_id(identifier)
    if part is None:
        return None
    trip, component = part
    row = ledger.trip(trip)
    # A trip of one component has no component ids: its only component has the trip's id.
    if row is None or not has_parts(row.kind):
        return None
    return component_view(row, ledger.entries(row.id), ledger.commands(row.id), component)


def may_be_an_id(identifier: str) -> bool:
    """Return whether the text may be an id of ours, so that no other text reaches the store."""
    if len(identifier) > _LONGEST_ID:
        return False
    return identifier.isascii() and identifier.isprintable()
