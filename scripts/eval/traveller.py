"""A traveller of an evaluation: a new session, one conversation, and what it can read at the end."""

import secrets
import time
from dataclasses import dataclass, field

from devhost.testing import Answer, RunningHost
from scripts.eval.bodies import (
    ConversationError,
    HandOversBody,
    QuoteBody,
    ReplyBody,
    SessionBody,
    TripBody,
    read_body,
)
from scripts.eval.cases import Case
from scripts.eval.transcripts import SeenTrip, Transcript

_UNDER_WAY = ("running", "compensating", "cancelling")
_PATIENCE_SECONDS = 90.0
_BETWEEN_LOOKS_SECONDS = 0.1


@dataclass
class CaseTraveller:
    """One person who talks with the app."""

    host: RunningHost
    token: str
    conversation: str = ""
    replies: list[str] = field(default_factory=list[str])
    seconds: list[float] = field(default_factory=list[float])
    trips: dict[str, None] = field(default_factory=dict[str, None])
    """The ids of all trips that a reply has named, in their order."""
    quotes: dict[str, None] = field(default_factory=dict[str, None])

    @classmethod
    def arriving(cls, host: RunningHost) -> "CaseTraveller":
        """Return somebody nobody has seen before. Raise `ConversationError`."""
        answered = host.request("POST", "/api/session", {"token": True})
        return cls(host, read_body(SessionBody, answered, 201).token)

    def say(self, message: str) -> None:
        """Post a message, wait for the final reply to it and keep that. Raise `ConversationError`."""
        body = {"message": message} | ({"conversation_id": self.conversation} if self.conversation else {})
        key = secrets.token_hex(8)
        began = time.perf_counter()
        deadline = began + _PATIENCE_SECONDS
        answered = self._post(body, key)
        # The app answers 202 while trips are under way; the same key then finds the same turn.
        while answered.status == 202 and time.perf_counter() < deadline:
            time.sleep(_BETWEEN_LOOKS_SECONDS)
            answered = self._post(body, key)
        reply = read_body(ReplyBody, answered, 200)
        self.seconds.append(time.perf_counter() - began)
        self.conversation = reply.conversation_id
        self.replies.append(reply.reply)
        self.trips |= dict.fromkeys(trip.id for trip in reply.trips)
        self.quotes |= {reply.quote.id: None} if reply.quote else {}

    def seen_trips(self) -> tuple[SeenTrip, ...]:
        """Return the trips once nobody is at work on them. Raise `ConversationError`."""
        return tuple(map(self._settled, self.trips))

    def seen_quotes(self) -> tuple[SeenTrip, ...]:
        """Return the quotes as they are now. Raise `ConversationError`."""
        return tuple(request for quote in self.quotes for request in self._quoted(quote))

    def is_handed_over(self) -> bool:
        """Return whether the staff has this conversation on its list."""
        # Without the token, because the list is the operator's.
        answered = self.host.request("GET", "/api/operations/hand-overs")
        if answered.status == 404:
            return False
        waiting = read_body(HandOversBody, answered, 200)
        return any(item.conversation == self.conversation for item in waiting.items)

    def _post(self, body: dict[str, str], key: str) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        return self.host.request("POST", "/api/chat", body, headers, _PATIENCE_SECONDS)

    def _settled(self, trip: str) -> SeenTrip:
        deadline = time.perf_counter() + _PATIENCE_SECONDS
        path = f"/api/travel-status/{trip}"
        current = self._current(trip, path)
        while current.status in _UNDER_WAY and time.perf_counter() < deadline:
            time.sleep(_BETWEEN_LOOKS_SECONDS)
            current = self._current(trip, path)
        return current

    def _quoted(self, quote: str) -> tuple[SeenTrip, ...]:
        """Return the requests of a quote, each with the status of the quote."""
        body = read_body(QuoteBody, self._get(f"/api/quotes/{quote}"), 200)
        requests = body.offer.requests
        return tuple(
            SeenTrip(quote, request.tool.removeprefix("book_"), body.status, request.arguments) for request in requests
        )

    def _current(self, trip: str, path: str) -> SeenTrip:
        body = read_body(TripBody, self._get(path), 200)
        return SeenTrip(trip, body.kind, body.status, body.request)

    def _get(self, path: str) -> Answer:
        return self.host.request("GET", path, headers={"Authorization": f"Bearer {self.token}"})


def converse(host: RunningHost, case: Case) -> Transcript:
    """Have the conversation of a case and return what came of it. Never raises for what the app does wrong."""
    error = ""
    traveller = CaseTraveller(host, "")
    trips: tuple[SeenTrip, ...] = ()
    quotes: tuple[SeenTrip, ...] = ()
    is_handed_over = False
    try:
        traveller = CaseTraveller.arriving(host)
        for line in case.lines:
            traveller.say(line.text)
    except (ConversationError, OSError) as problem:
        error = f"the conversation ended early: {problem}"
    # What was booked before an error counts all the same.
    try:
        trips = traveller.seen_trips()
        quotes = traveller.seen_quotes()
        is_handed_over = traveller.is_handed_over()
    except (ConversationError, OSError) as problem:
        error = error or f"the end state cannot be read: {problem}"
    return Transcript(
        case=case,
        replies=tuple(traveller.replies),
        seconds=tuple(traveller.seconds),
        trips=trips,
        quotes=quotes,
        is_handed_over=is_handed_over,
        error=error,
    )
