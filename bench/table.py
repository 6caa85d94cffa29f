"""The figures as tables: medians with min and max, and the dev host's ratio to the best peer."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.columns import BY_NAME, Column

Runs = Sequence[float]
Results = Mapping[str, Mapping[str, Runs]]
"""One value per run, by the column's name and `work.figure`."""

OURS = "devhost"


@dataclass(frozen=True)
class Row:
    """One figure of the table. `better` is `high`, `low` or, for a figure without a ratio, empty."""

    figure: str
    title: str
    better: str
    decimals: int = 1


ROWS = (
    Row("W1.alone_ms", "W1 chain of 10, alone, ms", "low"),
    Row("W1.per_second", "W1 chains/s, {in_flight} in flight", "high"),
    Row("W1.processor_ms", "   processor ms a chain", "low"),
    Row("W2.activities_per_second", "W2 fan-out of {fan_out}, activities/s", "high", 0),
    Row("W3.alone_ms", "W3 travel shape, alone, ms", "low"),
    Row("W3.per_second", "W3 sagas/s, {in_flight} in flight", "high"),
    Row("W3.p95_ms", "   p95 ms, {in_flight} in flight", "low", 0),
    Row("W3.processor_ms", "   processor ms a saga", "low"),
    Row("W4.wall_s", "W4 {timers} timers of 1 s, wall s", "low", 2),
    Row("W5.restart_s", "W5 {killed} killed half way, restart to all done, s", "low", 2),
    Row("W5.lost", "   lost", "", 0),
    Row("W5.wrong", "   wrong", "", 0),
    Row("W5.ran_twice", "   activities run twice", "", 0),
    Row("W6.cold_s", "W6 process start to first chain done, s", "low", 2),
    Row("W6.idle_percent", "   idle, % of a core", "low", 2),
    Row("W3.resident_mb", "   resident MB after W3", "low", 0),
    Row("W7.signals_per_second", "W7 {signals} signals to one entity, signals/s", "high", 0),
)


def ratio(row: Row, results: Results) -> float | None:
    """Return the dev host as a multiple of the best peer, or None if there is nothing to compare."""
    peers = [
        statistics.median(figures[row.figure])
        for name, figures in results.items()
        if BY_NAME[name].peer is not None and row.figure in figures
    ]
    ours = results.get(OURS, {}).get(row.figure)
    if not row.better or not ours or not peers:
        return None
    best = max(peers) if row.better == "high" else min(peers)
    mine = statistics.median(ours)
    above, below = (mine, best) if row.better == "high" else (best, mine)
    return above / below if below else None


def cell(values: Runs | None, decimals: int) -> str:
    """Return the median, with min and max where they differ."""
    if not values:
        return "–"
    texts = [f"{value:,.{decimals}f}" for value in (statistics.median(values), min(values), max(values))]
    return texts[0] if len(set(texts)) == 1 else f"{texts[0]} ({texts[1]}–{texts[2]})"


def peers_text(columns: Sequence[Column], results: Results, sizes: Mapping[str, object]) -> str:
    """Return the dev host beside its peers, as a Markdown table, which reads as plain text too."""
    compared = [column for column in columns if not column.variant]
    rows = [["", *(column.title for column in compared), "dev host : best peer"]]
    rows.append(["every step survives", *(column.survives for column in compared), ""])
    for row in _measured(compared, results):
        times = ratio(row, results)
        rows.append([*_cells(row, compared, results, sizes), "" if times is None else f"{times:.1f}"])
    return aligned(rows)


def variants_text(columns: Sequence[Column], results: Results, sizes: Mapping[str, object]) -> str:
    """Return the dev host beside itself with something changed, as a table."""
    compared = [column for column in columns if column.name == OURS or column.variant]
    rows = [["", *(column.title for column in compared)]]
    variants = [column for column in compared if column.variant]
    rows += [_cells(row, compared, results, sizes) for row in _measured(variants, results)]
    return aligned(rows)


def _measured(columns: Sequence[Column], results: Results) -> list[Row]:
    return [row for row in ROWS if any(row.figure in results.get(column.name, {}) for column in columns)]


def _cells(row: Row, columns: Sequence[Column], results: Results, sizes: Mapping[str, object]) -> list[str]:
    cells = [cell(results.get(column.name, {}).get(row.figure), row.decimals) for column in columns]
    return [row.title.format(**sizes), *cells]


def aims_text(results: Results) -> str:
    """Return the aims of the dev host and how near it is to each."""
    lines: list[str] = []
    for peer, aim in (("restate", 2), ("dbos", 6)):
        theirs, ours = (results.get(name, {}).get("W3.per_second") for name in (peer, OURS))
        if ours and theirs:
            times = statistics.median(ours) / statistics.median(theirs)
            lines.append(f"W3 sagas per second, {BY_NAME[peer].title}: {times:.1f} times as many (aim: {aim})")
    for figure in ("W1.alone_ms", "W3.alone_ms"):
        times = ratio(next(row for row in ROWS if row.figure == figure), results)
        if times is not None:
            lines.append(f"{figure[:2]} latency alone, best peer: 1/{times:.1f} (aim: 1/2)")
    return "\n".join(lines)


def hub_text(figures: Mapping[str, Runs]) -> str:
    """Return the cost of a saga by the number of instances in the hub, each with its ratio to the smallest hub."""
    levels = sorted({int(name.split("_")[0]) for name in figures if name[0].isdigit()})
    rows = [["instances in the hub", "processor ms a saga", "times the first", "alone, ms"]]
    first = statistics.median(figures[f"{levels[0]}_processor_ms"])
    for level in levels:
        cost = figures[f"{level}_processor_ms"]
        times = f"{statistics.median(cost) / first:.2f}" if first else "–"
        rows.append([f"{level:,}", cell(cost, 2), times, cell(figures[f"{level}_alone_ms"], 1)])
    return aligned(rows)


def aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
