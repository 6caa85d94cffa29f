"""Conversations in SQLite, in the same file as the ledger."""

import json
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from domain.conversation.turn import Draft, Problem, ShownQuote, TripCall, Turn
from domain.ids import owned_id
from domain.options import TripOptions
from domain.value import Value
from stores.clock import timestamp
from stores.conversations import AttemptRef, ConversationBusyError, KeyMismatchError, Post
from stores.sqlite.database import Database, Readable
from stores.turn_rules import START_LEASE, digest, forgotten_error, never_claimed_error, new_conversation_id

_TURNS = (
    "SELECT conversation, number, attempt, state, message, options, calls, draft, reply, model, problem, created, more"
    " FROM turns "
)


class _Rare(Value):
    """The fields that few turns have; see `Turn`."""

    asked: Draft | None = None
    quote: ShownQuote | None = None


def _more(asked: Draft | None, quote: ShownQuote | None) -> str | None:
    """Return the text of the fields that few turns have, None for a turn without them."""
    rare = _Rare(asked=asked, quote=quote)
    return None if rare == _Rare() else rare.model_dump_json(exclude_none=True)


class SqliteTurnReader:
    """The `TurnReader` port."""

    def __init__(self, source: Readable) -> None:
        self._source = source

    def turn(self, conversation: str, number: int) -> Turn | None:
        with self._source.reading() as connection:
            row = connection.execute(
                _TURNS + "WHERE conversation = ? AND number = ?", (conversation, number)
            ).fetchone()
        return _turn(row) if row else None


class SqliteConversations(SqliteTurnReader):
    """The `Conversations` port."""

    def __init__(self, database: Database, new_id: Callable[[], str] = new_conversation_id) -> None:
        super().__init__(database)
        self._database = database
        self._new_id = new_id
        self._secret: bytes | None = None

    def installation_secret(self) -> bytes:
        if self._secret is None:
            with self._database.writing() as connection:
                connection.execute(
                    # Of several processes that start together, the first one's secret stays.
                    "INSERT INTO installation (name, value) VALUES ('secret', ?) ON CONFLICT DO NOTHING",
                    (secrets.token_bytes(32),),
                )
                row = connection.execute("SELECT value FROM installation WHERE name = 'secret'").fetchone()
            self._secret = bytes(row[0])
        return self._secret

    def claim(self, post: Post) -> Turn:
        with self._database.writing() as connection:
            turn = _turn_of_key(connection, post)
            if turn is None:
                return self._add(connection, post)
            if turn.state != "problem":
                return turn
            # Reopened in the transaction that read the problem, so that only one of several repeats starts again.
            connection.execute(
                "UPDATE turns SET attempt = attempt + 1, state = 'claimed', problem = NULL, start_lease = NULL,"
                " started = 0, claimed = ? WHERE conversation = ? AND number = ?",
                (timestamp(post.at), turn.conversation, turn.number),
            )
            return _read_again(connection, turn)

    def take_start(self, turn: Turn, at: datetime, *, again: bool = False) -> bool:
        with self._database.writing() as connection:
            # One statement both checks and takes, so that of several callers one changes the row.
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

    def finished_before(self, conversation: str, number: int, limit: int) -> Sequence[Turn]:
        with self._database.reading() as connection:
            rows = connection.execute(
                _TURNS + "WHERE conversation = ? AND number < ? AND state = 'done' ORDER BY number DESC LIMIT ?",
                (conversation, number, limit),
            ).fetchall()
        # Selected from the end, because the last turns count, and returned in the order of the conversation.
        return [_turn(row) for row in reversed(rows)]

    def decide(  # noqa: PLR0913 - see the port
        self,
        turn: Turn,
        calls: Sequence[TripCall],
        reply: str | None,
        draft: Draft | None,
        model: str,
        quote: ShownQuote | None = None,
    ) -> Turn:
        with self._database.writing() as connection:
            connection.execute(
                # The old state is part of the condition, so that a repeat changes nothing and returns what is stored.
                "UPDATE turns SET state = ?, calls = ?, reply = ?, draft = ?, model = ?, more = ?"
                " WHERE conversation = ? AND number = ? AND attempt = ? AND state = 'claimed'",
                (
                    "decided" if reply is None else "done",
                    json.dumps([call.model_dump(mode="json") for call in calls]),
                    reply,
                    draft.model_dump_json() if draft else None,
                    model,
                    _more(turn.asked, quote),
                    turn.conversation,
                    turn.number,
                    turn.attempt,
                ),
            )
            return _read_again(connection, turn)

    def finish(self, turn: AttemptRef, reply: str, quote: ShownQuote | None = None) -> Turn:
        with self._database.writing() as connection:
            stored = _read_again(connection, turn)
            connection.execute(
                "UPDATE turns SET state = 'done', reply = ?, more = ?"
                " WHERE conversation = ? AND number = ? AND attempt = ? AND state = 'decided'",
                (reply, _more(stored.asked, quote), turn.conversation, turn.number, turn.attempt),
            )
            return _read_again(connection, turn)

    def fail(self, turn: AttemptRef, problem: Problem) -> Turn:
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE turns SET state = 'problem', problem = ?"
                " WHERE conversation = ? AND number = ? AND attempt = ? AND state = 'claimed'",
                (problem.model_dump_json(), turn.conversation, turn.number, turn.attempt),
            )
            return _read_again(connection, turn)

    def stale_turns(self, before: datetime, limit: int) -> Sequence[Turn]:
        with self._database.reading() as connection:
            rows = connection.execute(
                _TURNS + "WHERE state IN ('claimed', 'decided') AND claimed < ? ORDER BY claimed LIMIT ?",
                (timestamp(before), limit),
            ).fetchall()
        return [_turn(row) for row in rows]

    def forget(self, conversation: str, is_open: Callable[[str], bool]) -> bool:
        with self._database.writing() as connection:
            rows = connection.execute(_TURNS + "WHERE conversation = ?", (conversation,)).fetchall()
            turns = [_turn(row) for row in rows]
            if not turns:
                return _is_forgotten(connection, conversation)
            under_way = any(turn.state in ("claimed", "decided") for turn in turns)
            if under_way or any(is_open(call.trip) for turn in turns for call in turn.calls):
                raise ConversationBusyError(f"Something of the conversation {conversation} is still under way.")
            # The digest stays for good, so that no later post can take the id.
            connection.execute("INSERT INTO forgotten (hash) VALUES (?)", (digest(conversation),))
            connection.execute("DELETE FROM turns WHERE conversation = ?", (conversation,))
            connection.execute(
                "UPDATE post_keys SET conversation = NULL, number = NULL, body_hash = NULL WHERE conversation = ?",
                (conversation,),
            )
            return True

    def is_forgotten(self, conversation: str) -> bool:
        with self._database.reading() as connection:
            return _is_forgotten(connection, conversation)

    def knows_key(self, key: str) -> bool:
        with self._database.reading() as connection:
            row = connection.execute("SELECT 1 FROM post_keys WHERE hash = ?", (digest(key),)).fetchone()
        return row is not None

    def ping(self) -> None:
        self._database.ping()

    def _add(self, connection: sqlite3.Connection, post: Post) -> Turn:
        conversation = post.conversation or owned_id(post.owner, self._new_id())
        if _is_forgotten(connection, conversation):
            raise forgotten_error(conversation)
        at = timestamp(post.at)
        (number,) = connection.execute(
            "INSERT INTO turns (conversation, number, attempt, state, message, options, created, claimed, more)"
            " SELECT ?, coalesce(max(number), 0) + 1, 1, 'claimed', ?, ?, ?, ?, ? FROM turns WHERE conversation = ?"
            " RETURNING number",
            (conversation, post.message, post.options.model_dump_json(), at, at, _more(post.asked, None), conversation),
        ).fetchone()
        if post.key is not None:
            connection.execute(
                "INSERT INTO post_keys (hash, conversation, number, body_hash) VALUES (?, ?, ?, ?)",
                (digest(post.key), conversation, number, post.body_hash),
            )
        return _read(connection, conversation, number)


