"""Conversations in Azure Table Storage.

A conversation is a partition: `head` counts its turns, `n-…` are turns, `k-…` have the number of the turn of an
idempotency key. A write that adds a turn or a new attempt replaces the head under its ETag. A key also has a separate
partition with the id of its conversation. It is written first, so that a repeated post without a conversation gets the
same one.
"""

import secrets
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from domain.conversation.turn import Draft, Problem, ShownQuote, TripCall, Turn
from domain.ids import owned_id
from storage.recent import Recent
from storage.table_account import Account
from storage.table_errors import ConflictError
from stores.clock import timestamp
from stores.conversations import AttemptRef, ConversationBusyError, ConversationForgottenError, KeyMismatchError, Post
from stores.tables.service import MOST_IN_BATCH, Document, Stored, Table, Write, repeated
from stores.tables.turns import UNDER_WAY, WaitingTurn, WaitingTurns
from stores.turn_rules import START_LEASE, digest, forgotten_error, never_claimed_error, new_conversation_id

_HEAD, _POST = "head", "post"
_NO_POST: Document = {"conversation": None, "body_hash": None}
_UNSTARTED: Document = {"lease": None, "started": False, "starter": None}
_WINDOW = 50
"""Number of turns that one request reads."""


class TableConversations:
    """The `Conversations` port."""

    def __init__(self, account: Account, new_id: Callable[[], str] = new_conversation_id) -> None:
        self._table = Table(account, "conversations")
        self._waiting = WaitingTurns(Table(account, "lists"))
        self._recent = Recent[str, Stored]()
        """The last row of each conversation that was claimed or changed here."""
        self._new_id = new_id
        self._secret: bytes | None = None

    def installation_secret(self) -> bytes:
        if self._secret is None:
            made = {"value": secrets.token_hex(32)}
            kept = repeated(lambda: self._kept("installation", "secret", made))
            self._secret = bytes.fromhex(kept["value"])
        return self._secret

    def claim(self, post: Post) -> Turn:
        if post.key is None:
            return self._claimed(post.conversation or owned_id(post.owner, self._new_id()), post)
        conversation = self._conversation_of_key(post, post.key)
        try:
            return self._claimed(conversation, post)
        except ConversationForgottenError:
            # The key was written before its conversation was found to be forgotten: let nothing personal stay in it.
            partition = _key_partition(digest(post.key))
            repeated(lambda: self._table.write(partition, [Write("put", _POST, _NO_POST)]))
            raise

    def take_start(self, turn: Turn, at: datetime, *, again: bool = False) -> bool:
        call = uuid.uuid4().hex

        def take(document: Document) -> Document | None:
            # With this call's name an earlier attempt has written it already, and only its answer was lost.
            if document["starter"] == call or not _may_start(document, turn, timestamp(at), again):
                return None
            return {**document, "lease": timestamp(at + START_LEASE), "started": False, "starter": call}

        return self._update(turn, take)["starter"] == call

    def started(self, turn: Turn) -> None:
        self._update(turn, lambda document: {**document, "started": True} if _is_attempt(document, turn) else None)

    def turn(self, conversation: str, number: int) -> Turn | None:
        stored = repeated(lambda: self._table.get(_partition(conversation), _row(number)))
        return _turn(stored.document) if stored else None

    def finished_before(self, conversation: str, number: int, limit: int) -> Sequence[Turn]:
        turns: list[Turn] = []
        end = number
        # Backwards by windows, because the service only reads rows in ascending order.
        while end > 1 and len(turns) < limit:
            first = max(1, end - _WINDOW)
            rows = repeated(lambda f=first, e=end: self._table.rows(_partition(conversation), _row(f), _row(e)))
            done = [_turn(stored.document) for stored in rows if stored.document["turn"]["state"] == "done"]
            turns = done + turns
            end = first
        return turns[-limit:]

    def decide(  # noqa: PLR0913 - see the port
        self,
        turn: Turn,
        calls: Sequence[TripCall],
        reply: str | None,
        draft: Draft | None,
        model: str,
        quote: ShownQuote | None = None,
    ) -> Turn:
        decided = {
            "state": "decided" if reply is None else "done",
            "calls": [call.model_dump(mode="json") for call in calls],
            "reply": reply,
            "draft": draft.model_dump(mode="json") if draft else None,
            "model": model,
            **_quoted(quote),
        }
        return self._move(turn, "claimed", decided)

    def finish(self, turn: AttemptRef, reply: str, quote: ShownQuote | None = None) -> Turn:
        return self._move(turn, "decided", {"state": "done", "reply": reply, **_quoted(quote)})

    def fail(self, turn: AttemptRef, problem: Problem) -> Turn:
        return self._move(turn, "claimed", {"state": "problem", "problem": problem.model_dump(mode="json")})

    def stale_turns(self, before: datetime, limit: int) -> Sequence[Turn]:
        turns: dict[tuple[str, str], Turn] = {}
        for pointer in self._waiting.before(before):
            stored = repeated(lambda p=pointer: self._table.get(p.partition, p.turn))
            # Nobody else looks for stale pointers, so the reader that meets one removes it.
            if stored and not pointer.names(stored.document):
                self._waiting.remove(pointer)
            elif stored:
                turns[pointer.partition, pointer.turn] = _turn(stored.document)
            if len(turns) == limit:
                break
        return list(turns.values())

    def forget(self, conversation: str, is_open: Callable[[str], bool]) -> bool:
        partition = _partition(conversation)
        if not repeated(lambda: self._mark_forgotten(partition, conversation, is_open)):
            return False
        self._recent.drop(partition, self._recent.get(partition))
        # Marked first: no turn can be added while the rows are removed, and a repeat removes what is left.
        repeated(lambda: self._remove_all(partition))
        return True

    def is_forgotten(self, conversation: str) -> bool:
        head = repeated(lambda: self._table.get(_partition(conversation), _HEAD))
        return bool(head and head.document["forgotten"])

    def knows_key(self, key: str) -> bool:
        return repeated(lambda: self._table.get(_key_partition(digest(key)), _POST)) is not None

    def ping(self) -> None:
        self._table.get("ping", _HEAD)

    def _conversation_of_key(self, post: Post, key: str) -> str:
        """Return the conversation of the key. A new key belongs to the post's conversation, or to a new one."""
        if post.conversation is not None:
            self._require_remembered(post.conversation)
        made = {"conversation": post.conversation or owned_id(post.owner, self._new_id()), "body_hash": post.body_hash}
        kept = repeated(lambda: self._kept(_key_partition(digest(key)), _POST, made))
        # The key of a forgotten conversation stays without its turn, so that it cannot be used again.
        if kept["conversation"] is None:
            raise forgotten_error(post.conversation)
        if kept["body_hash"] != post.body_hash:
            raise KeyMismatchError("The idempotency key was used with another body; nothing was stored.")
        return kept["conversation"]

    def _require_remembered(self, conversation: str) -> None:
        head = repeated(lambda: self._table.get(_partition(conversation), _HEAD))
        if head and head.document["forgotten"]:
            raise forgotten_error(conversation)

    def _claimed(self, conversation: str, post: Post) -> Turn:
        call = uuid.uuid4().hex
        # Filled by every attempt, since one whose answer was lost may have added its turn.
        tried: list[int] = []
        return _turn(repeated(lambda: self._claim_once(conversation, post, call, tried)))

    def _claim_once(self, conversation: str, post: Post, call: str, tried: list[int]) -> Document:
        partition = _partition(conversation)
        # A conversation that this post begins has no head, unless an attempt has written it and got no answer.
        begins = post.conversation is None and post.key is None and not tried
        head = None if begins else self._table.get(partition, _HEAD)
        if head and head.document["forgotten"]:
            raise forgotten_error(conversation)
        key = digest(post.key) if post.key is not None else None
        key_row = self._table.get(partition, f"k-{key}") if head and key else None
        if head and key_row:
            return self._repeat(head, self._turn_row(partition, key_row.document["number"]), post.at)
        # Without a key only the call's name tells whether an attempt with a lost answer has added its turn.
        for number in tried:
            written = self._table.get(partition, _row(number))
            if written and written.document["call"] == call:
                return written.document
        number = head.document["last"] + 1 if head else 1
        tried.append(number)
        made = _new_turn(conversation, number, post, call)
        counted = {"last": number, "forgotten": False}
        self._waiting.add(partition, made)
        writes = [
            Write("replace", _HEAD, counted, head.etag) if head else Write("insert", _HEAD, counted),
            Write("insert", _row(number), made),
        ]
        if key:
            writes.append(Write("insert", f"k-{key}", {"number": number}))
        self._recent.put(partition, self._table.write(partition, writes)[1])
        return made

    def _repeat(self, head: Stored, stored: Stored, at: datetime) -> Document:
        """Return the turn of a repeated key. A turn that ended in a problem begins a new attempt."""
        turn = stored.document["turn"]
        if turn["state"] != "problem":
            return stored.document
        reopened = {**turn, "attempt": turn["attempt"] + 1, "state": "claimed", "problem": None}
        document = {**stored.document, **_UNSTARTED, "turn": reopened, "claimed": timestamp(at)}
        self._waiting.add(stored.partition, document)
        writes = [
            # The head stays the same, and its ETag keeps out whoever forgets the conversation meanwhile.
            Write("replace", _HEAD, head.document, head.etag),
            Write("replace", stored.row, document, stored.etag),
        ]
        self._table.write(stored.partition, writes)
        return document

    def _move(self, turn: AttemptRef, state: str, changes: Document) -> Turn:
        """Change this attempt of the turn if it is in that state, and return the turn as stored."""

        def move(document: Document) -> Document | None:
            if not _is_attempt(document, turn) or document["turn"]["state"] != state:
                return None
            return {**document, "turn": {**document["turn"], **changes}}

        return _turn(self._update(turn, move))

    def _update(self, turn: AttemptRef, change: Callable[[Document], Document | None]) -> Document:
        return repeated(lambda: self._update_once(turn, change))

    def _update_once(self, turn: AttemptRef, change: Callable[[Document], Document | None]) -> Document:
        partition, row = _partition(turn.conversation), _row(turn.number)
        recent = self._recent.get(partition)
        stored = recent if recent and recent.row == row else self._table.get(partition, row)
        if stored is None:
            raise never_claimed_error(turn.conversation, turn.number)
        changed = change(stored.document)
        # Dropped first: a write that fails has met another writer, or nobody knows what it did.
        self._recent.drop(partition, recent)
        if changed is None:
            if stored is recent:
                self._require_current(stored)
            return stored.document
        # The write itself finds out whether a row in memory is as stored, by its ETag.
        [written] = self._table.write(partition, [Write("replace", row, changed, stored.etag)])
        self._recent.put(partition, written)
        if changed["turn"]["state"] not in UNDER_WAY:
            self._waiting.remove(WaitingTurn.of(partition, stored.document))
        return changed

    def _require_current(self, stored: Stored) -> None:
        """Raise `ConflictError` if the row has changed: then nothing may rest on it."""
        current = self._table.get(stored.partition, stored.row)
        if current is None or current.etag != stored.etag:
            raise ConflictError(f"The row {stored.row} has changed.")

    def _mark_forgotten(self, partition: str, conversation: str, is_open: Callable[[str], bool]) -> bool:
        head = self._table.get(partition, _HEAD)
        if head is None or head.document["forgotten"]:
            return head is not None
        turns = [_turn(stored.document) for stored in self._table.rows(partition, "n-", "n.")]
        under_way = any(turn.state in UNDER_WAY for turn in turns)
        if under_way or any(is_open(call.trip) for turn in turns for call in turn.calls):
            raise ConversationBusyError(f"Something of the conversation {conversation} is still under way.")
        self._table.write(partition, [Write("replace", _HEAD, {"last": len(turns), "forgotten": True}, head.etag)])
        return True

    def _remove_all(self, partition: str) -> None:
        """Remove all rows but the head of a forgotten conversation, and its id from the partitions of its keys."""
        rows = [stored for stored in self._table.rows(partition) if stored.row != _HEAD]
        for stored in rows:
            # The partitions of the keys come first: these rows are all that names them.
            if stored.row.startswith("k-"):
                self._table.write(stored.row, [Write("put", _POST, _NO_POST)])
        for start in range(0, len(rows), MOST_IN_BATCH):
            batch = [Write("delete", stored.row) for stored in rows[start : start + MOST_IN_BATCH]]
            self._table.write(partition, batch)

    def _turn_row(self, partition: str, number: int) -> Stored:
        stored = self._table.get(partition, _row(number))
        if stored is None:
            raise ConflictError(f"Turn {number} is being removed.")
        return stored

    def _kept(self, partition: str, row: str, made: Document) -> Document:
        """Return the stored document; write and return `made` if there is none."""
        stored = self._table.get(partition, row)
        if stored:
            return stored.document
        self._table.write(partition, [Write("insert", row, made)])
        return made


