"""Comparison of single values that the app tells with those that it must tell. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from audit.findings import Difference, Side
from audit.recounted.part import Part
from audit.view_checks.prose import Prose
from domain.trip.outcomes import ProblemNote


@dataclass(frozen=True)
class Comparer:
    """Comparisons for one trip, each of which yields the differences."""

    trip: str
    words: Prose

    def same(
        self,
        what: str,
        *,
        actual: object,
        expected: object,
        part: Part | None = None,
        side: Side | None = None,
    ) -> Iterator[Difference]:
        """Yield a difference if a value is not the expected one."""
        if actual != expected:
            component = part.rows.id if part else None
            yield Difference(
                trip=self.trip,
                component=component,
                code="told_differs",
                text=f"{what} is told as {actual}, and is {expected}",
                side=side,
            )

    def differs(self, text: str) -> Difference:
        """Return a difference of the trip as a whole."""
        return Difference(
            trip=self.trip,
            component=None,
            code="told_differs",
            text=text,
        )

    def prose(self, what: str, mistakes: Iterator[str]) -> Iterator[Difference]:
        """Yield a difference for each mistake in a sentence."""
        for mistake in mistakes:
            yield self.differs(f"{what} {mistake}")

    def error(
        self,
        what: str,
        *,
        error: ProblemNote | None,
        code: str | None,
        kept: int,
        part: Part | None = None,
    ) -> Iterator[Difference]:
        """Yield the differences of an error, also about the money `kept`, in minor units."""
        if error is None:
            yield from self.same(what, actual=None, expected=code, part=part)
            return
        yield from self.same(what, actual=error.code, expected=code, part=part)
        yield from self.prose(what, self.words.wrong_error(error.message, kept))
