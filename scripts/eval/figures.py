"""Figures of an evaluation: the counts of each topic, the share of repeats that are right, and the waits."""

import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil, comb

from audit.grouping import grouped
from scripts.eval.cases import Case
from scripts.eval.grading import Verdict, grade
from scripts.eval.transcripts import HostRun

_PROMPT = re.compile(r"\bmodel_usage prompt=(\d+) completion=\d+")
_COMPLETION = re.compile(r"\bmodel_usage prompt=\d+ completion=(\d+)")


@dataclass(frozen=True)
class CaseResult:
    """The verdicts on all repeats of a case."""

    case: Case
    verdicts: tuple[Verdict, ...]

    def is_right(self) -> bool:
        """Return whether every repeat was right."""
        return all(map(Verdict.is_right, self.verdicts))

    def is_known_fault(self) -> bool:
        """Return whether its file says that the case goes wrong today."""
        return bool(self.case.known_fault)

    def is_fixed(self) -> bool:
        """Return whether the case is right although its file calls it a known fault."""
        return self.is_right() and self.is_known_fault()

    def has_failed(self) -> bool:
        """Return whether the case is wrong although no known fault explains it."""
        return not (self.is_right() or self.is_known_fault())

    def wrong_bookings(self) -> int:
        """Return the number of trips that were not asked for, in all repeats."""
        return sum(verdict.wrong_bookings for verdict in self.verdicts)

    def pass_power(self, times: int) -> float:
        """Return the chance that as many repeats, drawn from those that were run, are all right."""
        right = sum(map(Verdict.is_right, self.verdicts))
        return comb(right, times) / comb(len(self.verdicts), times)


@dataclass(frozen=True)
class TopicResult:
    """The results of one topic, or of all."""

    name: str
    results: Sequence[CaseResult]

    def counts(self) -> tuple[int, int, int, int]:
        """Return the numbers of cases, right ones, known faults and wrong bookings."""
        right = sum(map(CaseResult.is_right, self.results))
        known_faults = sum(map(CaseResult.is_known_fault, self.results))
        wrong_bookings = sum(map(CaseResult.wrong_bookings, self.results))
        return len(self.results), right, known_faults, wrong_bookings


@dataclass(frozen=True)
class TokenSums:
    """Tokens that the model's service has counted, as the app's log names them."""

    requests: int
    prompt: int
    completion: int


@dataclass(frozen=True)
class Evaluation:
    """The results of all cases. `stray` are bookings that no conversation was shown, in words."""

    results: tuple[CaseResult, ...]
    stray: tuple[str, ...]
    seconds: tuple[float, ...]
    """The wait for each reply."""
    tokens: TokenSums

    def topics(self) -> list[TopicResult]:
        """Return the results by topic, in the order of the files."""
        by_topic = grouped(self.results, lambda result: result.case.topic)
        return [TopicResult(name, results) for name, results in by_topic.items()]

    def conversations(self) -> int:
        """Return the number of conversations, repeats included."""
        return sum(len(result.verdicts) for result in self.results)

    def wrong_bookings(self) -> int:
        """Return the number of bookings that nobody asked for, also of those that no reply named."""
        return sum(map(CaseResult.wrong_bookings, self.results)) + len(self.stray)

    def passes(self, strict: bool) -> bool:
        """Return whether every case is right or a known fault; for a strict look no known fault may be right."""
        is_marked_well = not (strict and any(map(CaseResult.is_fixed, self.results)))
        has_failed = any(map(CaseResult.has_failed, self.results))
        return is_marked_well and not has_failed and not self.stray

    def pass_power(self, times: int) -> float:
        """Return the mean of the cases' chances that as many repeats are all right."""
        return statistics.fmean(result.pass_power(times) for result in self.results)


def evaluate(cases: Sequence[Case], runs: Iterable[HostRun]) -> Evaluation:
    """Grade all runs and return the figures; the results are in the order of the cases."""
    verdicts: list[Verdict] = []
    stray: list[str] = []
    seconds: list[float] = []
    logs: list[str] = []
    for run in runs:
        verdicts += map(partial(grade, books=run.books), run.transcripts)
        stray += run.stray()
        logs.append(run.log)
    for verdict in verdicts:
        seconds += verdict.transcript.seconds
    by_place = grouped(verdicts, lambda verdict: verdict.case.place)
    return Evaluation(
        results=tuple(CaseResult(case, tuple(by_place[case.place])) for case in cases),
        stray=tuple(stray),
        seconds=tuple(seconds),
        tokens=tokens_in("\n".join(logs)),
    )


def tokens_in(log: str) -> TokenSums:
    """Add up the usage that a log names."""
    prompts = _PROMPT.findall(log)
    completions = _COMPLETION.findall(log)
    return TokenSums(
        requests=len(prompts),
        prompt=sum(map(int, prompts)),
        completion=sum(map(int, completions)),
    )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the least of the values that is not below this share of them."""
    rank = ceil(share * len(values))
    return sorted(values)[max(0, rank - 1)]