def _partition(conversation: str) -> str:
    return f"c-{digest(conversation)}"


def _key_partition(key: str) -> str:
    return f"k-{key}"


def _row(number: int) -> str:
    return f"n-{number:09}"


def _new_turn(conversation: str, number: int, post: Post, call: str) -> Document:
    turn = Turn(
        conversation=conversation,
        number=number,
        attempt=1,
        state="claimed",
        message=post.message,
        options=post.options,
        created=post.at,
        asked=post.asked,
    )
    document = {"turn": turn.model_dump(mode="json"), "claimed": timestamp(post.at), "call": call}
    return {**document, **_UNSTARTED}


def _quoted(quote: ShownQuote | None) -> Document:
    """Return the field of the quote that a reply asks about; none is stored without one."""
    return {"quote": quote.model_dump(mode="json")} if quote else {}


def _turn(document: Document) -> Turn:
    return Turn.model_validate(document["turn"])


def _is_attempt(document: Document, turn: AttemptRef) -> bool:
    """Return whether the stored turn is still at this attempt."""
    return document["turn"]["attempt"] == turn.attempt


def _may_start(document: Document, turn: Turn, at: str, again: bool) -> bool:
    state, started, lease = document["turn"]["state"], document["started"], document["lease"]
    is_unstarted = state == "claimed" and not started
    may_start_again = again and state in UNDER_WAY
    # The lease protects a start in progress; a start that was reported has no use for it any more.
    is_free = started or lease is None or lease <= at
    return _is_attempt(document, turn) and (is_unstarted or may_start_again) and is_free
