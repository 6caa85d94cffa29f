"""Money: integer minor units and an ISO 4217 currency, never a float."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, PlainSerializer

from domain.value import Value

_MINOR_DIGITS = {"JPY": 0, "KWD": 3}
"""Digits of the minor unit; every other currency has 2."""
_SIGNS = {"USD": "$"}


class Money(Value):
    """An amount, e.g. `Money(currency="USD", minor=45000)` for $450.00."""

    # Strict, so that no float becomes an amount by rounding.
    model_config = ConfigDict(strict=True)

    currency: str = Field(pattern=r"^[A-Z]{3}$")
    minor: int

    @classmethod
    def zero(cls, currency: str = "USD") -> Self:
        """Return no money in this currency."""
        return cls(currency=currency, minor=0)

    @staticmethod
    def minor_of(amount: "Money | None") -> int:
        """Return the minor units of an amount; 0 if there is none."""
        if amount is None:
            return 0
        return amount.minor

    def unless_zero(self) -> Self | None:
        """Return the amount; None if it is nothing."""
        if self.minor == 0:
            return None
        return self

    def __add__(self, other: "Money") -> "Money":
        """Return the sum; raise `ValueError` if the currencies differ."""
        self._require_same_currency(other)
        return Money(currency=self.currency, minor=self.minor + other.minor)

    def __sub__(self, other: "Money") -> "Money":
        """Return the difference; raise `ValueError` if the currencies differ."""
        self._require_same_currency(other)
        return Money(currency=self.currency, minor=self.minor - other.minor)

    def __str__(self) -> str:
        """Return the amount for people: `$450.00`, `JPY 45,000`, `KWD 1.250`."""
        digits = _MINOR_DIGITS.get(self.currency, 2)
        # The sign is taken off first: whole units of a negative number would be rounded away from zero.
        sign = ""
        if self.minor < 0:
            sign = "-"
        whole, part = divmod(abs(self.minor), 10**digits)
        currency = _SIGNS.get(self.currency, self.currency + " ")
        units = f"{sign}{currency}{whole:,}"
        if digits == 0:
            return units
        return f"{units}.{part:0{digits}d}"

    def _require_same_currency(self, other: "Money") -> None:
        if other.currency != self.currency:
            raise ValueError(f"{other.currency} can't be added to {self.currency}")


def _with_text(amount: Money) -> dict[str, str | int]:
    return {"currency": amount.currency, "minor": amount.minor, "text": str(amount)}


ShownMoney = Annotated[Money, PlainSerializer(_with_text, when_used="json")]
"""An amount in a response: its JSON also has the text for people. Stored amounts have none, so their bytes stay."""
