"""Grading of one conversation: by its end state and by what was said, and not by the way that led there."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from scripts.eval.cases import Case, EndState, MoneyRange, Phrases, Wish
from scripts.eval.transcripts import Books, SeenTrip, Transcript, TripBooks

_UNSET: Mapping[str, object] = {"travellers": 1}
"""What a member of a request means when it is not there."""
_ACCENTS = re.compile("[\u0300-\u036f]")
_NOT_AS_EXPECTED = {True: "not handed over to the staff", False: "handed over to the staff"}


@dataclass(frozen=True)
class Verdict:
    """The faults of one run, in words. `wrong_bookings` counts trips that the traveller had not asked for."""

    transcript: Transcript
    faults: tuple[str, ...]
    wrong_bookings: int

    @property
    def case(self) -> Case:
        return self.transcript.case

    def is_right(self) -> bool:
        """Return whether there is no fault."""
        return not self.faults


@dataclass(frozen=True)
class _Matched:
    """The trips beside the wishes: what does not agree, in words, and how many of the trips are no wish."""

    faults: tuple[str, ...]
    unasked: int


def grade(transcript: Transcript, books: Books) -> Verdict:
    """Return the verdict on one run; `books` is the audit of its installation."""
    end = transcript.case.end
    trips = _match(end.trips, transcript.trips, "booked")
    faults = (
        *filter(None, [transcript.error]),
        *trips.faults,
        *_faults_of_quotes(end, transcript),
        *_faults_of_staff(end, transcript),
        *_faults_of_money(end, _audited(transcript, books)),
        *_faults_of_words(transcript),
    )
    return Verdict(transcript, faults, trips.unasked)


def _match(wishes: Collection[Wish], trips: Collection[SeenTrip], verb: str) -> _Matched:
    faults: list[str] = []
    left = list(trips)
    for wish in wishes:
        candidates = [trip for trip in left if _is_wished(wish, trip)]
        if not candidates:
            faults.append(f"missing: {wish.line}")
            continue
        # Of two trips for one wish the one in the right state is taken, whichever came first.
        trip = max(candidates, key=lambda candidate: _is_as_wished(wish, candidate))
        left.remove(trip)
        if not _is_as_wished(wish, trip):
            faults.append(f"expected {wish.line}, but it is {_in_words(trip)}")
    faults += [f"{verb}, but not asked for: {_in_words(trip)}" for trip in left]
    return _Matched(tuple(faults), len(left))


def _is_wished(wish: Wish, trip: SeenTrip) -> bool:
    """Return whether the traveller asked for this trip, as it is or as it was before a change."""
    place = str(trip.request.get("destination"))
    if trip.kind != wish.kind or _plain(place) not in map(_plain, wish.places):
        return False
    before_change = {**wish.members, **wish.earlier}
    return _has(trip, wish.members) or _has(trip, before_change)


def _is_as_wished(wish: Wish, trip: SeenTrip) -> bool:
    return trip.status == wish.status and _has(trip, wish.members)


def _has(trip: SeenTrip, members: Mapping[str, object]) -> bool:
    # A car is hired for days and a room for nights; a file may call the length of a trip either.
    length = trip.request.get("nights", trip.request.get("days"))
    request = {**_UNSET, **trip.request, "length": length}
    return all(_plain(str(request.get(name))) == _plain(str(value)) for name, value in members.items())


def _in_words(trip: SeenTrip) -> str:
    members = ", ".join(map(str, trip.request.values()))
    return f"{trip.kind} {members}, {trip.status}"


def _faults_of_quotes(end: EndState, transcript: Transcript) -> tuple[str, ...]:
    if end.quotes is None:
        return ()
    return _match(end.quotes, transcript.quotes, "quoted").faults


def _faults_of_staff(end: EndState, transcript: Transcript) -> tuple[str, ...]:
    if end.handed_over in (None, transcript.is_handed_over):
        return ()
    return (_NOT_AS_EXPECTED[end.handed_over],)


def _audited(transcript: Transcript, books: Books) -> list[TripBooks]:
    # A trip that was only just begun when the conversation broke off may have no row yet.
    return [books[trip.id] for trip in transcript.trips if trip.id in books]


def _faults_of_money(end: EndState, audited: Collection[TripBooks]) -> Iterator[str]:
    for expected in end.money:
        minor = sum(trip.sums[expected.name] for trip in audited)
        if not _is_within(minor, expected):
            yield f"expected {expected.line}, but the books say ${minor / 100:,.2f}"
    for trip in audited:
        if trip.differences:
            yield f"the audit has found: {', '.join(trip.differences)}"


def _is_within(minor: int, expected: MoneyRange) -> bool:
    return expected.least <= minor <= expected.most


def _faults_of_words(transcript: Transcript) -> Iterator[str]:
    case = transcript.case
    # A conversation that ended early has fewer replies; its error is a fault already.
    for line, reply in zip(case.lines, transcript.replies, strict=False):
        yield from _faults_of_text(reply, line.must_say, line.must_not_say)
    everything = "\n".join(transcript.replies)
    yield from _faults_of_text(everything, case.said_somewhere, case.never_said)


def _faults_of_text(text: str, must_say: Collection[Phrases], must_not_say: Collection[Phrases]) -> Iterator[str]:
    for phrases in must_say:
        if not _says(text, phrases):
            yield f"must say {_or(phrases)}: {text!r}"
    for phrases in must_not_say:
        if _says(text, phrases):
            yield f"must not say {_or(phrases)}: {text!r}"


def _says(text: str, phrases: Phrases) -> bool:
    plain = _plain(text)
    return any(phrase in plain for phrase in map(_plain, phrases))


def _or(phrases: Phrases) -> str:
    return " or ".join(map(repr, phrases))


def _plain(text: str) -> str:
    """Return the text without what a reader would not call a difference: case, accents, kinds of quotes and spaces."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'"))
    letters = _ACCENTS.sub("", decomposed)
    return " ".join(letters.casefold().split())
