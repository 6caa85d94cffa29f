"""Conversations in SQLite, in the same file as the ledger."""

import json
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from domain.conversation import Call, Draft, Problem, Turn
from stores.conversations import KeyMismatchError, Post
from stores.database import Database
from stores.sqlite_ledger import Clock, open_trip, timestamp, utc_now

START_LEASE = timedelta(seconds=5)
_TURNS = (
    "SELECT conversation, number, attempt, state, message, calls, draft, reply, model, problem, created FROM turns "
)


def _new_conversation_id() -> str:
    return "c-" + secrets.token_urlsafe(16)


class SqliteConversations:
    """The `Conversations` port."""

    def __init__(
        self, database: Database, clock: Clock = utc_now, new_id: Callable[[], str] = _new_conversation_id
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._secret: bytes | None = None

    def installation_secret(self) -> bytes:
        if self._secret is None:
            with self._database.writing() as connection:
                connection.execute(
                    "INSERT INTO installation (name, value) VALUES ('secret', ?) ON CONFLICT DO NOTHING",
                    (secrets.token_bytes(32),),
                )
                row = connection.execute("SELECT value FROM installation WHERE name = 'secret'").fetchone()
            self._secret = bytes(row[0])
        return self._secret

    def claim(self, post: Post) -> Turn:
        with self._database.writing() as connection:
            known = _known(connection, post)
            if known is None:
                return self._add(connection, post)
            if known.state != "problem":
                return known
            connection.execute(
                "UPDATE turns SET attempt = attempt + 1, state = 'claimed', problem = NULL, start_lease = NULL,"
                " started = 0 WHERE conversation = ? AND number = ?",
                (known.conversation, known.number),
            )
            return _standing(connection, known)

    def take_start(self, turn: Turn, at: datetime, *, again: bool = False) -> bool:
        with self._database.writing() as connection:
            taken = connection.execute(
                "UPDATE turns SET start_lease = ?, started = 0 WHERE conversation = ? AND number = ? AND attempt = ?"
                " AND ((state = 'claimed' AND started = 0) OR (? AND state IN ('claimed', 'decided')))"
                " AND (started = 1 OR start_lease IS NULL OR start_lease <= ?)",
                (timestamp(at + START_LEASE), turn.conversation, turn.number, turn.attempt, again, timestamp(at)),
            )
            return taken.rowcount == 1

    def started(self, turn: Turn) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE turns SET started = 1 WHERE conversation = ? AND number = ? AND attempt = ?",
                (turn.conversation, turn.number, turn.attempt),
            )

    def turn(self, conversation: str, number: int) -> Turn | None:
        with self._database.reading() as connection:
            row = connection.execute(
                _TURNS + "WHERE conversation = ? AND number = ?", (conversation, number)
            ).fetchone()
        return _turn(row) if row else None

    def finished_before(self, conversation: str, number: int, limit: int) -> Sequence[Turn]:
        with self._database.reading() as connection:
            rows = connection.execute(
                _TURNS + "WHERE conversation = ? AND number < ? AND state = 'done' ORDER BY number DESC LIMIT ?",
                (conversation, number, limit),
            ).fetchall()
        return [_turn(row) for row in reversed(rows)]

    def decide(self, turn: Turn, calls: Sequence[Call], reply: str | None, draft: Draft | None, model: str) -> Turn:
        with self._database.writing() as connection:
            decided = connection.execute(
                "UPDATE turns SET state = ?, calls = ?, reply = ?, draft = ?, model = ?"
                " WHERE conversation = ? AND number = ? AND attempt = ? AND state = 'claimed'",
                (
                    "decided" if reply is None else "done",
                    json.dumps([call.model_dump(mode="json") for call in calls]),
                    reply,
                    draft.model_dump_json() if draft else None,
                    model,
                    turn.conversation,
                    turn.number,
                    turn.attempt,
                ),
            )
            if decided.rowcount == 1:
                for call in calls:
                    open_trip(connection, call, turn.conversation, turn.number, self._clock())
            return _standing(connection, turn)

    def finish(self, turn: Turn, reply: str) -> Turn:
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE turns SET state = 'done', reply = ?"
                " WHERE conversation = ? AND number = ? AND attempt = ? AND state = 'decided'",
                (reply, turn.conversation, turn.number, turn.attempt),
            )
            return _standing(connection, turn)

    def fail(self, turn: Turn, problem: Problem) -> Turn:
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE turns SET state = 'problem', problem = ?"
                " WHERE conversation = ? AND number = ? AND attempt = ? AND state = 'claimed'",
                (problem.model_dump_json(), turn.conversation, turn.number, turn.attempt),
            )
            return _standing(connection, turn)

    def ping(self) -> None:
        self._database.ping()

    def _add(self, connection: sqlite3.Connection, post: Post) -> Turn:
        conversation = post.conversation or self._new_id()
        row = connection.execute(
            "INSERT INTO turns (conversation, number, attempt, state, message, created, key, body_hash)"
            " SELECT ?, coalesce(max(number), 0) + 1, 1, 'claimed', ?, ?, ?, ? FROM turns WHERE conversation = ?"
            " RETURNING number",
            (conversation, post.message, timestamp(post.at), post.key, post.body_hash, conversation),
        ).fetchone()
        return _read(connection, conversation, row[0])


def _known(connection: sqlite3.Connection, post: Post) -> Turn | None:
    """The turn that the post's key stands for."""
    if post.key is None:
        return None
    row = connection.execute("SELECT conversation, number, body_hash FROM turns WHERE key = ?", (post.key,)).fetchone()
    if row is None:
        return None
    conversation, number, body_hash = row
    if body_hash != post.body_hash:
        raise KeyMismatchError("The idempotency key was used with another body; nothing was stored.")
    return _read(connection, conversation, number)


def _standing(connection: sqlite3.Connection, turn: Turn) -> Turn:
    return _read(connection, turn.conversation, turn.number)


def _read(connection: sqlite3.Connection, conversation: str, number: int) -> Turn:
    row = connection.execute(_TURNS + "WHERE conversation = ? AND number = ?", (conversation, number)).fetchone()
    if row is None:
        raise LookupError(f"Turn {number} of conversation {conversation} was never claimed.")
    return _turn(row)


def _turn(row: tuple[Any, ...]) -> Turn:
    conversation, number, attempt, state, message, calls, draft, reply, model, problem, created = row
    return Turn(
        conversation=conversation,
        number=number,
        attempt=attempt,
        state=state,
        message=message,
        calls=tuple(Call.model_validate(call) for call in json.loads(calls)),
        draft=Draft.model_validate_json(draft) if draft else None,
        reply=reply,
        model=model,
        problem=Problem.model_validate_json(problem) if problem else None,
        created=datetime.fromisoformat(created),
    )
