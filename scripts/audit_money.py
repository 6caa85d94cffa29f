"""Sums of money by currency, as the ledger and the payment provider's book count them."""

from dataclasses import dataclass, field


@dataclass
class Sums:
    """Minor units of one currency, as ledger and books count them."""

    agreed: int = 0
    captured: int = 0
    refunded: int = 0
    book_captured: int = 0
    book_refunded: int = 0

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
