"""The conversations port: turns, their idempotency keys, and the claims that only one post wins.

All calls are synchronous and may block: call them from a worker thread. A decided turn names its trips. They are opened
in the ledger when they are started, so a trip of a decided turn may have no rows yet.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.conversation.turn import Draft, Problem, ShownQuote, TripCall, Turn
from domain.options import TripOptions


class KeyMismatchError(Exception):
    """The idempotency key was used with another body. Nothing was stored."""


class ConversationForgottenError(Exception):
    """The conversation was removed at its owner's wish. Its id and its keys stay refused. Nothing was stored."""


class ConversationBusyError(Exception):
    """A turn or a trip of the conversation is still under way. Nothing was removed."""


@dataclass(frozen=True)
class Post:
    """One validated `POST /api/chat`. `body_hash` is a digest of the validated body, `at` is aware UTC.

    `conversation` and `key` are those of the owner (`domain.ids`). Keys are stored as digests only.
    """

    message: str
    conversation: str | None
    key: str | None
    body_hash: str
    at: datetime
    options: TripOptions = field(default_factory=TripOptions)
    asked: Draft | None = None
    """The arguments of a tool whose price is asked for; None for a message that the model is to read."""
    owner: str | None = None
    """The owner of a new conversation; None is the holder of a function key."""


class AttemptRef(Protocol):
    """One attempt at a turn: the turn itself, or a reference to it."""

    @property
    def conversation(self) -> str:
        """The turn's conversation."""
        ...

    @property
    def number(self) -> int:
        """The turn's number in it, from 1."""
        ...

    @property
    def attempt(self) -> int:
        """The number of the attempt, from 1."""
        ...


class TurnReader(Protocol):
    """The part of the port that the audit needs."""

    def turn(self, conversation: str, number: int) -> Turn | None:
        """Return the turn, None if it was never claimed or has been forgotten."""
        ...


class Conversations(TurnReader, Protocol):
    """The port. Each call is atomic and durable when it returns, or raises `StorageError`.

    A call about an attempt that a later attempt has superseded stores nothing and returns the turn as stored: compare
    `attempt` before acting on it. A call about a turn that was never claimed raises `LookupError`.
    """

    def installation_secret(self) -> bytes:
        """Return the secret of this installation (32 bytes), made on first use and kept."""
        ...

    def claim(self, post: Post) -> Turn:
        """Return the turn of this post: a new turn, or the turn that was made with the same key.

        A new turn gets the conversation's next number by one atomic insert. A post without a conversation gets a new
        conversation id. If the turn of a repeated key ended in a problem, one caller reopens it as a new attempt.
        Raises `KeyMismatchError`, and `ConversationForgottenError` for a forgotten conversation or a key of one.
        """
        ...

    def take_start(self, turn: Turn, at: datetime, *, again: bool = False) -> bool:
        """Return True to the one caller that is to start this attempt's orchestration.

        The right lapses after 5 s unless `started` follows, so that a repeat after a crash can take it over. With
        `again` it can also be taken for a started or decided attempt, whose orchestration has ended or is lost. Such a
        caller looks for the orchestration once more before it starts one.
        """
        ...

    def started(self, turn: Turn) -> None:
        """Note that the durable host has accepted the attempt's orchestration, so that it is not started again."""
        ...

    def finished_before(self, conversation: str, number: int, limit: int) -> Sequence[Turn]:
        """Return the last `limit` turns before `number` that are done, oldest first."""
        ...

    def decide(  # noqa: PLR0913 - the parts of one decision
        self,
        turn: Turn,
        calls: Sequence[TripCall],
        reply: str | None,
        draft: Draft | None,
        model: str,
        quote: ShownQuote | None = None,
    ) -> Turn:
        """Store the model's decision. The first decision stays and is returned.

        With `reply` (nothing is booked) the turn is done at once. `quote` is the one that the reply asks about.
        """
        ...

    def finish(self, turn: AttemptRef, reply: str, quote: ShownQuote | None = None) -> Turn:
        """Store the reply of a decided turn. The first reply stays and is returned.

        `quote` is the one that the reply asks about.
        """
        ...

    def fail(self, turn: AttemptRef, problem: Problem) -> Turn:
        """End this attempt with a problem, unless the turn has been decided. Return the turn as stored."""
        ...

    def stale_turns(self, before: datetime, limit: int) -> Sequence[Turn]:
        """Return claimed or decided turns whose attempt was claimed before then, oldest first."""
        ...

    def forget(self, conversation: str, is_open: Callable[[str], bool]) -> bool:
        """Remove a conversation with its messages and replies; return False if it never existed.

        `is_open` returns whether a trip of the conversation is still under way. Only digests of the id and of its keys
        stay, so that both are refused. Raises `ConversationBusyError` while a turn is claimed or decided, or a trip is
        open. A repeat returns True.
        """
        ...

    def is_forgotten(self, conversation: str) -> bool:
        """Return whether the conversation was forgotten."""
        ...

    def knows_key(self, key: str) -> bool:
        """Return whether a post came with this key, also to a conversation that was forgotten since."""
        ...

    def ping(self) -> None:
        """Raise `StorageError` if the storage cannot be reached."""
        ...
