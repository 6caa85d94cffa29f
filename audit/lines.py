"""Comparison of single revisions with the lines that the suppliers' books have under their keys. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from audit.expected import NONE, booking_states, payment_states
from audit.findings import Books, Check, Code, Difference, Side, failed, noun
from audit.money import minor_of, sum_of
from audit.revisions import booked_revisions
from domain.amount import Money
from domain.trip.facts import ComponentFacts, Revision, TripFacts
from suppliers.ports import Booking, Payment


def line_differences(facts: TripFacts, books: Books) -> Iterator[Difference]:
    """Yield where the state, number or money of a booking or a payment differs between ledger and book."""
    for booked in booked_revisions(facts, books):
        comparison = _Comparison(booked.component, booked.revision)
        checks = [*comparison.booking(booked.booking), *comparison.payment(booked.payment)]
        yield from failed(facts.id, booked.component.id, checks)


@dataclass(frozen=True)
class _Comparison:
    """One revision of a component, compared with the lines under its keys."""

    component: ComponentFacts
    revision: Revision

    def booking(self, line: Booking | None) -> Iterator[Check]:
        """Yield the checks of the booking."""
        revision, what = self.revision, noun(self.component.kind)
        state = line.status if line else NONE
        yield _state_check("booking", f"{what} {revision.confirmation or ''}", state, booking_states(revision))
        # Before the answer to the hold the ledger knows neither number nor price.
        if line is None or revision.hold != "done":
            return
        yield Check(
            holds=line.confirmation == revision.confirmation,
            code="reference_differs",
            text=f"{what} is {revision.confirmation} in the ledger and {line.confirmation} in the book",
            side="booking",
        )
        yield Check(
            holds=line.amount == revision.price,
            code="amount_differs",
            text=f"{what} {line.confirmation} costs {revision.price} by the ledger and {line.amount} by the book",
            side="booking",
        )
        if revision.cancel == "done":
            recorded = Money(currency=line.amount.currency, minor=revision.fee or 0)
            yield Check(
                holds=minor_of(line.fee) == recorded.minor,
                code="fee_differs",
                text=f"cancelling {what} {line.confirmation} cost {recorded} by the ledger and {line.fee} by the book",
                side="booking",
            )

    def payment(self, line: Payment | None) -> Iterator[Check]:
        """Yield the checks of the payment."""
        revision = self.revision
        state = line.status if line else NONE
        # The ledger counts refunds apart, so a payment that was refunded in full is a captured one here.
        if state == "refunded":
            state = "captured"
        yield _state_check("payment", f"payment {revision.payment or ''}", state, payment_states(revision))
        if line is None:
            return
        if revision.authorize == "done":
            yield from self._authorized(line)
        if revision.captured:
            recorded = Money(currency=line.amount.currency, minor=revision.captured)
            yield Check(
                holds=line.captured.minor == revision.captured,
                code="amount_differs",
                text=f"payment {line.id} took {recorded} by the ledger and {line.captured} by the book",
                side="payment",
            )
        yield self._refunded(line)

    def _authorized(self, line: Payment) -> Iterator[Check]:
        revision = self.revision
        yield Check(
            holds=line.id == revision.payment,
            code="reference_differs",
            text=f"payment is {revision.payment} in the ledger and {line.id} in the book",
            side="payment",
        )
        # Without a price in the ledger the currency is not compared: there is nothing to compare it with.
        price = revision.price or line.amount
        yield Check(
            holds=line.amount == Money(currency=price.currency, minor=revision.authorized),
            code="amount_differs",
            text=f"payment {line.id} is over {revision.authorized} in the ledger and over {line.amount} in the book",
            side="payment",
        )

    def _refunded(self, line: Payment) -> Check:
        own = [refund for refund in self.component.refunds if refund.revision == self.revision.number]
        # A refund without an answer may have been paid or not, so the book may be anywhere between the two sums.
        certain = sum_of(own, "done")
        possible = sum_of(own, "intended", "given_up")
        recorded = Money(currency=line.amount.currency, minor=certain)
        return Check(
            holds=certain <= line.refunded.minor <= certain + possible,
            code="refund_differs",
            text=f"of payment {line.id} {recorded} was given back by the ledger and {line.refunded} by the book",
            side="payment",
        )


def _state_check(side: Side, what: str, state: str, allowed: frozenset[str]) -> Check:
    expected = " or ".join(sorted(allowed))
    return Check(
        holds=state in allowed,
        code=_code_of(state, allowed),
        text=f"{what.strip()} is {state} in the book; by the ledger it is {expected}",
        side=side,
    )


def _code_of(state: str, allowed: frozenset[str]) -> Code:
    if state == NONE:
        return "not_in_book"
    if allowed == frozenset({NONE}):
        return "not_in_ledger"
    return "state_differs"
