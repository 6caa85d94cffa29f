"""Values of a run: what the app said in a conversation, and what it left behind."""

from collections.abc import Mapping
from dataclasses import dataclass

from scripts.eval.cases import Case


@dataclass(frozen=True)
class SeenTrip:
    """A trip or a quote at the end of a conversation, as the API shows it."""

    id: str
    kind: str
    status: str
    request: Mapping[str, object]


@dataclass(frozen=True)
class Transcript:
    """One run of a case. `error` says why it ended early, and is empty if it did not."""

    case: Case
    replies: tuple[str, ...]
    seconds: tuple[float, ...]
    trips: tuple[SeenTrip, ...]
    quotes: tuple[SeenTrip, ...] = ()
    is_handed_over: bool = False
    error: str = ""


@dataclass(frozen=True)
class TripBooks:
    """A trip in the audit. `sums` are minor units by their names; `differences` are those that nothing explains."""

    sums: Mapping[str, int]
    differences: tuple[str, ...]


Books = Mapping[str, TripBooks]
"""The audit of one installation, by the trips' ids."""


@dataclass(frozen=True)
class HostRun:
    """All conversations with one host, and the audit after them."""

    transcripts: tuple[Transcript, ...]
    books: Books
    orphans: tuple[str, ...] = ()
    """Lines of the suppliers' books that belong to no trip of the ledger, in words."""
    log: str = ""

    def stray(self) -> list[str]:
        """Return the bookings that no conversation was shown, in words."""
        trips = set(self.books)
        for transcript in self.transcripts:
            trips -= {trip.id for trip in transcript.trips}
        return [*sorted(trips), *self.orphans]
