"""Conversations in Azure Table Storage.

A conversation is a partition: `head` counts its turns, `n-…` are turns, `k-…` tell which turn an idempotency key stands
for. Whatever adds a turn or a new attempt replaces the head under its etag. A key also has a partition of its own,
written first, which tells to which conversation it belongs, so that posts without a conversation find theirs.
"""

import secrets
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from domain.conversation.turn import Draft, Problem, TripCall, Turn
from storage.table_account import Account
from storage.table_errors import ConflictError
from stores.clock import timestamp
from stores.conversations import ConversationBusyError, ConversationForgottenError, KeyMismatchError, Post
from stores.tables.service import MOST_IN_BATCH, Document, Stored, Table, Write, repeated
from stores.tables.turns import UNDER_WAY, WaitingTurn, WaitingTurns
from stores.turn_rules import START_LEASE, digest, forgotten, never_claimed, new_conversation_id

_HEAD, _POST = "head", "post"
_NO_POST: Document = {"conversation": None, "body_hash": None}
_UNSTARTED: Document = {"lease": None, "started": False, "starter": None}
_WINDOW = 50


class TableConversations:
    """The `Conversations` port."""

    def __init__(self, account: Account, new_id: Callable[[], str] = new_conversation_id) -> None:
        self._table = Table(account, "conversations")
        self._waiting = WaitingTurns(Table(account, "lists"))
        self._new_id = new_id
        self._secret: bytes | None = None

    def installation_secret(self) -> bytes:
        if self._secret is None:
            made = {"value": secrets.token_hex(32)}
            stands = repeated(lambda: self._kept("installation", "secret", made))
            self._secret = bytes.fromhex(stands["value"])
        return self._secret

    def claim(self, post: Post) -> Turn:
        if post.key is None:
            return self._claimed(post.conversation or self._new_id(), post)
        conversation = self._conversation_of_key(post, post.key)
        try:
            return self._claimed(conversation, post)
        except ConversationForgottenError:
            partition = _key_partition(digest(post.key))
            repeated(lambda: self._table.write(partition, [Write("put", _POST, _NO_POST)]))
            raise

    def take_start(self, turn: Turn, at: datetime, *, again: bool = False) -> bool:
        call = uuid.uuid4().hex

        def take(known: Document) -> Document | None:
            if known["starter"] == call or not _may_start(known, turn, timestamp(at), again):
                return None
            return {**known, "lease": timestamp(at + START_LEASE), "started": False, "starter": call}

        return self._update(turn, take)["starter"] == call

    def started(self, turn: Turn) -> None:
        self._update(turn, lambda known: {**known, "started": True} if _of(turn)(known) else None)

    def turn(self, conversation: str, number: int) -> Turn | None:
        stored = repeated(lambda: self._table.get(_partition(conversation), _row(number)))
        return _turn(stored.document) if stored else None

    def finished_before(self, conversation: str, number: int, limit: int) -> Sequence[Turn]:
        found: list[Turn] = []
        end = number
        while end > 1 and len(found) < limit:
            first = max(1, end - _WINDOW)
            rows = repeated(lambda f=first, e=end: self._table.rows(_partition(conversation), _row(f), _row(e)))
            found = [_turn(stored.document) for stored in rows if stored.document["turn"]["state"] == "done"] + found
            end = first
        return found[-limit:]

    def decide(self, turn: Turn, calls: Sequence[TripCall], reply: str | None, draft: Draft | None, model: str) -> Turn:
        decided = {
            "state": "decided" if reply is None else "done",
            "calls": [call.model_dump(mode="json") for call in calls],
            "reply": reply,
            "draft": draft.model_dump(mode="json") if draft else None,
            "model": model,
        }
        return self._move(turn, "claimed", decided)

    def finish(self, turn: Turn, reply: str) -> Turn:
        return self._move(turn, "decided", {"state": "done", "reply": reply})

    def fail(self, turn: Turn, problem: Problem) -> Turn:
        return self._move(turn, "claimed", {"state": "problem", "problem": problem.model_dump(mode="json")})

    def stale_turns(self, before: datetime, limit: int) -> Sequence[Turn]:
        found: dict[tuple[str, str], Turn] = {}
        for pointer in self._waiting.before(before):
            stored = repeated(lambda p=pointer: self._table.get(p.partition, p.turn))
            if stored and not pointer.names(stored.document):
                self._waiting.remove(pointer)
            elif stored:
                found[pointer.partition, pointer.turn] = _turn(stored.document)
            if len(found) == limit:
                break
        return list(found.values())

    def forget(self, conversation: str, is_open: Callable[[str], bool]) -> bool:
        partition = _partition(conversation)
        if not repeated(lambda: self._mark_forgotten(partition, conversation, is_open)):
            return False
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
        """The conversation that the key stands for; with a new key the post's own, or a new one."""
        if post.conversation is not None:
            self._require_remembered(post.conversation)
        made = {"conversation": post.conversation or self._new_id(), "body_hash": post.body_hash}
        known = repeated(lambda: self._kept(_key_partition(digest(key)), _POST, made))
        if known["conversation"] is None:
            raise forgotten(post.conversation)
        if known["body_hash"] != post.body_hash:
            raise KeyMismatchError("The idempotency key was used with another body; nothing was stored.")
        return known["conversation"]

    def _require_remembered(self, conversation: str) -> None:
        head = repeated(lambda: self._table.get(_partition(conversation), _HEAD))
        if head and head.document["forgotten"]:
            raise forgotten(conversation)

    def _claimed(self, conversation: str, post: Post) -> Turn:
        call = uuid.uuid4().hex
        tried: list[int] = []
        return _turn(repeated(lambda: self._claim_once(conversation, post, call, tried)))

    def _claim_once(self, conversation: str, post: Post, call: str, tried: list[int]) -> Document:
        partition = _partition(conversation)
        head = self._table.get(partition, _HEAD)
        if head and head.document["forgotten"]:
            raise forgotten(conversation)
        key = digest(post.key) if post.key is not None else None
        if head and key and (named := self._table.get(partition, f"k-{key}")):
            return self._again(head, self._standing(partition, named.document["number"]), post.at)
        for number in tried:
            mine = self._table.get(partition, _row(number))
            if mine and mine.document["call"] == call:
                return mine.document
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
        self._table.write(partition, writes)
        return made

    def _again(self, head: Stored, stored: Stored, at: datetime) -> Document:
        """The turn that a repeated key stands for; one that ended in a problem begins a new attempt."""
        turn = stored.document["turn"]
        if turn["state"] != "problem":
            return stored.document
        reopened = {**turn, "attempt": turn["attempt"] + 1, "state": "claimed", "problem": None}
        known = {**stored.document, **_UNSTARTED, "turn": reopened, "claimed": timestamp(at)}
        self._waiting.add(stored.partition, known)
        writes = [
            Write("replace", _HEAD, head.document, head.etag),
            Write("replace", stored.row, known, stored.etag),
        ]
        self._table.write(stored.partition, writes)
        return known

    def _move(self, turn: Turn, state: str, changes: Document) -> Turn:
        """Change this attempt of the turn if it is in that state; what stands then."""

        def move(known: Document) -> Document | None:
            if not _of(turn)(known) or known["turn"]["state"] != state:
                return None
            return {**known, "turn": {**known["turn"], **changes}}

        return _turn(self._update(turn, move))

    def _update(self, turn: Turn, change: Callable[[Document], Document | None]) -> Document:
        return repeated(lambda: self._update_once(turn, change))

    def _update_once(self, turn: Turn, change: Callable[[Document], Document | None]) -> Document:
        partition = _partition(turn.conversation)
        stored = self._table.get(partition, _row(turn.number))
        if stored is None:
            raise never_claimed(turn.conversation, turn.number)
        changed = change(stored.document)
        if changed is None:
            return stored.document
        self._table.write(partition, [Write("replace", stored.row, changed, stored.etag)])
        if changed["turn"]["state"] not in UNDER_WAY:
            self._waiting.remove(WaitingTurn.of(partition, stored.document))
        return changed

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
        """Everything but the head of a conversation that was forgotten, and what its keys tell of it."""
        rows = [stored for stored in self._table.rows(partition) if stored.row != _HEAD]
        for stored in rows:
            if stored.row.startswith("k-"):
                self._table.write(stored.row, [Write("put", _POST, _NO_POST)])
        for start in range(0, len(rows), MOST_IN_BATCH):
            batch = [Write("delete", stored.row) for stored in rows[start : start + MOST_IN_BATCH]]
            self._table.write(partition, batch)

    def _standing(self, partition: str, number: int) -> Stored:
        stored = self._table.get(partition, _row(number))
        if stored is None:
            raise ConflictError(f"Turn {number} is being removed.")
        return stored

    def _kept(self, partition: str, row: str, made: Document) -> Document:
        """What stands there; what was made if nothing does."""
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
    )
    known = {"turn": turn.model_dump(mode="json"), "claimed": timestamp(post.at), "call": call}
    return {**known, **_UNSTARTED}


def _turn(known: Document) -> Turn:
    return Turn.model_validate(known["turn"])


def _of(turn: Turn) -> Callable[[Document], bool]:
    """Whether a document still is of this attempt at the turn."""
    return lambda known: known["turn"]["attempt"] == turn.attempt


def _may_start(known: Document, turn: Turn, at: str, again: bool) -> bool:
    state, started, lease = known["turn"]["state"], known["started"], known["lease"]
    unstarted = state == "claimed" and not started
    return (
        _of(turn)(known) and (unstarted or (again and state in UNDER_WAY)) and (started or lease is None or lease <= at)
    )
