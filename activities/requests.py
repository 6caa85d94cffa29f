"""The requests that a component's hold and authorization were sent with, read back from the ledger.

A call that undoes a hold or an authorization names it by its request. If a supplier knows the key for another request,
that one is not this trip's to undo.
"""

from datetime import date

from domain.components import ComponentKind
from domain.ids import effect_key
from domain.trip.entry_data import Arguments, AuthorizeArguments, HoldArguments
from domain.trip.privacy import FORGOTTEN
from stores.ledger import Ledger
from suppliers.ports import Request, authorize_request, hold_request


def held_by(ledger: Ledger, trip: str, component: str, kind: ComponentKind, revision: int) -> Request | None:
    """Return the request of a revision's hold; None if the ledger does not have any more what was held.

    A hold without an intent of the first revision would have been sent for what the trip asks for.
    """
    key = effect_key(component, "hold", revision)
    match _intent(ledger, trip, key):
        case HoldArguments(destination=str() as destination, date=date() as day, units=units, shape=shape):
            return hold_request(key, destination, day, units, shape)
        case _ if revision == 1:
            return _requested(ledger, trip, key, kind)
        case _:
            return None


def authorized_by(ledger: Ledger, trip: str, component: str, revision: int) -> Request | None:
    """Return the request of a revision's authorization; None if none was begun."""
    key = effect_key(component, "authorize", revision)
    match _intent(ledger, trip, key):
        case AuthorizeArguments(amount=amount, confirmation=confirmation):
            return authorize_request(key, amount, confirmation)
        case _:
            return None


def _requested(ledger: Ledger, trip: str, key: str, kind: ComponentKind) -> Request | None:
    row = ledger.trip(trip)
    if row is None or row.request.destination == FORGOTTEN:
        return None
    return hold_request(
        key,
        destination=row.request.destination,
        date=row.request.date,
        units=row.request.units_of(kind),
        shape=row.request.shape_of(kind),
    )


def _intent(ledger: Ledger, trip: str, key: str) -> Arguments | None:
    for entry in ledger.entries(trip):
        if entry.key == key and isinstance(entry.data, HoldArguments | AuthorizeArguments):
            return entry.data
    return None
