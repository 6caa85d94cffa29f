"""Tables for a terminal."""

from collections.abc import Iterator, Sequence

Row = tuple[str, ...]


def table(rows: Sequence[Row], right: range) -> str:
    """Return rows as lines with columns of even width, those in `right` aligned to the right."""
    columns = list(zip(*rows, strict=True))
    aligned = [_aligned(column, number in right) for number, column in enumerate(columns)]
    lines = map("  ".join, zip(*aligned, strict=True))
    # The last column would leave spaces at the ends of its shorter lines.
    return "\n".join(map(str.rstrip, lines))


def _aligned(column: Sequence[str], to_the_right: bool) -> Iterator[str]:
    width = max(map(len, column))
    for cell in column:
        yield cell.rjust(width) if to_the_right else cell.ljust(width)
