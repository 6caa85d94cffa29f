"""Views of trips over HTTP, made from the ledger alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.problems import ApiProblem
from api.threads import in_thread
from domain.components import TripKind, has_parts
from domain.conversation.turn import TripCall
from domain.ids import split_component_id, split_owned_id
from domain.options import SagaPolicy
from domain.trip.ending import trip_status
from domain.trip.outcomes import TripStatus
from domain.trip.records import TripRow
from domain.trip.shown.since_reply import first_end, has_changed_since, may_have_changed
from domain.trip.status import TripView, component_view, trip_view
from stores.ledger import Ledger, TripUnknownError

_LONGEST_ID = 100


def trip_of(ledger: Ledger, identifier: str, owners: Sequence[str | None]) -> TripRow | None:
    """Return the owners' trip with this id; None if there is none, or if it is somebody else's."""
    row = ledger.trip(identifier)
    if row is None or split_owned_id(row.conversation)[0] not in owners:
        return None
    return row


async def view_of(ledger: Ledger, identifier: str, policy: SagaPolicy, owners: Sequence[str | None]) -> TripView:
    """Return the owners' trip or component with this id. Raise `ApiProblem` trip_not_found."""
    view = await in_thread(_view, ledger, identifier, policy, owners) if may_be_an_id(identifier) else None
    if view is None:
        raise ApiProblem(
            code="trip_not_found",
            detail="No trip and no component of one has this id. Take the id from the trips of a chat's answer.",
        )
    return view


@dataclass(frozen=True)
class TripOfTurn:
    """A trip as its turn's response names it: its present status, and what became of it.

    `was_booked`: it came to be booked, at least in part, whatever became of it later. `has_changed`: it is another now
    than the turn's reply says, if the turn has its reply.
    """

    id: str
    kind: TripKind
    status: TripStatus
    was_booked: bool
    has_changed: bool


async def trips_of(ledger: Ledger, calls: Sequence[TripCall]) -> list[TripOfTurn]:
    """Return the trips of a turn's calls. A call whose trip has no row yet is left out."""
    if not calls:
        return []
    trips = await in_thread(lambda: [_trip_of_turn(ledger, call.trip) for call in calls])
    return [trip for trip in trips if trip]


def _trip_of_turn(ledger: Ledger, trip: str) -> TripOfTurn | None:
    try:
        facts = ledger.facts(trip)
    except TripUnknownError:
        return None
    booked_as, has_changed = facts.outcome, False
    # The rows are read only where they can say more than the facts, since each read may be a request.
    if may_have_changed(facts.commands, facts.on_failure) and (row := ledger.trip(trip)):
        entries, commands = ledger.entries(trip), ledger.commands(trip)
        # The first end is that of the booking. A trip may end again, when its traveller changes or cancels it.
        booked_as, has_changed = first_end(entries), has_changed_since(row, entries, commands)
    return TripOfTurn(
        id=trip,
        kind=facts.kind,
        status=trip_status(facts),
        was_booked=booked_as is not None and booked_as.status in ("confirmed", "partly_confirmed"),
        has_changed=has_changed,
    )


def _view(ledger: Ledger, identifier: str, policy: SagaPolicy, owners: Sequence[str | None]) -> TripView | None:
    if row := trip_of(ledger, identifier, owners):
        return trip_view(row, ledger.entries(identifier), ledger.commands(identifier), policy)
    part = split_component_id(identifier)
    if part is None:
        return None
    trip, component = part
    row = trip_of(ledger, trip, owners)
    # A trip of one component has no component ids: its only component has the trip's id.
    if row is None or not has_parts(row.kind):
        return None
    return component_view(row, ledger.entries(row.id), ledger.commands(row.id), component)


def may_be_an_id(identifier: str) -> bool:
    """Return whether the text may be an id of ours, so that no other text reaches the store."""
    if len(identifier) > _LONGEST_ID:
        return False
    return identifier.isascii() and identifier.isprintable()
