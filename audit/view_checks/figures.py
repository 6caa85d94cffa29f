"""The amounts that sentences about one trip may name. Pure; all in minor units."""

from collections import defaultdict
from collections.abc import Iterator

from audit.money import minor_of
from audit.recounted.part import Part
from audit.recounted.recount import Recount
from domain.trip.effect_outcomes import Captured, Refunded
from domain.trip.entry_data import RefundArguments, Resolved
from domain.trip.records import Entry


def amounts(recount: Recount) -> Iterator[int]:
    """Yield the amounts that may be named.

    They are fees, the money captured, refunded or written off, and each sum that was kept at some time.
    """
    # Zero too: a view may say that nothing was charged.
    yield from (0, recount.kept, recount.written_off, sum(part.owed for part in recount.parts))
    for booking in recount.books.bookings:
        yield from (minor_of(booking.fee), minor_of(booking.cancel_fee))
    for payment in recount.books.payments:
        yield from (payment.captured.minor, payment.refunded.minor)
    for part in recount.parts:
        yield from _amounts_of_part(part)
    yield from _kept_over_time(recount)


def _amounts_of_part(part: Part) -> Iterator[int]:
    yield from (part.kept, part.written_off, part.settled)
    yield from part.rows.fees.values()
    for refund in part.rows.refunds.values():
        yield refund.amount


def _kept_over_time(recount: Recount) -> Iterator[int]:
    """Yield what was kept, and what was written off, after each row."""
    balance = _Balance()
    for entry in recount.entries:
        balance.add(entry)
        yield from (balance.kept, balance.written_off)


class _Balance:
    """Sums by the rows up to one of them: a sentence of that moment names them, whatever came later."""

    def __init__(self) -> None:
        self.kept = 0
        self.written_off = 0
        self._refunds: dict[str | None, int] = defaultdict(int)

    def add(self, entry: Entry) -> None:
        """Add the next row."""
        match entry.effect, entry.data:
            case "refund", RefundArguments(amount=minor):
                self._refunds[entry.key] = minor
            case _, Captured(amount=amount):
                # Also of a void that came too late.
                self.kept += amount.minor
            case _, Refunded(amount=amount):
                self.kept -= amount.minor
            case "refund", Resolved(decision="settled"):
                self.kept -= self._refunds[entry.key]
            case "refund", Resolved(decision="written_off"):
                self.written_off += self._refunds[entry.key]
            case _:
                # The row moves no money.
                pass
