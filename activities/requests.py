"""The requests that a component's hold and authorization were sent with, read back from the ledger.

Whatever undoes a hold or an authorization names it by its request: where a company knows the key for another request,
that one is not this trip's to undo.
"""

from datetime import date

from domain.amount import Money
from domain.components import ComponentKind
from domain.ids import effect_key
from domain.trip.privacy import FORGOTTEN
from domain.trip.records import Data
from stores.ledger import Ledger
from suppliers.ports import Request, authorize_request, hold_request


def held_by(ledger: Ledger, trip: str, component: str, kind: ComponentKind, revision: int) -> Request | None:
    """Return the request of a revision's hold; None where the ledger does not know any more what was held.

    A hold without an intent of the first revision would have been sent for what the trip asks for.
    """
    key = effect_key(component, "hold", revision)
    intent = _intent(ledger, trip, key)
    if intent and "destination" in intent:
        return hold_request(key, intent["destination"], date.fromisoformat(intent["date"]), intent["units"])
    row = ledger.trip(trip)
    if intent or row is None or row.request.destination == FORGOTTEN or revision > 1:
        return None
    return hold_request(key, row.request.destination, row.request.date, row.request.units_of(kind))


def authorized_by(ledger: Ledger, trip: str, component: str, revision: int) -> Request | None:
    """Return the request of a revision's authorization; None where none was begun."""
    key = effect_key(component, "authorize", revision)
    intent = _intent(ledger, trip, key)
    return authorize_request(key, Money.model_validate(intent["amount"]), intent["confirmation"]) if intent else None


def _intent(ledger: Ledger, trip: str, key: str) -> Data | None:
    rows = (entry for entry in ledger.entries(trip) if entry.event == "intent" and entry.key == key)
    row = next(rows, None)
    return row.data if row else None
