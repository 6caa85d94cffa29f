"""The travel part as a table: medians with min and max, and how a trip's cost grows with the trips kept."""

import statistics
from collections.abc import Mapping, Sequence

from bench.table import aligned, cell

STORES = {"sqlite": "SQLite", "tables": "Azure tables (Azurite)"}
_FIGURES = (
    ("per_second", "trips/s", 1),
    ("median_ms", "median ms", 0),
    ("p95_ms", "p95 ms", 0),
    ("processor_ms", "processor ms a trip", 0),
)


def travel_text(results: Mapping[str, Sequence[float]]) -> str:
    """Return a row for each store, number of trips kept and number in flight.

    The last column is the growth of the processor time.
    """
    cases: dict[tuple[str, int, int], None] = {}
    for name in results:
        store, kept, in_flight, _ = name.split(".")
        cases[store, int(kept), int(in_flight)] = None
    rows = [["ledger on", "in flight", "trips kept", *(title for _, title, _ in _FIGURES), "times the first"]]
    first: dict[tuple[str, int], float] = {}
    for store, kept, in_flight in sorted(cases, key=lambda case: (case[0], case[2], case[1])):
        values = {name: results[f"{store}.{kept}.{in_flight}.{name}"] for name, _, _ in _FIGURES}
        cost = statistics.median(values["processor_ms"])
        least = first.setdefault((store, in_flight), cost)
        cells = [cell(values[name], decimals) for name, _, decimals in _FIGURES]
        rows.append([STORES[store], str(in_flight), f"{kept:,}", *cells, f"{cost / least:.2f}" if least else "–"])
    return aligned(rows)
