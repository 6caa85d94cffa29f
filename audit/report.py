"""Report of an audit, as text and as JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from audit.findings import Difference, TripAudit
from audit.grouping import grouped
from audit.money import Sums, Totals
from audit.table import Row, table
from domain.amount import Money


@dataclass
class Report:
    """The trips, differences and totals of one audit. `ran` is false if the app has never run."""

    state_dir: Path
    ran: bool = False
    trips: list[TripAudit] = field(default_factory=list[TripAudit])
    differences: list[Difference] = field(default_factory=list[Difference])
    totals: Totals = field(default_factory=Totals)

    def add_trip(self, trip: TripAudit) -> None:
        """Add the result of one trip."""
        self.trips.append(trip)
        self.differences.extend(trip.differences)
        self.totals.add(trip.totals)

    def add_orphan(self, difference: Difference | None, totals: Totals) -> None:
        """Add a line of a book that belongs to no trip of the ledger."""
        if difference:
            self.differences.append(difference)
        self.totals.add(totals)

    @property
    def unexplained(self) -> list[Difference]:
        """The differences that nothing explains."""
        return grouped(self.differences, lambda difference: difference.explanation)[None]

    @property
    def balanced(self) -> bool:
        """True if every difference is explained."""
        return not self.unexplained

    def as_json(self) -> str:
        """Return one JSON object with every trip and difference; amounts are in minor units."""
        report = {
            "state_dir": str(self.state_dir),
            "ran": self.ran,
            "balanced": self.balanced,
            "statuses": dict(self._statuses()),
            "totals": _totals_as_json(self.totals),
            "differences": list(map(asdict, self.differences)),
            "trips": list(map(_trip_as_json, self.trips)),
        }
        return json.dumps(report, indent=2)

    def as_text(self, most_trips: int) -> str:
        """Return tables for a terminal: `most_trips` trips, all totals and the differences.

        Trips with differences that nothing explains come first, then those with open items, then the latest others.
        """
        # Said apart from "balanced": an audit of the wrong folder must not look like a good one.
        if not self.ran:
            return f"Nothing to audit: no trip has been asked for yet in {self.state_dir}."
        parts = (self._trips_table(most_trips), self._totals_table(), self._open_items(), self._differences())
        return "\n\n".join(filter(None, parts))

    def _statuses(self) -> Counter[str]:
        return Counter(trip.status for trip in self.trips)

    def _trips_table(self, most_trips: int) -> str:
        title = f"Trips: {len(self.trips)}"
        counts = [f"{count} {status}" for status, count in sorted(self._statuses().items())]
        if counts:
            title += f" ({', '.join(counts)})"
        # The latest come first among equals, so that a trip in trouble is seen however old it is.
        latest_first = self.trips[::-1]
        shown = sorted(latest_first, key=_calm)[: max(0, most_trips)]
        if not shown:
            return title
        if len(shown) < len(self.trips):
            title += f"; {len(shown)} of them, those in trouble first, then the latest:"
        return title + "\n" + _trips_table(shown)

    def _totals_table(self) -> str:
        rows: list[Row] = []
        for currency, sums in self.totals.by_currency.items():
            rows += _sums_rows(currency, sums)
        if not rows:
            return "No money has moved."
        return table([("money", "", "captured", "refunded", "kept"), *rows], right=range(2, 5))

    def _open_items(self) -> str:
        rows: list[Row] = []
        for trip in self.trips:
            rows += [(trip.trip, item.id, str(item.amount)) for item in trip.items]
        if not rows:
            return ""
        return "Open items, for a person to settle:\n" + table(rows, right=range(2, 3))

    def _differences(self) -> str:
        lines = [f"{count} explained: {reason}" for reason, count in self._explanations().items()]
        if self.balanced:
            reason = "every difference is explained" if self.differences else "ledger and books agree"
            lines.append(f"Balanced: {reason}.")
            return "\n".join(lines)
        lines.append(f"{len(self.unexplained)} UNEXPLAINED:")
        lines += [f"  {item.trip}: {item.text} [{item.code}]" for item in self.unexplained]
        lines.append("NOT balanced.")
        return "\n".join(lines)

    def _explanations(self) -> Counter[str]:
        explanations = (difference.explanation for difference in self.differences)
        return Counter(filter(None, explanations))


def _trips_table(trips: Iterable[TripAudit]) -> str:
    head: Row = ("trip", "kind", "status", "agreed", "fees", "captured", "refunded", "kept", "")
    rows: list[Row] = [head]
    for trip in trips:
        rows += _trip_rows(trip)
    return table(rows, right=range(3, 8))


def _trip_rows(trip: TripAudit) -> Iterator[Row]:
    # A trip that never saw a price still gets its row, with zeros.
    sums_of_trip = trip.totals.by_currency or {"USD": Sums()}
    for currency, sums in sums_of_trip.items():
        money = _words(currency, sums.agreed, sums.fees, sums.captured, sums.refunded, sums.kept)
        yield (trip.trip, trip.kind, trip.status, *money, _verdict(trip))


def _sums_rows(currency: str, sums: Sums) -> Iterator[Row]:
    ledger = _words(currency, sums.captured, sums.refunded, sums.kept)
    books = _words(currency, sums.book_captured, sums.book_refunded, sums.book_kept)
    agreed, fees, book_fees, adjusted = _words(currency, sums.agreed, sums.fees, sums.book_fees, sums.adjusted)
    yield ("ledger", currency, *ledger)
    yield ("provider's book", currency, *books)
    yield ("agreed for confirmed bookings", currency, "", "", agreed)
    yield ("fees that travellers bear", currency, "", "", fees)
    yield ("fees that suppliers kept", currency, "", "", book_fees)
    if sums.adjusted:
        yield ("settled or written off", currency, "", "", adjusted)


def _calm(trip: TripAudit) -> int:
    """Return how little trouble a trip is in."""
    if not _is_balanced(trip.differences):
        return 0
    return 1 if trip.items else 2


def _verdict(trip: TripAudit) -> str:
    if not trip.differences:
        return "agrees"
    return "explained" if _is_balanced(trip.differences) else "DIFFERS"


def _is_balanced(differences: Sequence[Difference]) -> bool:
    return all(difference.explanation for difference in differences)


def _words(currency: str, *minors: int) -> tuple[str, ...]:
    return tuple(str(Money(currency=currency, minor=minor)) for minor in minors)


def _trip_as_json(trip: TripAudit) -> dict[str, object]:
    return {
        "id": trip.trip,
        "kind": trip.kind,
        "status": trip.status,
        "balanced": _is_balanced(trip.differences),
        "totals": _totals_as_json(trip.totals),
        "items": [{"id": item.id, "amount": item.amount.model_dump()} for item in trip.items],
    }


def _totals_as_json(totals: Totals) -> dict[str, dict[str, int]]:
    return {currency: vars(sums) for currency, sums in totals.by_currency.items()}
