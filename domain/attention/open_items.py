"""Open items as an operator sees them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from domain.amount import Money
from domain.attention.decisions import DecisionOrder
from domain.components import ComponentKind, Effect
from domain.ids import effect_key
from domain.trip.command_bodies import DecisionBody
from domain.trip.effect_outcomes import Refused
from domain.trip.facts import Item
from domain.trip.records import Entry, TripRow
from domain.value import Value

_REASONS: dict[Effect | Literal["recovery"], str] = {
    "hold": "Booking the {noun} got no answer in all attempts.",
    "authorize": "Reserving the payment of the {noun} got no answer in all attempts.",
    "confirm": "Confirming the {noun} got no answer in all attempts.",
    "capture": "Taking the payment of the {noun} got no answer in all attempts.",
    "cancel": "Cancelling the {noun} failed in all attempts.",
    "void": "Letting go of the authorized payment of the {noun} failed in all attempts.",
    "refund": "Refunding the {noun} failed in all attempts.",
    "recovery": "The work on the {noun} stopped before its end, and so did each that took it up again.",
}


class OpenItem(Value):
    """One line of `GET /api/operations/attention`; a decision on it must carry its `etag`.

    `kind` is null for a trip that has to be recovered as a whole, which can only be tried again.
    """

    trip: str
    item: str
    component: str
    kind: ComponentKind | None
    effect: Effect | Literal["recovery"]
    amount: Money
    reason: str
    opened_at: datetime
    etag: str


def is_of_order(body: DecisionBody, order: DecisionOrder) -> bool:
    """Return whether the body of a stored decision comes from the order, as it was asked for or replaced by a retry.

    If the supplier had carried out the effect after all, a `retry` is stored whose reason quotes the order.
    """
    if (body.item, body.reference) != (order.item, order.reference):
        return False
    if body.decision == order.decision:
        return body.reason == order.reason
    is_replaced = body.decision == "retry" and body.reason.startswith(f"{order.decision} was asked for")
    return is_replaced and body.reason.endswith(order.reason)


def open_item(row: TripRow, entries: Sequence[Entry], item: Item) -> OpenItem:
    """Return an open item with its reason and the time since when it is open, both from its trip's rows."""
    # An effect may have been retried and given up again, so the last row counts.
    last = next((entry for entry in reversed(entries) if _may_open(entry, item)), None)
    refusal = last.data.refusal if last and isinstance(last.data, Refused) else None
    return OpenItem(
        trip=row.id,
        item=item.id,
        component=item.component,
        kind=item.kind,
        effect=item.effect,
        amount=item.amount,
        reason=refusal.message if refusal else _REASONS[item.effect].format(noun=item.noun),
        opened_at=last.at if last else row.updated,
        etag=f'"{row.version}"',
    )


def _may_open(entry: Entry, item: Item) -> bool:
    """Return whether the row may have opened the item."""
    if item.effect == "recovery":
        return entry.event == "stranded"
    return entry.event != "intent" and entry.key == effect_key(item.component, item.effect, item.revision)
