"""Lists of one owner: its conversations, and its turns that may be under way.

`talks-…` has a pointer to each conversation, written before its first turn. `turns-of-…` has a pointer to each of the
last turns, and a gate that every writer replaces under its ETag, so that of two writers one reads what the other has
added. A pointer of a turn that has ended is removed by the next writer that finds no room.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.ids import split_owned_id
from storage.table_account import Account
from stores.clock import timestamp
from stores.tables.service import Stored, Table, Write, repeated
from stores.tables.turns import WaitingTurn
from stores.turn_rules import under_way_error

_GATE = "gate"
_GRACE = timedelta(minutes=1)
"""Time in which a turn may be written after its pointer."""


class OwnersLists:
    """The lists of all owners of one installation."""

    def __init__(self, account: Account) -> None:
        self._lists = Table(account, "lists")
        self._turns = Table(account, "conversations")

    def add_conversation(self, partition: str, conversation: str) -> None:
        """List a conversation that has an owner."""
        owner, _ = split_owned_id(conversation)
        if owner:
            self._lists.write(_talks(owner), [Write("put", partition, {"conversation": conversation})])

    def remove_conversation(self, partition: str, conversation: str) -> None:
        """Remove a conversation whose rows are removed."""
        owner, _ = split_owned_id(conversation)
        if owner:
            repeated(lambda: self._lists.write(_talks(owner), [Write("delete", partition)]))

    def conversations(self, owner: str, limit: int) -> Sequence[str]:
        """Return up to so many conversations of the owner."""
        rows = repeated(lambda: self._lists.page(_talks(owner), "", limit))
        return [stored.document["conversation"] for stored in rows]

    def add_turn(self, conversation: str, pointer: WaitingTurn, most: int) -> None:
        """List a turn that is about to be written. Raise `ConflictError`, and `TurnsUnderWayError` for one too many."""
        name = f"turns-of-{split_owned_id(conversation)[0] or ''}"
        rows = self._lists.rows(name)
        gates = [stored for stored in rows if stored.row == _GATE]
        others = [stored for stored in rows if stored.row not in (_GATE, pointer.row)]
        # Most owners have room, and then nobody looks at the turns.
        current = others if len(others) < most else [stored for stored in others if self._is_under_way(stored, pointer)]
        if len(current) >= most:
            raise under_way_error(most)
        gone = [Write("delete", stored.row) for stored in others if stored not in current]
        gate = Write("replace", _GATE, etag=gates[0].etag) if gates else Write("insert", _GATE)
        self._lists.write(name, [gate, Write("put", pointer.row, vars(pointer)), *gone])

    def _is_under_way(self, stored: Stored, new: WaitingTurn) -> bool:
        pointer = WaitingTurn(**stored.document)
        turn = self._turns.get(pointer.partition, pointer.turn)
        if turn is None:
            # Another post may be about to write it, unless its process has died.
            return pointer.claimed > timestamp(datetime.fromisoformat(new.claimed) - _GRACE)
        return pointer.names(turn.document)


def _talks(owner: str) -> str:
    return f"talks-{owner}"
