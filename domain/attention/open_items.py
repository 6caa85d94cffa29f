"""Open items as an operator sees them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from domain.amount import ShownMoney
from domain.attention.decisions import Decision, DecisionOrder
from domain.components import ComponentKind, Effect
from domain.ids import effect_key
from domain.trip.command_bodies import DecisionBody
from domain.trip.effect_outcomes import Refused
from domain.trip.facts import Item, TripFacts
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
_ALLOWED: dict[Effect | Literal["recovery"], tuple[Decision, ...]] = {"recovery": ("retry",)}
"""The decisions that an item takes if it does not take all of them."""
_ALL_DECISIONS: tuple[Decision, ...] = ("retry", "settled", "written_off")


class OpenItem(Value):
    """One line of `GET /api/operations/attention`; a decision on it must carry its `etag`.

    `kind` is null for a trip that has to be recovered as a whole, which can only be tried again. `confirmation` and
    `payment` are the company's and the provider's own ids, as far as there are any. `given_up` is the number of times
    that all attempts at the effect were used up. `allowed` are the decisions that the item takes.
    """

    trip: str
    item: str
    component: str
    kind: ComponentKind | None
    effect: Effect | Literal["recovery"]
    amount: ShownMoney
    confirmation: str | None
    payment: str | None
    given_up: int
    allowed: tuple[Decision, ...]
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
    if body.decision != "retry":
        return False
    # `activities.attention` words the reason so when it stores a retry in place of the decision.
    if not body.reason.startswith(f"{order.decision} was asked for"):
        return False
    return body.reason.endswith(order.reason)


def open_item(row: TripRow, entries: Sequence[Entry], facts: TripFacts, item: Item) -> OpenItem:
    """Return an open item with its reason and the time since when it is open, both from its trip's rows."""
    # An effect may have been retried and given up again, so the last row counts.
    opening = [entry for entry in entries if _may_open(entry, item)]
    opened_at = row.updated
    if opening:
        opened_at = opening[-1].at
    confirmation, payment = _ids_of_companies(facts, item)
    events = Counter(entry.event for entry in opening)
    return OpenItem(
        trip=row.id,
        item=item.id,
        component=item.component,
        kind=item.kind,
        effect=item.effect,
        amount=item.amount,
        confirmation=confirmation,
        payment=payment,
        given_up=events["given_up"] + events["stranded"],
        allowed=_ALLOWED.get(item.effect, _ALL_DECISIONS),
        reason=_reason(item, opening),
        opened_at=opened_at,
        etag=f'"{row.version}"',
    )


def _ids_of_companies(facts: TripFacts, item: Item) -> tuple[str | None, str | None]:
    """Return the confirmation and the payment that the item is about; both None for the recovery of a whole trip."""
    component = facts.component(item.kind)
    if component is None:
        return None, None
    number = item.revision
    # The number of a refund is not that of the revision whose payment it gives back.
    if item.effect == "refund":
        number = component.refund(item.revision).revision
    revision = component.revision(number)
    return revision.confirmation, revision.payment


def _reason(item: Item, opening: Sequence[Entry]) -> str:
    """Return the supplier's own words if the last of the rows is a refusal, or else what failed in all attempts."""
    match opening:
        # The words are empty once the traveller was forgotten.
        case [*_, Entry(data=Refused(refusal=refusal))] if refusal.message:
            return refusal.message
        case _:
            return _REASONS[item.effect].format(noun=item.noun)


def _may_open(entry: Entry, item: Item) -> bool:
    """Return whether the row may have opened the item."""
    if item.effect == "recovery":
        return entry.event == "stranded"
    if entry.event == "intent":
        return False
    return entry.key == effect_key(item.component, item.effect, item.revision)
