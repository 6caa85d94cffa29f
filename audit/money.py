"""Sums of money by currency, as the ledger and the suppliers' books count them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.amount import Money
from domain.trip.facts import TripFacts
from domain.trip.marks import Mark
from domain.trip.revisions import ComponentFacts, Refund


@dataclass
class Sums:
    """Sums in minor units of one currency.

    `agreed` are the prices of confirmed bookings. `fees` are the part of the suppliers' fees that the travellers bear.
    `adjusted` are refunds that an operator settled elsewhere or wrote off.
    """

    agreed: int = 0
    fees: int = 0
    adjusted: int = 0
    captured: int = 0
    refunded: int = 0
    book_captured: int = 0
    book_refunded: int = 0
    book_fees: int = 0

    @property
    def kept(self) -> int:
        """Money that was captured and not refunded, by the ledger."""
        return self.captured - self.refunded

    @property
    def book_kept(self) -> int:
        """Money that was captured and not refunded, by the provider's book."""
        return self.book_captured - self.book_refunded


@dataclass
class Totals:
    """Sums by currency."""

    by_currency: dict[str, Sums] = field(default_factory=dict[str, Sums])

    def of(self, currency: str) -> Sums:
        """Return the sums of a currency, which start at zero."""
        return self.by_currency.setdefault(currency, Sums())

    def add(self, other: "Totals") -> None:
        """Add the sums of `other` to these."""
        for currency, sums in other.by_currency.items():
            total = self.of(currency)
            # By name, so that a sum that is added later is not forgotten here.
            for name, minor in vars(sums).items():
                setattr(total, name, getattr(total, name) + minor)


def minor_of(amount: Money | None) -> int:
    """Return an amount in minor units, and zero for one that nobody named."""
    return amount.minor if amount else 0


def refund_money(component: ComponentFacts, *marks: Mark) -> int:
    """Return the sum of a component's refunds with these marks, in minor units."""
    return sum_of(component.refunds, *marks)


def sum_of(refunds: Iterable[Refund], *marks: Mark) -> int:
    """Return the sum of the refunds with these marks, in minor units."""
    total = 0
    for refund in refunds:
        if refund.mark in marks:
            total += refund.amount
    return total


def agreed_money(component: ComponentFacts) -> int:
    """Return the prices of what is booked of a component by the ledger, in minor units."""
    total = 0
    for revision in component.revisions:
        if revision.booked:
            total += revision.cost
    return total


def currency_of(facts: TripFacts, component: ComponentFacts) -> str:
    """Return the currency of a component's first price, or that of the trip if it has none."""
    for revision in component.revisions:
        if revision.price:
            return revision.price.currency
    return facts.currency
