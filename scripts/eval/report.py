"""The report of an evaluation, for a terminal and for the README."""

import statistics
from collections.abc import Iterator

from audit.table import Row, table
from scripts.eval.figures import CaseResult, Evaluation, TokenSums, TopicResult, percentile
from scripts.eval.grading import Verdict

COLUMNS: Row = ("topic", "cases", "right", "known faults", "wrong bookings")
_MILLION = 1_000_000


def rows(evaluation: Evaluation) -> list[Row]:
    """Return one row for each topic and one for all of them."""
    whole = TopicResult("all", evaluation.results)
    return list(map(_row, (*evaluation.topics(), whole)))


def _row(topic: TopicResult) -> Row:
    return topic.name, *map(str, topic.counts())


def wrong_bookings_line(evaluation: Evaluation) -> str:
    """Return the sentence that names the sum of wrong bookings."""
    return (
        f"Wrong bookings, something booked that was not asked for: {evaluation.wrong_bookings()}"
        f" in {evaluation.conversations()} conversations."
    )


def as_text(evaluation: Evaluation, all_transcripts: bool) -> str:
    """Return the report for a terminal: the table, then each case that needs somebody's attention."""
    counts = table([COLUMNS, *rows(evaluation)], right=range(1, len(COLUMNS)))
    parts = [counts, wrong_bookings_line(evaluation)]
    parts += map("NOBODY WAS SHOWN THIS BOOKING: {}".format, evaluation.stray)
    for result in evaluation.results:
        parts += _about(result, all_transcripts)
    return "\n\n".join(parts)


def as_markdown(evaluation: Evaluation) -> str:
    """Return the table and the sum of wrong bookings for a document."""
    ruler = ("---", *["---:"] * (len(COLUMNS) - 1))
    lines = map(_markdown_row, (COLUMNS, ruler, *rows(evaluation)))
    return "\n".join([*lines, "", wrong_bookings_line(evaluation), ""])


def _markdown_row(row: Row) -> str:
    return f"| {' | '.join(row)} |"


def waits(evaluation: Evaluation) -> str:
    """Return a line about how long the replies took."""
    seconds = evaluation.seconds
    if not seconds:
        return "No reply came."
    return (
        f"{len(seconds)} replies: median {statistics.median(seconds) * 1000:.0f} ms,"
        f" 95 in 100 within {percentile(seconds, 0.95) * 1000:.0f} ms"
    )


def repeats(evaluation: Evaluation, times: int) -> str:
    """Return a line about how reliably the cases are right when they are repeated."""
    return (
        f"pass^1 {evaluation.pass_power(1):.1%}, pass^{times} {evaluation.pass_power(times):.1%}"
        f" ({times} repeats of each case)"
    )


def costs(tokens: TokenSums, dollars_per_million: tuple[float, float] | None) -> str:
    """Return a line about the tokens, and about their cost where the prices are known."""
    if not tokens.requests:
        return "tokens: the service has named none"
    line = f"{tokens.requests} requests to the model: {tokens.prompt} tokens sent, {tokens.completion} received"
    if dollars_per_million is None:
        return f"{line}; for their cost set PRICES=sent,received in dollars per million tokens"
    sent, received = dollars_per_million
    dollars = (tokens.prompt * sent + tokens.completion * received) / _MILLION
    return f"{line}, ${dollars:.4f}"


def _about(result: CaseResult, all_transcripts: bool) -> Iterator[str]:
    if result.has_failed():
        yield f"FAILED {_title(result)}\n{_runs(result)}"
    elif result.is_fixed():
        yield f"FIXED {_title(result)}\n  It is right now: remove its `known fault:` line."
    elif all_transcripts:
        yield f"{_title(result)}\n{_runs(result)}"


def _title(result: CaseResult) -> str:
    title = f"{result.case.place}: {result.case.name}"
    if result.is_known_fault():
        title += f" (known fault: {result.case.known_fault})"
    return title


def _runs(result: CaseResult) -> str:
    lines: list[str] = []
    for verdict in result.verdicts:
        lines += _run(verdict)
    return "\n".join(lines)


def _run(verdict: Verdict) -> Iterator[str]:
    replies = verdict.transcript.replies
    # The message that brought a conversation to its end has no reply.
    messages = verdict.case.lines[: len(replies) + 1]
    for number, line in enumerate(messages):
        yield f"  traveller: {line.text}"
        for reply in replies[number : number + 1]:
            yield f"  app: {reply}".replace("\n", "\n    ")
    yield from map("  - {}".format, verdict.faults)
