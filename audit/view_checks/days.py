"""Comparison of what a view says about days with the days in the suppliers' books. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from audit.findings import Difference, Line
from audit.recounted.part import Part, revision_of
from audit.recounted.recount import Recount
from audit.view_checks.comparer import Comparer
from domain.options import SagaPolicy
from domain.trip.outcomes import Details
from domain.trip.privacy import FORGOTTEN
from domain.trip.status import TripView
from suppliers.ports import Booking

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class DayChecks:
    """Comparisons of the days in one trip's views, each of which yields the differences."""

    recount: Recount
    compare: Comparer
    policy: SagaPolicy

    def warnings(self, view: TripView, parts: Sequence[Part]) -> Iterator[Difference]:
        """Compare the warnings about parts that do not meet, and about what a change has exchanged."""
        # Forgetting takes the days out of the ledger, so nothing is left to warn of.
        if self.recount.row.request.destination == FORGOTTEN:
            parts = ()
        staying = list(filter(None, [part.staying for part in parts]))
        first_days = [booking.date for booking in staying]
        last_days = list(filter(None, map(_last_day, staying)))
        exchanged = list(filter(_is_exchanged, parts))
        number = _apart(first_days) + _apart(last_days) + len(exchanged)
        same = self.compare.same
        yield from same(f"the number of warnings of {view.id}", actual=len(view.warnings), expected=number)
        named = set(_DAY.findall(" ".join(view.warnings)))
        unknown = named.difference(map(str, first_days), map(str, last_days))
        yield from same(f"the days of no booking in the warnings of {view.id}", actual=unknown, expected=set())

    def limit(self, view: TripView) -> Iterator[Difference]:
        """Compare the time until which a choice is taken."""
        expected = None
        if view.status == "waiting":
            # Nothing was written since the traveller was asked.
            asked = self.recount.entries[-1].at
            margin = timedelta(seconds=self.policy.pivot_margin_seconds)
            reserved = filter(_is_reserved, self.recount.books.lines)
            limits = [line.expires - margin for line in reserved]
            expected = min([asked + timedelta(seconds=self.policy.ask_me_seconds), *limits])
        yield from self.compare.same(f"the time to answer of {view.id}", actual=view.answer_by, expected=expected)


def _is_reserved(line: Line) -> bool:
    return line.status in ("held", "authorized")


def _last_day(booking: Booking) -> date | None:
    """Return the last day of a booking; None for a flight without a way back."""
    if booking.date is None:
        return None
    if booking.units is None:
        return booking.shape and booking.shape.return_date
    return booking.date + timedelta(days=booking.units)


def _apart(days: Sequence[date | None]) -> int:
    """Return how many of the days are not the first of them."""
    first = next(iter(days), None)
    return len(days) - days.count(first)


def _is_exchanged(part: Part) -> bool:
    """Return whether the last change brought something else than other days."""
    staying = part.staying
    if staying is None:
        return False
    details = staying.details
    # The last of the earlier bookings that did not fail is the one that was replaced.
    for number in range(1, revision_of(staying.key)):
        line = part.line(number)
        if line and part.rows.failure(number) is None:
            details = line.details
    return _without_days(details) != _without_days(staying.details)


def _without_days(details: Details) -> Details:
    return {name: value for name, value in details.items() if not _DAY.fullmatch(str(value))}
