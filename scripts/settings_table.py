"""Table of settings, made from the code: `python -m scripts.settings_table` writes it into docs/settings.md."""

import sys
from pathlib import Path

from settings import Settings

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
BEGIN, END = "<!-- settings -->\n", "<!-- /settings -->\n"


def table() -> str:
    """Return one row for each setting, in the order of the code."""
    rows = ["| variable | default | what it does |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = f"`{field.default}`" if field.default not in (None, "") else ""
        rows.append(f"| `{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


def written(document: str) -> str:
    """Return the document with the current table."""
    # What stands around the table is written by hand.
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + table() + END + after


def main() -> int:
    """Write the table, unless it is there as it should be."""
    present = DOCUMENT.read_text(encoding="utf-8")
    # A test may read the file at the same moment, so it is left alone if nothing changes.
    if (current := written(present)) != present:
        DOCUMENT.write_text(current, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
