"""Open items as an operator sees them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from domain.amount import ShownMoney
from domain.attention.decisions import Decision, DecisionOrder, reason_of_retry
from domain.components import ComponentKind, Effect
from domain.ids import effect_key
from domain.trip.command_bodies import DecisionBody
from domain.trip.effect_outcomes import Refused
from domain.trip.entry_data import Resolved
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
    `payment` are the company's and the provider's own ids, as far as there are any. `attempts` is the number of claims
    of the effect's key: each asked the supplier at most once to do it. For a recovery, it is the number of sagas that
    took the trip over. `given_up` is the number of times that all attempts of a round were used up. `allowed` are the
    decisions that the item takes. `by` names the operator who decided last to try again, and is null before that.
    """

    trip: str
    item: str
    component: str
    kind: ComponentKind | None
    effect: Effect | Literal["recovery"]
    amount: ShownMoney
    confirmation: str | None
    payment: str | None
    attempts: int
    given_up: int
    allowed: tuple[Decision, ...]
    reason: str
    by: str | None
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
    return (body.decision, body.reason) == ("retry", reason_of_retry(order))


def open_item(
    row: TripRow, entries: Sequence[Entry], claims: Mapping[str, int], facts: TripFacts, item: Item
) -> OpenItem:
    """Return an open item, made from its trip's rows; `claims` is how often each key of the trip was claimed."""
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
        attempts=_attempts(entries, claims, item),
        given_up=events["given_up"] + events["stranded"],
        allowed=_ALLOWED.get(item.effect, _ALL_DECISIONS),
        reason=_reason(item, opening),
        by=_last_decider(entries, item),
        opened_at=opened_at,
        etag=f'"{row.version}"',
    )


def _attempts(entries: Sequence[Entry], claims: Mapping[str, int], item: Item) -> int:
    key = _key_of(item)
    if key is None:
        events = Counter(entry.event for entry in entries)
        return events["taken_over"]
    # A key that was given up before any claim of it has no claims: the ledger could not be written then.
    return claims.get(key, 0)


def _last_decider(entries: Sequence[Entry], item: Item) -> str | None:
    """Return who decided on the item last, None if nobody has. The item is open again, so it was a retry."""
    key = _key_of(item)
    for entry in reversed(entries):
        if entry.key != key:
            continue
        if isinstance(entry.data, Resolved):
            return entry.data.by
    return None


def _key_of(item: Item) -> str | None:
    """Return the key of the item's effect; None for a recovery, whose rows have no key."""
    if item.effect == "recovery":
        return None
    return effect_key(item.component, item.effect, item.revision)


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
    key = _key_of(item)
    if key is None:
        return entry.event == "stranded"
    if entry.event == "intent":
        return False
    return entry.key == key
