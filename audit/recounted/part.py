"""One component of a trip, recounted from the lines of the suppliers' books under its keys. Pure.

Only what no supplier can know is taken from the ledger's rows: what was agreed with the traveller, what an operator
decided, and which calls got no response. Amounts are in minor units.
"""

from dataclasses import dataclass
from functools import cached_property

from audit.findings import Books, Line, amount_of
from audit.money import minor_of
from audit.recounted.rows import ComponentRows
from domain.components import Effect
from domain.trip.effect_outcomes import Captured, Refunded
from suppliers.ports import Booking, Payment


@dataclass(frozen=True)
class Part:
    """One component: its rows, and the lines of the books under its keys by revision."""

    rows: ComponentRows
    bookings: dict[int, Booking]
    payments: dict[int, Payment]

    @cached_property
    def taken(self) -> int:
        """Money that the provider has captured."""
        return sum(payment.captured.minor for payment in self.payments.values())

    @cached_property
    def refunded(self) -> int:
        """Money that the provider has refunded."""
        return sum(payment.refunded.minor for payment in self.payments.values())

    @cached_property
    def settled(self) -> int:
        """Refunds that an operator settled elsewhere."""
        return self.rows.refunded_by_decision("settled")

    @cached_property
    def written_off(self) -> int:
        """Refunds that an operator wrote off."""
        return self.rows.refunded_by_decision("written_off")

    @property
    def kept(self) -> int:
        """Money of the traveller that has not come back."""
        return self.taken - self.refunded - self.settled

    @property
    def unreported(self) -> int:
        """Money that the provider captured less what it refunded, under effects that wait for an operator."""
        unreported = 0
        if self.is_open("capture", "void"):
            unreported += self.taken - self.rows.responded(Captured, "capture", "void")
        if self.is_open("refund"):
            unreported -= self.refunded - self.rows.responded(Refunded, "refund")
        return unreported

    @cached_property
    def fees(self) -> int:
        """The traveller's part of the suppliers' fees, which is never more than was agreed."""
        return sum(self._fee(number, agreed) for number, agreed in self.rows.fees.items())

    def _fee(self, number: int, agreed: int) -> int:
        match self.rows.state("cancel", number):
            case "intended" | "given_up":
                # Nobody knows yet what the supplier kept, so all that was agreed is set aside.
                return agreed
            case "done" if number in self.bookings:
                return min(minor_of(self.bookings[number].fee), agreed)
            case _:
                return 0

    @property
    def returned(self) -> int:
        """Money that is closed: refunded by the provider, settled or written off by an operator."""
        return self.refunded + self.settled + self.written_off

    @property
    def left(self) -> int:
        """Captured money that is neither refunded, nor closed by an operator, nor a fee."""
        return self.taken - self.returned - self.fees

    @property
    def owed(self) -> int:
        """Money that is due to the traveller although nothing more is cancelled, as far as the rows tell."""
        left = self.left - self.unreported - amount_of(self.staying)
        return max(0, left)

    @cached_property
    def staying(self) -> Booking | None:
        """The booking that is in force and not being cancelled, or None."""
        for number, line in sorted(self.bookings.items()):
            is_being_cancelled = self.rows.state("cancel", number) is not None
            if self.is_in_force(number) and not is_being_cancelled:
                return line
        return None

    @property
    def is_confirmed(self) -> bool:
        """True if the booking that stays is a confirmed one."""
        return _status(self.staying) == "confirmed"

    @cached_property
    def counted(self) -> int:
        """The revision that views show: the one that stays booked, or else the last one."""
        if self.staying:
            return revision_of(self.staying.key)
        return max(self.rows.revisions, default=1)

    @cached_property
    def last_made(self) -> Booking | None:
        """The last booking that its supplier confirmed and that did not fail, or else the first one."""
        made = filter(self._is_made, self.rows.revisions)
        return self.line(max(made, default=1))

    def _is_made(self, number: int) -> bool:
        return self.rows.state("confirm", number) == "done" and self.rows.failure(number) is None

    @property
    def paying(self) -> int:
        """The revision whose payment pays for the counted one."""
        return self.paying_for(self.counted)

    def paying_for(self, number: int) -> int:
        """Return the revision whose payment pays for this one."""
        # A change that needs no more money has no payment; the first revision's pays for it.
        return number if self.rows.state("authorize", number) else 1

    def line(self, number: int) -> Booking | None:
        """Return the booking of a revision, or None if its supplier never responded with it."""
        return self.bookings.get(number) if self.rows.answered("hold", number) else None

    def payment(self, number: int) -> Payment | None:
        """Return the payment of a revision, or None if the provider never responded with it."""
        return self.payments.get(number) if self.rows.answered("authorize", number) else None

    def status_in_book(self, number: int) -> str | None:
        """Return the status of a revision's booking in the supplier's book, or None if it has none."""
        return _status(self.bookings.get(number))

    def payment_status_in_book(self, number: int) -> str | None:
        """Return the status of a revision's payment in the provider's book, or None if it has none."""
        return _status(self.payments.get(number))

    def is_in_force(self, number: int) -> bool:
        """Return whether the supplier's book has the booking of a revision as held or confirmed."""
        return self.status_in_book(number) in ("held", "confirmed")

    def is_captured(self, number: int) -> bool:
        """Return whether the provider's book has money captured with the payment of a revision."""
        payment = self.payments.get(number)
        return payment is not None and payment.captured.minor != 0

    def is_open(self, *effects: Effect) -> bool:
        """Return whether one of these effects waits for an operator."""
        waiting = {effect for effect, _ in self.rows.open_items}
        return not waiting.isdisjoint(effects)


def _status(line: Line | None) -> str | None:
    return line.status if line else None


def part_of(rows: ComponentRows, own_lines: Books) -> Part:
    """Return a component with its lines of the books, by the revisions in their keys."""
    part = Part(rows, bookings={}, payments={})
    for booking in own_lines.bookings:
        # The comparison of lines reports a booking under a revision that has no rows; the views cannot show it.
        if revision_of(booking.key) in rows.revisions:
            part.bookings[revision_of(booking.key)] = booking
    for payment in own_lines.payments:
        part.payments[revision_of(payment.key)] = payment
    return part


def revision_of(key: str) -> int:
    """Return the revision in the key of a hold or an authorization, or 0 if the key has another form."""
    number = key.rpartition("/")[2]
    return int(number) if number.isdecimal() else 0
