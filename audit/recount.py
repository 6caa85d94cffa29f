"""A trip recounted from the companies' own books, for what people are told of it. Pure.

Only what no company can know is taken from the ledger's rows: what was agreed with the traveller, what a person
decided, and which calls were never answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from audit.findings import Books
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
        return sum(payment.captured.minor for payment in self.payments.values())

    @cached_property
    def back(self) -> int:
        """What the provider has given back."""
        return sum(payment.refunded.minor for payment in self.payments.values())

    @cached_property
    def settled(self) -> int:
        return self.rows.refunded_by_decision("settled")

    @cached_property
    def written_off(self) -> int:
        return self.rows.refunded_by_decision("written_off")

    @property
    def kept(self) -> int:
        """What of the traveller's money has not come back to them."""
        return self.taken - self.back - self.settled

    @property
    def unheard(self) -> int:
        """What the provider took, less what it gave back, under an effect whose answer waits for a person."""
        unheard = 0
        if self.is_open("capture", "void"):
            unheard += self.taken - self.rows.heard_of("captured", "capture", "void")
        if self.is_open("refund"):
            unheard -= self.back - self.rows.heard_of("refunded", "refund")
        return unheard

    @cached_property
    def fees(self) -> int:
        """What the traveller bears of fees, never more than was agreed; all of it while a cancel has no answer."""
        fees = 0
        for number, agreed in self.rows.fees.items():
            line, state = self.bookings.get(number), self.rows.state("cancel", number)
            if state in ("intended", "given_up"):
                fees += agreed
            elif state == "done" and line and line.fee:
                fees += min(line.fee.minor, agreed)
        return fees

    @property
    def left(self) -> int:
        """What is neither given back, nor closed by a person, nor a fee."""
        return self.taken - self.back - self.settled - self.written_off - self.fees

    @cached_property
    def staying(self) -> Booking | None:
        """The booking that stands and is not on its way out."""
        lines = (self.bookings[n] for n in sorted(self.bookings) if self.rows.state("cancel", n) is None)
        return next((line for line in lines if line.status in ("held", "confirmed")), None)

    @cached_property
    def counted(self) -> int:
        """The revision that people are told of: the one that stays, or else the last one."""
        if self.staying:
            return revision_of(self.staying.key)
        return max(self.rows.revisions, default=1)

    @property
    def paying(self) -> int:
        """The revision whose payment pays for it."""
        return self.counted if self.rows.state("authorize", self.counted) else 1

    def line(self, number: int) -> Booking | None:
        """The booking of a revision, if its company has told us of it."""
        return self.bookings.get(number) if self.rows.answered("hold", number) else None

    def is_open(self, *effects: Effect) -> bool:
        """Whether one of these effects waits for a person."""
        return any(effect in effects for effect, _ in self.rows.open_items)

    def booking_status(self) -> str:
        """What is to be told of the booking."""
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
        """What is to be told of the payment; None where none was asked for."""
        number = self.paying
        asked, line = self.rows.state("authorize", number), self.payments.get(number)
        if asked is None or asked == "refused":
            return asked and "declined"
        if line and line.captured.minor:
            return self.money_status()
        decided = self.rows.state("void", number)
        if decided in DECIDED:
            return decided
        if line is None:
            return "voided" if decided == "done" else "unknown"
        return line.status

    def money_status(self) -> str:
        """What became of the money that was taken."""
        if self.left > 0 or not self.back + self.settled + self.written_off:
            return "captured"
        if self.written_off:
            return "written_off"
        return "settled" if self.settled else "refunded"

    def cancel_status(self, number: int) -> str:
        """What is to be told of one cancelling."""
        paying = number if self.rows.state("authorize", number) else 1
        payment, line = self.payments.get(paying), self.bookings.get(number)
        paid = bool(payment and payment.captured.minor)
        refunds = [n for n, (revision, _) in self.rows.refunds.items() if revision == paying]
        of_payment = {self.rows.state("refund", n) for n in refunds}
        own = {self.rows.state("cancel", number), self.rows.state("void", number)}
        if "given_up" in own or (paid and self.is_open("refund")):
            return "failed"
        owed = self.left - (self.staying.amount.minor if self.staying else 0)
        if (paid and owed > 0) or (self.rows.state("cancel", number) == "done" and line and _stands(line)):
            return "running"
        states = own | of_payment
        return "written_off" if "written_off" in states else "settled" if "settled" in states else "cancelled"


@dataclass(frozen=True)
class Recount:
    """A whole trip."""

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
    """Sort the lines of the books to the components that the rows name."""
    parts: list[Part] = []
    for rows in component_rows(entries):
        bookings = {revision_of(line.key): line for line in books.bookings if _is_of(line.key, rows.id)}
        payments = {revision_of(line.key): line for line in books.payments if _is_of(line.key, rows.id)}
        parts.append(Part(rows, {n: line for n, line in bookings.items() if n in rows.revisions}, payments))
    currency = next((line.amount.currency for line in books.bookings), "USD")
    return Recount(row, entries, commands, books, tuple(parts), currency)


def revision_of(key: str) -> int:
    """The revision that a key of a hold or an authorization names; 0 for one that is formed otherwise."""
    number = key.rpartition("/")[2]
    return int(number) if number.isdecimal() else 0


def _is_of(key: str, component: str) -> bool:
    return key.partition("/")[0] == component


def _stands(line: Booking) -> bool:
    return line.status in ("held", "confirmed")
