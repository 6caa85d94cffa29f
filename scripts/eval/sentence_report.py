"""The report about sentences: right tools and slots, bookings of what was not asked for, and what is taken for what."""

from collections import Counter
from collections.abc import Sequence
from itertools import filterfalse

from audit.table import Row, table
from scripts.eval.sentences import SentenceResult

LEAST_RIGHT = 0.90
"""The share of unseen sentences whose tool and slots should be right."""
EXPECTED = ("travel", "flight", "hotel", "car", "several", "ask", "nothing")
TOOLS = (*EXPECTED, "error")


def meets_aims(results: Sequence[SentenceResult]) -> bool:
    """Return whether enough is right and nothing would be booked that was not asked for."""
    right = sum(map(SentenceResult.is_right, results))
    is_safe = not any(map(SentenceResult.wrong_bookings, results))
    return is_safe and right >= LEAST_RIGHT * len(results)


def as_text(results: Sequence[SentenceResult]) -> str:
    """Return the shares, the table of confusions, and each sentence that is not right."""
    count = len(results)
    right = sum(map(SentenceResult.is_right, results))
    right_tool = sum(map(SentenceResult.has_right_tool, results))
    wrong_bookings = sum(map(SentenceResult.wrong_bookings, results))
    mistakes = filterfalse(SentenceResult.is_right, results)
    return "\n".join(
        [
            f"{count} sentences: right tool and slots {right / count:.1%} (aim {LEAST_RIGHT:.0%}),"
            f" right tool {right_tool / count:.1%}",
            f"Wrong bookings, something booked that was not asked for: {wrong_bookings} in {count} sentences (aim 0).",
            confusions(results),
            *map(_mistake, mistakes),
        ]
    )


def confusions(results: Sequence[SentenceResult]) -> str:
    """Return a table with a row for each expected tool and a column for each tool that was chosen."""
    pairs = Counter(map(_confusion, results))
    rows: list[Row] = [("expected", *TOOLS)]
    for expected in EXPECTED:
        counts = [str(pairs[expected, tool]) for tool in TOOLS]
        rows.append((expected, *counts))
    return table(rows, right=range(1, len(TOOLS) + 1))


def _confusion(result: SentenceResult) -> tuple[str, str]:
    """Return the tool that was expected and the one that was chosen."""
    # Where several tools are right, the chosen one among them is no confusion.
    if result.has_right_tool():
        return result.tool(), result.tool()
    return result.expected_tool(), result.tool()


def _mistake(result: SentenceResult) -> str:
    mark = "BOOKED" if result.wrong_bookings() else "wrong"
    messages = " || ".join(result.sentence.messages)
    expected = "|".join(result.sentence.expected)
    return f"{mark} {result.sentence.place}: {messages!r}: {result.decided!r}, not {expected!r}"
