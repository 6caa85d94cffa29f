"""Report of an audit, as text and as JSON."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from audit.findings import Difference, TripAudit
from audit.money import Sums, Totals
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
        return [difference for difference in self.differences if difference.explanation is None]

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
            "statuses": dict(Counter(trip.status for trip in self.trips)),
            "totals": _totals_as_json(self.totals),
            "differences": [asdict(difference) for difference in self.differences],
            "trips": [
                {
                    "id": trip.trip,
                    "kind": trip.kind,
                    "status": trip.status,
                    "balanced": all(difference.explanation for difference in trip.differences),
                    "totals": _totals_as_json(trip.totals),
                    "items": [{"id": item.id, "amount": item.amount.model_dump()} for item in trip.items],
                }
                for trip in self.trips
            ],
        }
        return json.dumps(report, indent=2)

    def as_text(self, most_trips: int) -> str:
        """Return tables for a terminal: the latest `most_trips` trips, all totals and the differences."""
        if not self.ran:
            return f"Nothing to audit: no trip has been asked for yet in {self.state_dir}."
        parts = (self._trips_table(most_trips), self._totals_table(), self._open_items(), self._differences())
        return "\n\n".join(part for part in parts if part)

    def _trips_table(self, most_trips: int) -> str:
        counts = Counter(trip.status for trip in self.trips)
        title = f"Trips: {len(self.trips)}"
        if counts:
            title += " (" + ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) + ")"
        latest = self.trips[-most_trips:] if most_trips > 0 else []
        if not latest:
            return title
        if len(latest) < len(self.trips):
            title += f", the latest {len(latest)}:"
        rows: list[tuple[str, ...]] = [("trip", "kind", "status", "agreed", "fees", "captured", "refunded", "kept", "")]
        for trip in latest:
            verdict = _verdict(trip)
            for currency, sums in trip.totals.by_currency.items() or [("USD", Sums())]:
                money = _amounts(currency, sums.agreed, sums.fees, sums.captured, sums.refunded, sums.kept)
                rows.append((trip.trip, trip.kind, trip.status, *money, verdict))
        return title + "\n" + _table(rows, right=range(3, 8))

    def _totals_table(self) -> str:
        rows: list[tuple[str, ...]] = [("money", "", "captured", "refunded", "kept")]
        for currency, sums in self.totals.by_currency.items():
            rows.append(("ledger", currency, *_amounts(currency, sums.captured, sums.refunded, sums.kept)))
            books = _amounts(currency, sums.book_captured, sums.book_refunded, sums.book_kept)
            rows.append(("provider's book", currency, *books))
            rows.append(("agreed for confirmed bookings", currency, "", "", *_amounts(currency, sums.agreed)))
            rows.append(("fees that travellers bear", currency, "", "", *_amounts(currency, sums.fees)))
            rows.append(("fees that suppliers kept", currency, "", "", *_amounts(currency, sums.book_fees)))
            if sums.adjusted:
                rows.append(("settled or written off", currency, "", "", *_amounts(currency, sums.adjusted)))
        return _table(rows, right=range(2, 5)) if len(rows) > 1 else "No money has moved."

    def _open_items(self) -> str:
        items = [(trip.trip, item.id, str(item.amount)) for trip in self.trips for item in trip.items]
        return "\n".join(("Open items, for a person to settle:", _table(items, right=range(2, 3)))) if items else ""

    def _differences(self) -> str:
        explained = Counter(item.explanation for item in self.differences if item.explanation)
        lines = [f"{count} explained: {reason}" for reason, count in explained.items()]
        if self.balanced:
            rest = "every difference is explained" if self.differences else "ledger and books agree"
            return "\n".join([*lines, f"Balanced: {rest}."])
        lines.append(f"{len(self.unexplained)} UNEXPLAINED:")
        lines += [f"  {item.trip}: {item.text} [{item.code}]" for item in self.unexplained]
        return "\n".join([*lines, "NOT balanced."])


def _verdict(trip: TripAudit) -> str:
    if not trip.differences:
        return "agrees"
    return "explained" if all(item.explanation for item in trip.differences) else "DIFFERS"


def _amounts(currency: str, *minors: int) -> tuple[str, ...]:
    return tuple(str(Money(currency=currency, minor=minor)) for minor in minors)


def _totals_as_json(totals: Totals) -> dict[str, dict[str, int]]:
    return {currency: vars(sums) for currency, sums in totals.by_currency.items()}


def _table(rows: list[tuple[str, ...]], right: range) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = (
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)
