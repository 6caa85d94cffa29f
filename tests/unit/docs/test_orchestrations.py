"""The documents say of every orchestration who brings it back, who removes it, and who forgets it."""

import re
from pathlib import Path

from support.orchestrations.replay import ORCHESTRATORS

ROOT = Path(__file__).resolve().parents[3]


def looked_after() -> dict[str, list[str]]:
    """Return the cells of the table in docs/architecture.md, by the orchestration that they are about."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("## Who looks after each orchestration")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("| `")]
    return {name: cells for names, *cells in rows for name in re.findall(r"`(\w+)`", names)}


def test_every_registered_orchestration_is_looked_after() -> None:
    table = looked_after()
    assert set(table) == set(ORCHESTRATORS)
    assert [name for name, cells in table.items() if len(cells) != 3 or not all(cells)] == []
