"""The error of a data file that cannot be read."""

from pathlib import Path


class CaseFormatError(Exception):
    """A data file is not as docs/evaluation.md says. The text names file and line."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}")


class LineError(Exception):
    """One line cannot be read. The caller, who knows its place, makes a `CaseFormatError` of it."""
