"""The travel part as a table: medians with min and max, the growth with the trips kept, the ratio to another commit."""

import statistics
from collections.abc import Mapping, Sequence

from bench.table import aligned, cell

STORES = {"sqlite": "SQLite", "tables": "Azure tables (Azurite)"}
_FIGURES = (
    ("per_second", "trips/s", 1),
    ("median_ms", "median ms", 0),
    ("p95_ms", "p95 ms", 0),
    ("processor_ms", "processor ms a trip", 0),
    ("syncs", "syncs a trip", 1),
    ("requests", "requests a trip", 0),
    ("rows", "rows read a trip", 0),
)
_Results = Mapping[str, Sequence[float]]
_Case = tuple[str, int, int]


def travel_text(sides: Mapping[str, _Results]) -> str:
    """Return a row for each store, number in flight, number of trips kept and side, of which this app's is first.

    The last column is the growth of the processor time. With another side there is a row of ratios, this : other.
    """
    rows = [["ledger on", "in flight", "trips kept", "app", *(title for _, title, _ in _FIGURES), "times the first"]]
    first: dict[tuple[str, str, int], float] = {}
    names = list(sides)
    for case in _cases(sides):
        for name in names:
            growth = _growth(first, name, case, sides[name])
            cells = [cell(_runs(sides[name], case, figure), decimals) for figure, _, decimals in _FIGURES]
            rows.append([*_titles(case), name, *cells, growth])
        for other in names[1:]:
            ratios = [_ratio(_runs(sides[names[0]], case, it), _runs(sides[other], case, it)) for it, *_ in _FIGURES]
            rows.append([*_titles(case), f"{names[0]} : {other}", *ratios, ""])
    return aligned(rows)


def _cases(sides: Mapping[str, _Results]) -> list[_Case]:
    keys = [name.split(".") for results in sides.values() for name in results]
    cases = {(store, int(kept), int(in_flight)) for store, kept, in_flight, _ in keys}
    return sorted(cases, key=lambda case: (case[0], case[2], case[1]))


def _titles(case: _Case) -> list[str]:
    store, kept, in_flight = case
    return [STORES[store], str(in_flight), f"{kept:,}"]


def _runs(results: _Results, case: _Case, figure: str) -> Sequence[float]:
    store, kept, in_flight = case
    return results.get(f"{store}.{kept}.{in_flight}.{figure}", ())


def _growth(first: dict[tuple[str, str, int], float], side: str, case: _Case, results: _Results) -> str:
    costs = _runs(results, case, "processor_ms")
    if not costs:
        return "–"
    cost = statistics.median(costs)
    least = first.setdefault((side, case[0], case[2]), cost)
    return f"{cost / least:.2f}" if least else "–"


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    if not ours or not theirs or not statistics.median(theirs):
        return "–"
    return f"{statistics.median(ours) / statistics.median(theirs):.2f}"