def _is_forgotten(connection: sqlite3.Connection, conversation: str) -> bool:
    row = connection.execute("SELECT 1 FROM forgotten WHERE hash = ?", (digest(conversation),)).fetchone()
    return row is not None


def _turn_of_key(connection: sqlite3.Connection, post: Post) -> Turn | None:
    """Return the turn that was made with the post's key, None for a new key or no key."""
    if post.key is None:
        return None
    row = connection.execute(
        "SELECT conversation, number, body_hash FROM post_keys WHERE hash = ?", (digest(post.key),)
    ).fetchone()
    if row is None:
        return None
    conversation, number, body_hash = row
    # The key of a forgotten conversation stays without its turn, so that it cannot be used again.
    if conversation is None:
        raise forgotten_error(post.conversation)
    if body_hash != post.body_hash:
        raise KeyMismatchError("The idempotency key was used with another body; nothing was stored.")
    return _read(connection, conversation, number)


def _read_again(connection: sqlite3.Connection, turn: AttemptRef) -> Turn:
    return _read(connection, turn.conversation, turn.number)


def _read(connection: sqlite3.Connection, conversation: str, number: int) -> Turn:
    row = connection.execute(_TURNS + "WHERE conversation = ? AND number = ?", (conversation, number)).fetchone()
    if row is None:
        raise never_claimed_error(conversation, number)
    return _turn(row)


def _turn(row: tuple[Any, ...]) -> Turn:
    conversation, number, attempt, state, message, options, calls, draft, reply, model, problem, created, more = row
    rare = _Rare.model_validate_json(more) if more else _Rare()
    return Turn(
        conversation=conversation,
        number=number,
        attempt=attempt,
        state=state,
        message=message,
        options=TripOptions.model_validate_json(options),
        calls=tuple(TripCall.model_validate(call) for call in json.loads(calls)),
        draft=Draft.model_validate_json(draft) if draft else None,
        reply=reply,
        model=model,
        problem=Problem.model_validate_json(problem) if problem else None,
        created=datetime.fromisoformat(created),
        asked=rare.asked,
        quote=rare.quote,
    )
