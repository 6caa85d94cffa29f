"""Report of the measurements for people."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench import table
from bench.columns import COLUMNS
from bench.travel.table import travel_text


@dataclass(frozen=True)
class Measured:
    """All figures, the machine they were measured on, and the reasons of what failed."""

    cores: int
    system: str
    python: str
    limits: Mapping[str, float]
    runs: int
    sizes: dict[str, object]
    results: Mapping[str, Mapping[str, list[float]]]
    travel: Mapping[str, Mapping[str, list[float]]]
    failures: list[tuple[str, str]]


def report(measured: Measured) -> str:
    """Return all that was measured, as text for people."""
    columns = [column for column in COLUMNS if column.name in measured.results]
    parts = [
        f"{measured.cores} cores, {measured.system}, Python {measured.python}; medians of {measured.runs} run(s), with "
        "(min–max); in the last column above 1 the dev host is that many times as good as the best peer",
        "The machine's limits: " + "; ".join(f"{name}: {value:,.0f}" for name, value in measured.limits.items()),
        table.peers_text(columns, measured.results, measured.sizes) if columns else "",
        table.aims_text(measured.results),
    ]
    if any(column.variant for column in columns):
        parts += ["What it costs:", table.variants_text(columns, measured.results, measured.sizes)]
    hub = {
        name.removeprefix("hub."): runs
        for name, runs in measured.results.get(table.OURS, {}).items()
        if name.startswith("hub.")
    }
    if hub:
        parts += ["The dev host with a growing hub (a saga is four instances):", table.hub_text(hub)]
    if measured.travel:
        parts += ["The travel app on the dev host, a trip of three bookings a chat:", travel_text(measured.travel)]
    parts += [f"No figures for {name}: {reason}" for name, reason in measured.failures]
    return "\n\n".join(part for part in parts if part)
