"""Comparison of the terms of cancelling and of the open items with a recount from the books. Pure."""

from collections.abc import Iterator, Sequence

from audit.findings import Difference
from audit.prose import Prose
from audit.recount import Part, Recount
from domain.amount import Money
from domain.attention.open_items import OpenItem
from domain.components import COMPONENTS
from domain.money.terms import CancelTerms


def terms_differences(terms: CancelTerms, recount: Recount) -> Iterator[Difference]:
    """Yield terms that are not what cancelling now would cost and give back."""
    trip = recount.row.id
    fee = recount.money(sum(term.fee.minor for term in terms.components))
    refund = recount.money(sum(term.refund.minor for term in terms.components))
    if (terms.id, terms.fee, terms.refund) != (trip, fee, refund):
        yield Difference(trip, None, "told_differs", f"the terms of {terms.id} are not the sum of their parts")
    terms_of = {term.kind: term for term in terms.components}
    if len(terms_of) != len(terms.components):
        yield Difference(trip, None, "told_differs", "the terms name a component twice")
    for part in recount.parts:
        term = terms_of.pop(part.rows.kind, None)
        offered = term and (term.confirmation, term.fee, term.refund)
        expected = _terms_of(part, recount)
        if offered != expected:
            text = f"the terms of {part.rows.id} are told as {offered}, and are {expected}"
            yield Difference(trip, part.rows.id, "told_differs", text)
    for kind in terms_of:
        yield Difference(trip, None, "told_differs", f"the terms name a {kind} that was never attempted")


def _terms_of(part: Part, recount: Recount) -> tuple[str | None, Money, Money] | None:
    """Return confirmation, fee and refund, or None if nothing is booked."""
    line = part.staying
    if line is None:
        return None
    is_paid = line.status == "confirmed" and part.taken > 0
    fee = line.cancel_fee.minor if line.cancel_fee and is_paid else 0
    return line.confirmation, recount.money(fee), recount.money(max(0, part.left - fee))


def item_differences(items: Sequence[OpenItem], recount: Recount, prose: Prose) -> Iterator[Difference]:
    """Yield open items that are not what waits for an operator."""
    trip, row = recount.row.id, recount.row
    expected = {
        f"{COMPONENTS[part.rows.kind].suffix}-{effect}-{number}": (part, effect, number)
        for part in recount.parts
        for effect, number in part.rows.open_items
    }
    listed = [item.item for item in items if item.effect != "recovery"]
    if sorted(listed) != sorted(expected):
        yield Difference(trip, None, "told_differs", f"the open items are told as {listed}, and are {list(expected)}")
    for item in items:
        if item.item not in expected:
            continue
        part, effect, number = expected[item.item]
        actual = (item.trip, item.component, item.kind, item.effect, item.amount, item.etag)
        amount = recount.money(_amount_of(part, effect, number))
        required = (trip, part.rows.id, part.rows.kind, effect, amount, f'"{row.version}"')
        if actual != required:
            yield Difference(trip, None, "told_differs", f"the open item is told as {actual}, and is {required}")
        key = f"{part.rows.id}/{effect}/{number}"
        if item.opened_at not in [e.at for e in recount.entries if e.key == key and e.event != "intent"]:
            yield Difference(trip, None, "told_differs", f"{item.item} was not opened at {item.opened_at}")
        for wrong in prose.wrong(item.reason):
            yield Difference(trip, None, "told_differs", f"the reason of {item.item} {wrong}")


def _amount_of(part: Part, effect: str, number: int) -> int:
    """Return the amount at stake: that of a refund or an authorization, or the price of a booking."""
    if effect == "refund":
        return part.rows.refunds[number][1]
    if effect == "void":
        payment = part.payments.get(number) if part.rows.answered("authorize", number) else None
        return payment.amount.minor if payment else 0
    line = part.line(number)
    return line.amount.minor if line else 0
