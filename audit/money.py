"""Sums of money by currency, as the ledger and the companies' own books count them."""

from dataclasses import dataclass, field


@dataclass
class Sums:
    """Minor units of one currency. `agreed`: prices of confirmed bookings; `fees`: what the traveller bears of what
    suppliers kept; `adjusted`: refunds that a person settled elsewhere or wrote off."""

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
        return self.captured - self.refunded

    @property
    def book_kept(self) -> int:
        return self.book_captured - self.book_refunded


@dataclass
class Totals:
    """Sums by currency."""

    by_currency: dict[str, Sums] = field(default_factory=dict[str, Sums])

    def of(self, currency: str) -> Sums:
        return self.by_currency.setdefault(currency, Sums())

    def add(self, other: "Totals") -> None:
        for currency, sums in other.by_currency.items():
            mine = self.of(currency)
            for name, minor in vars(sums).items():
                setattr(mine, name, getattr(mine, name) + minor)
