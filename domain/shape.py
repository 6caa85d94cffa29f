"""The shape of a booking: for how many travellers it is, from where, and when they come back."""

from datetime import date as day

from pydantic import Field

from domain.value import Value, is_none

MOST_TRAVELLERS = 9


class Shape(Value):
    """The parts of an order beside place, first day and length.

    Each is left out of JSON where it is unset, as is the whole shape, so rows, digests and histories of orders without
    one stay the same to the byte.
    """

    travellers: int | None = Field(default=None, exclude_if=is_none)
    """None for one traveller."""
    origin: str | None = Field(default=None, exclude_if=is_none)
    """The place where a flight begins."""
    return_date: day | None = Field(default=None, exclude_if=is_none)
    """The day of a flight's second leg; None for a flight without one."""

    @property
    def legs(self) -> int:
        return 1 + (self.return_date is not None)

    @property
    def count(self) -> int:
        """The number of travellers."""
        return self.travellers or 1

    def as_arguments(self) -> tuple[str | int | None, ...]:
        """Return the parts as the arguments of a supplier's key."""
        parts = self.model_dump(mode="json")
        return (parts.get("travellers"), parts.get("origin"), parts.get("return_date"))
