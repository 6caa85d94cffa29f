"""The data files of words and phrases: one entry a line, `#` before a remark, `[name]` before a section."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "data"


def lines(file: str) -> tuple[str, ...]:
    """Return the entries of a file that has no sections."""
    return tuple(line for line in _text(file) if _is_entry(line))


@cache
def sections(file: str) -> Mapping[str, tuple[str, ...]]:
    """Return the entries of each section of a file, in the order of the file."""
    entries: dict[str, list[str]] = {}
    section: list[str] = []
    for line in _text(file):
        if line.startswith("[") and line.endswith("]"):
            section = entries.setdefault(line.strip("[]"), [])
        elif _is_entry(line):
            section.append(line)
    return {name: tuple(of_section) for name, of_section in entries.items()}


def _text(file: str) -> list[str]:
    return (_FOLDER / file).read_text(encoding="utf-8").splitlines()


def _is_entry(line: str) -> bool:
    return bool(line) and not line.startswith("#")
