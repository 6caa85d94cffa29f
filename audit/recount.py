"""A recount of a trip from the suppliers' books, with which the app's views of it are compared. Pure.

Only what no supplier can know is taken from the ledger's rows: what was agreed with the traveller, what an operator
decided, and which calls got no response. Amounts are in minor units.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from audit.findings import Books, component_of_key
from audit.rows import DECIDED, ComponentRows, component_rows
from domain.amount import Money
from domain.components import Effect
from domain.trip.records import Command, Entry, TripRow
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
            unreported += self.taken - self.rows.responded("captured", "capture", "void")
        if self.is_open("refund"):
            unreported -= self.refunded - self.rows.responded("refunded", "refund")
        return unreported

    @cached_property
    def fees(self) -> int:
        """The traveller's part of the suppliers' fees, which is never more than was agreed."""
        fees = 0
        for number, agreed in self.rows.fees.items():
            line, state = self.bookings.get(number), self.rows.state("cancel", number)
            if state in ("intended", "given_up"):
                # Nobody knows yet what the supplier kept, so all that was agreed is set aside.
                fees += agreed
            elif state == "done" and line and line.fee:
                fees += min(line.fee.minor, agreed)
        return fees

    @property
    def left(self) -> int:
        """Captured money that is neither refunded, nor closed by an operator, nor a fee."""
        return self.taken - self.refunded - self.settled - self.written_off - self.fees

    @cached_property
    def staying(self) -> Booking | None:
        """The booking that is in force and not being cancelled, or None."""
        uncancelled = [number for number in sorted(self.bookings) if self.rows.state("cancel", number) is None]
        lines = (self.bookings[number] for number in uncancelled)
        return next((line for line in lines if _is_in_force(line)), None)

    @cached_property
    def counted(self) -> int:
        """The revision that views show: the one that stays booked, or else the last one."""
        if self.staying:
            return revision_of(self.staying.key)
        return max(self.rows.revisions, default=1)

    @property
    def paying(self) -> int:
        """The revision whose payment pays for the counted one."""
        return self._paying_for(self.counted)

    def line(self, number: int) -> Booking | None:
        """Return the booking of a revision, or None if its supplier never responded with it."""
        return self.bookings.get(number) if self.rows.answered("hold", number) else None

    def is_open(self, *effects: Effect) -> bool:
        """Return whether one of these effects waits for an operator."""
        return any(effect in effects for effect, _ in self.rows.open_items)

    def booking_status(self) -> str:
        """Return the status of the booking that a view must show."""
        number = self.counted
        if self.rows.state("hold", number) == "refused":
            return "rejected"
        decided = self.rows.state("cancel", number)
        if decided in DECIDED:
            return decided
        line = self.bookings.get(number)
        if line is None:
            return "cancelled" if decided == "done" else "unknown"
        return "cancelled" if line.status == "released" else line.status

    def payment_status(self) -> str | None:
        """Return the status of the payment that a view must show, or None if there was no payment."""
        number = self.paying
        authorized, line = self.rows.state("authorize", number), self.payments.get(number)
        if authorized is None:
            return None
        if authorized == "refused":
            return "declined"
        if line and line.captured.minor:
            return self.money_status()
        decided = self.rows.state("void", number)
        if decided in DECIDED:
            return decided
        if line is None:
            return "voided" if decided == "done" else "unknown"
        return line.status

    def money_status(self) -> str:
        """Return the status of a payment that was captured."""
        if self.left > 0 or not self.refunded + self.settled + self.written_off:
            return "captured"
        if self.written_off:
            return "written_off"
        return "settled" if self.settled else "refunded"

    def cancel_status(self, number: int) -> str:
        """Return the status that a view must show for the cancelling of one revision."""
        paying = self._paying_for(number)
        payment, line = self.payments.get(paying), self.bookings.get(number)
        is_paid = bool(payment and payment.captured.minor)
        refunds = [n for n, (revision, _) in self.rows.refunds.items() if revision == paying]
        of_payment = {self.rows.state("refund", n) for n in refunds}
        own = {self.rows.state("cancel", number), self.rows.state("void", number)}
        if "given_up" in own or (is_paid and self.is_open("refund")):
            return "failed"
        owed = self.left - (self.staying.amount.minor if self.staying else 0)
        still_booked = self.rows.state("cancel", number) == "done" and line and _is_in_force(line)
        if (is_paid and owed > 0) or still_booked:
            return "running"
        states = own | of_payment
        if "written_off" in states:
            return "written_off"
        return "settled" if "settled" in states else "cancelled"

    def _paying_for(self, number: int) -> int:
        # A change that needs no more money has no payment; the first revision's pays for it.
        return number if self.rows.state("authorize", number) else 1


@dataclass(frozen=True)
class Recount:
    """A whole trip, recounted."""

    row: TripRow
    entries: Sequence[Entry]
    commands: Sequence[Command]
    books: Books
    parts: tuple[Part, ...]
    currency: str

    @property
    def kept(self) -> int:
        return sum(part.kept for part in self.parts)

    @property
    def written_off(self) -> int:
        return sum(part.written_off for part in self.parts)

    @property
    def cancelled(self) -> bool:
        """Whether cancelling was asked for."""
        return any(command.kind == "cancel" for command in self.commands)

    def money(self, minor: int) -> Money:
        return Money(currency=self.currency, minor=minor)


def recount(row: TripRow, entries: Sequence[Entry], commands: Sequence[Command], books: Books) -> Recount:
    """Recount a trip: give each line of the books to the component that its key names."""
    parts: list[Part] = []
    for rows in component_rows(entries):
        bookings = {revision_of(line.key): line for line in books.bookings if _is_of(line.key, rows.id)}
        payments = {revision_of(line.key): line for line in books.payments if _is_of(line.key, rows.id)}
        parts.append(Part(rows, {n: line for n, line in bookings.items() if n in rows.revisions}, payments))
    currency = next((line.amount.currency for line in books.bookings), "USD")
    return Recount(row, entries, commands, books, tuple(parts), currency)


def revision_of(key: str) -> int:
    """Return the revision in the key of a hold or an authorization, or 0 if the key has another form."""
    number = key.rpartition("/")[2]
    return int(number) if number.isdecimal() else 0


def _is_of(key: str, component: str) -> bool:
    return component_of_key(key) == component


def _is_in_force(line: Booking) -> bool:
    return line.status in ("held", "confirmed")
