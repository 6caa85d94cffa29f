"""The table of the README, which `make eval WRITE=1` writes."""

from scripts.app_settings import ROOT

DOCUMENT = ROOT / "README.md"
_BEGIN, _END = "<!-- evaluation -->\n", "<!-- /evaluation -->\n"


def table_in(document: str) -> str:
    """Return the text between the markers."""
    return document.partition(_BEGIN)[2].partition(_END)[0]


def with_table(document: str, table: str) -> str:
    """Return the document with another text between the markers."""
    before, _, rest = document.partition(_BEGIN)
    return before + _BEGIN + table + _END + rest.partition(_END)[2]


def write_table(table: str) -> None:
    """Write the table into the README, unless it is there already."""
    present = DOCUMENT.read_text(encoding="utf-8")
    # A test may read the file at the same moment, so it is left alone if nothing changes.
    if (current := with_table(present, table)) != present:
        DOCUMENT.write_text(current, encoding="utf-8")
