"""The conversations port: turns, their idempotency keys, and the claims that let just one post win.

All calls are synchronous and may block: call them from a worker thread. Trips are opened in the ledger by whoever
starts them: a decided turn names them, and they may not have their rows yet.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.conversation.turn import Draft, Problem, TripCall, Turn
from domain.options import TripOptions


class KeyMismatchError(Exception):
    """The idempotency key was used with another body. Nothing was stored."""


class ConversationForgottenError(Exception):
    """The conversation was removed at its owner's wish; its id and its keys stay refused. Nothing was stored."""


class ConversationBusyError(Exception):
    """A turn or a trip of the conversation is still under way. Nothing was removed."""


@dataclass(frozen=True)
class Post:
    """One validated `POST /api/chat`. `body_hash` is a digest of the validated body, `at` aware UTC.

    Keys are stored as digests only.
    """

    message: str
    conversation: str | None
    key: str | None
    body_hash: str
    at: datetime
    options: TripOptions = field(default_factory=TripOptions)


class TurnReader(Protocol):
    """What may be read of the turns; the audit needs no more."""

    def turn(self, conversation: str, number: int) -> Turn | None: ...


class Conversations(TurnReader, Protocol):
    """The port. Each call is atomic and durable when it returns, or raises `StorageError`.

    A call about an attempt that a later one has superseded stores nothing and returns what stands: compare
    `attempt` before acting on it.
    """

    def installation_secret(self) -> bytes:
        """The secret of this installation (32 bytes), made on first use and kept."""
        ...

    def claim(self, post: Post) -> Turn:
        """The turn of this post: a new one, or the one that its key stands for.

        A new turn gets the conversation's next number (and a new conversation id if none was given) by one atomic
        insert. A repeat whose turn ended in a problem reopens it as a new attempt, again for one winner only.
        Raises `KeyMismatchError`, and `ConversationForgottenError` for a conversation or a key of one that was
        forgotten.
        """
        ...

    def take_start(self, turn: Turn, at: datetime, *, again: bool = False) -> bool:
        """True for the one caller that is to start this attempt's orchestration.

        The right lapses after 5 s unless `started` follows, so that a repeat after a crash can take it over. With
        `again` it can be taken for a started attempt too, even a decided one: for whoever found its orchestration
        ended or lost, and looks once more before starting it.
        """
        ...

    def started(self, turn: Turn) -> None:
        """The attempt's orchestration is accepted by the durable host: nobody need start it again."""
        ...

    def finished_before(self, conversation: str, number: int, limit: int) -> Sequence[Turn]:
        """The last `limit` turns before `number` that are done, oldest first."""
        ...

    def decide(self, turn: Turn, calls: Sequence[TripCall], reply: str | None, draft: Draft | None, model: str) -> Turn:
        """Store what the model answered; the first answer stays and is returned.

        With `reply` (nothing is booked) the turn is done at once.
        """
        ...

    def finish(self, turn: Turn, reply: str) -> Turn:
        """Store the reply; the first one stays and is returned."""
        ...

    def fail(self, turn: Turn, problem: Problem) -> Turn:
        """End this attempt with a problem, unless the turn has been decided; what stands is returned."""
        ...

    def stale_turns(self, before: datetime, limit: int) -> Sequence[Turn]:
        """Turns that are claimed or decided, whose attempt was claimed before then, the oldest first."""
        ...

    def forget(self, conversation: str, is_open: Callable[[str], bool]) -> bool:
        """Remove a conversation with all that was said in it; False if there never was such a one.

        `is_open` tells of each trip of the conversation whether it is still under way. What stays: that this id and the
        keys used in it (as digests) are refused. Raises `ConversationBusyError` while a turn is claimed or decided, or
        a trip is open. A repeat finds it forgotten.
        """
        ...

    def is_forgotten(self, conversation: str) -> bool: ...

    def knows_key(self, key: str) -> bool:
        """Whether a post came with this key, also one of a conversation that was forgotten since."""
        ...

    def ping(self) -> None:
        """Raise if the storage can't be reached."""
        ...
