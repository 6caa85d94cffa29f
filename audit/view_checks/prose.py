"""Checks that sentences name no figure, number or end that the books do not have. Pure."""

import re
from collections.abc import Container, Iterable, Iterator

from audit.findings import reference_of
from audit.recounted.recount import Recount
from audit.view_checks.figures import amounts
from domain.ids import CONFIRMATION_ID
from domain.trip.effect_outcomes import Refused
from domain.trip.outcomes import TripStatus
from domain.trip.privacy import FORGOTTEN

_NUMBERS = re.compile(rf"\b(?:{CONFIRMATION_ID.pattern}|PAY-[0-9A-F]{{20}})\b")
_NOTHING_CHARGED = "Nothing of this trip stays charged"
_CHARGED = re.compile(r"(\S+) of this trip stays charged")
_TOTAL = re.compile(r"^Total charged: (.+)\.$", re.MULTILINE)
_VERDICTS: dict[str, TripStatus] = {
    " is booked for ": "confirmed",
    " is booked in part.": "partly_confirmed",
    " was not booked.": "failed",
    " is cancelled.": "cancelled",
}
"""The words of a reply's first line that name the end of the trip."""


class Prose:
    """The figures and numbers that sentences about one trip may name."""

    def __init__(self, recount: Recount) -> None:
        self._recount = recount
        lines = recount.books.lines
        self._numbers = set(map(reference_of, lines))
        self._figures = re.compile(rf"-?(?:\$|\b{recount.currency} )\d[\d,]*(?:\.\d+)?")
        self._amounts = set(map(str, map(recount.money, amounts(recount))))
        self._amounts |= {str(line.amount) for line in lines}
        self._reasons = list(_reasons(recount))

    def wrong(self, text: str) -> Iterator[str]:
        """Yield each figure and each number in a text that the books do not have."""
        # A supplier's reason is quoted as it is, and may name any figure.
        for reason in self._reasons:
            text = text.replace(reason, "")
        yield from _absent(_NUMBERS.findall(text), self._numbers, "names")
        yield from _absent(self._figures.findall(text), self._amounts, "names")

    def wrong_error(self, text: str, kept: int) -> Iterator[str]:
        """Yield what is wrong in the message of an error, also about the money `kept`, in minor units."""
        money = str(self._recount.money(kept))
        yield from self.wrong(text)
        if _NOTHING_CHARGED in text and kept:
            yield f"says that nothing stays charged, where {money} does"
        sentence = _CHARGED.search(text)
        if sentence and sentence[1] not in ("Nothing", money):
            yield f"says that {sentence[1]} stays charged, where it is {money}"

    def wrong_reply(self, reply: str, *, as_it_ended: bool) -> Iterator[str]:
        """Yield what is wrong in the part of a reply that is about this trip.

        `as_it_ended` says that the trip has ended and had no commands, so that the reply described that end.
        """
        section = _section(reply, self._recount.row.id)
        if section is None:
            yield "does not tell where to look for the trip"
            return
        yield from self.wrong(section)
        yield from self._missing_facts(section)
        verdict = _verdict(section)
        if as_it_ended and verdict:
            yield from self._wrong_verdict(verdict)
            yield from self._wrong_money(section)
            yield from self._missing_bookings(section)

    def _missing_facts(self, section: str) -> Iterator[str]:
        request = self._recount.row.request
        # Forgetting a conversation takes place and day out of the ledger, so there is nothing to compare.
        if request.destination != FORGOTTEN:
            facts = (request.destination, request.date.isoformat())
            yield from _absent(facts, section, "does not name")

    def _wrong_verdict(self, verdict: TripStatus) -> Iterator[str]:
        outcome = self._recount.row.outcome
        if outcome and outcome.status != verdict:
            yield f"says {verdict}, where the trip is {outcome.status}"

    def _wrong_money(self, section: str) -> Iterator[str]:
        kept = self._recount.kept
        money = str(self._recount.money(kept))
        # Without a sum the reply says that nothing was charged.
        total = _TOTAL.search(section)
        charged = total[1] if total else "nothing"
        expected = money if kept else "nothing"
        if charged != expected:
            yield f"charges {charged}, where it is {money}"
        yield from self.wrong_error(section, kept)

    def _missing_bookings(self, section: str) -> Iterator[str]:
        staying = filter(None, (part.staying for part in self._recount.parts))
        confirmations = [booking.confirmation for booking in staying]
        yield from _absent(confirmations, section, "does not name")


def _reasons(recount: Recount) -> Iterator[str]:
    for entry in recount.entries:
        match entry.data:
            case Refused(refusal=refusal):
                # The app quotes a reason inside a sentence, without its full stop.
                yield refusal.message.strip().rstrip(".")
            case _:
                pass


def _absent(names: Iterable[str], among: Container[str], mistake: str) -> Iterator[str]:
    """Yield the mistake for each name that is not where it should be."""
    for name in names:
        if name not in among:
            yield f"{mistake} {name}"


def _section(reply: str, trip: str) -> str | None:
    """Return the part of a reply about one trip: from the last empty line before the path of its status."""
    before, path, _ = reply.partition(f"Status: /api/travel-status/{trip}")
    return before.rpartition("\n\n")[2] if path else None


def _verdict(section: str) -> TripStatus | None:
    """Return the end of the trip that the first line of a section names, or None."""
    first_line = section.partition("\n")[0]
    for words, status in _VERDICTS.items():
        if words in first_line:
            return status
    return None
