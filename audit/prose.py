"""Checks that sentences name no figure, number or end that the books do not have. Pure."""

import re
from collections.abc import Iterator

from audit.recount import Recount
from domain.amount import Money
from domain.trip.effect_outcomes import Captured, Refunded, Refused
from domain.trip.entry_data import RefundArguments, Resolved
from domain.trip.outcomes import TripStatus
from domain.trip.privacy import FORGOTTEN

_NUMBERS = re.compile(r"\b(?:(?:FL|HT|CR)-\d{14}-[A-Z0-9]{4}|PAY-[0-9A-F]{20})\b")
_NOTHING_CHARGED = "Nothing of this trip stays charged"
_VERDICTS: dict[TripStatus, str] = {
    "confirmed": " is booked for ",
    "partly_confirmed": " is booked in part.",
    "failed": " was not booked.",
    "cancelled": " is cancelled.",
}


class Prose:
    """The figures and numbers that sentences about one trip may name."""

    def __init__(self, recount: Recount) -> None:
        self._recount = recount
        lines = (*recount.books.bookings, *recount.books.payments)
        self._numbers = {*(b.confirmation for b in recount.books.bookings), *(p.id for p in recount.books.payments)}
        self._figures = re.compile(rf"-?(?:\$|\b{recount.currency} )\d[\d,]*(?:\.\d+)?")
        self._amounts = {str(recount.money(minor)) for minor in _amounts(recount)}
        self._amounts |= {str(line.amount) for line in lines}
        # A supplier's reason is quoted as it is, and may name any figure.
        refusals = [entry.data.refusal for entry in recount.entries if isinstance(entry.data, Refused)]
        self._reasons = [refusal.message.strip().rstrip(".") for refusal in refusals]

    def wrong(self, text: str) -> Iterator[str]:
        """Yield each figure and each number in a text that the books do not have."""
        for reason in self._reasons:
            text = text.replace(reason, "") if reason else text
        yield from (f"names {number}" for number in _NUMBERS.findall(text) if number not in self._numbers)
        yield from (f"names {figure}" for figure in self._figures.findall(text) if figure not in self._amounts)

    def wrong_error(self, text: str, kept: int) -> Iterator[str]:
        """Yield what is wrong in the message of an error, also about the money `kept`, in minor units."""
        yield from self.wrong(text)
        if _NOTHING_CHARGED in text and kept:
            yield f"says that nothing stays charged, where {self._recount.money(kept)} does"
        said = re.search(r"(\S+) of this trip stays charged", text)
        if said and said[1] != "Nothing" and said[1] != str(self._recount.money(kept)):
            yield f"says that {said[1]} stays charged, where it is {self._recount.money(kept)}"

    def wrong_reply(self, reply: str, *, as_it_ended: bool) -> Iterator[str]:
        """Yield what is wrong in the part of a reply that is about this trip.

        `as_it_ended` says that the trip has ended and had no commands, so that the reply described that end.
        """
        row = self._recount.row
        section = _section(reply, row.id)
        if section is None:
            yield "does not tell where to look for the trip"
            return
        yield from self.wrong(section)
        if row.request.destination != FORGOTTEN:
            for fact in (row.request.destination, row.request.date.isoformat()):
                if fact not in section:
                    yield f"does not name {fact}"
        said = next((status for status, words in _VERDICTS.items() if words in section.partition("\n")[0]), None)
        if not as_it_ended or said is None:
            return
        if row.outcome and said != row.outcome.status:
            yield f"says {said}, where the trip is {row.outcome.status}"
        yield from self._wrong_end(section)

    def _wrong_end(self, section: str) -> Iterator[str]:
        kept = self._recount.kept
        total = re.search(r"^Total charged: (.+)\.$", section, re.MULTILINE)
        charged = total[1] if total else None
        expected = str(self._recount.money(kept)) if kept else None
        if charged != expected:
            # Without a sum the reply says that nothing was charged.
            yield f"charges {'nothing' if charged is None else charged}, where it is {self._recount.money(kept)}"
        yield from self.wrong_error(section, kept)
        staying = (part.staying for part in self._recount.parts)
        for line in (line for line in staying if line and line.confirmation not in section):
            yield f"does not name {line.confirmation}"


def _section(reply: str, trip: str) -> str | None:
    """Return the part of a reply about one trip: from the last empty line before the path of its status."""
    before, path, _ = reply.partition(f"Status: /api/travel-status/{trip}")
    return before.rpartition("\n\n")[2] if path else None


def _amounts(recount: Recount) -> Iterator[int]:
    """Yield the amounts that may be named.

    They are fees, the money captured, refunded or written off, and each sum that was kept at some time.
    """
    money: list[Money | None] = []
    for booking in recount.books.bookings:
        money += [booking.fee, booking.cancel_fee]
    for payment in recount.books.payments:
        money += [payment.captured, payment.refunded]
    yield from (amount.minor for amount in money if amount)
    yield from (0, recount.kept, recount.written_off)
    for part in recount.parts:
        yield from (part.kept, part.written_off, part.rows.refunded_by_decision("settled"))
        yield from (amount for _, amount in part.rows.refunds.values())
        yield from part.rows.fees.values()
    yield from _kept_over_time(recount)


def _kept_over_time(recount: Recount) -> Iterator[int]:
    """Yield what was kept, and what was written off, after each row."""
    kept = written_off = 0
    amounts: dict[str | None, int] = {}
    for entry in recount.entries:
        match entry.data:
            case RefundArguments(amount=amount):
                amounts[entry.key] = amount
            case Captured(amount=money):
                kept += money.minor
            case Refunded(amount=money):
                kept -= money.minor
            case Resolved(decision="settled") if entry.effect == "refund":
                kept -= amounts.get(entry.key, 0)
            case Resolved(decision="written_off") if entry.effect == "refund":
                written_off += amounts.get(entry.key, 0)
            case _:
                continue
        yield from (kept, written_off)
