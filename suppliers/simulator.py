"""The rules that all simulated suppliers share: one answer for every key, enquiries, and tombstones."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic

from domain.trip.outcomes import Refusal
from suppliers.book import BookTransaction, Item, Record, component_of, request_of, text_of
from suppliers.deliveries import Deliveries
from suppliers.ports import Booking, Enquiry, KeyConflictError, Payment, Request, Tombstone

_UNDONE = ("released", "cancelled", "voided", "refunded")
_CANCELLED = Refusal(code="cancelled", message="This has been cancelled or given back since; it is not done again.")
_CLOSED = Refusal(code="cancelled_before_arrival", message="This was cancelled before it arrived; nothing was done.")


class Simulator(Generic[Item]):
    """A supplier that keeps items (bookings or payments), each under the key of its hold or authorization."""

    def __init__(self, deliveries: Deliveries[Item]) -> None:
        self._deliveries = deliveries

    def find(self, key: str) -> Enquiry:
        """Return the state of the key. Raises `SupplierFault`."""

        def look_up(transaction: BookTransaction[Item]) -> Enquiry:
            # An answer that is still on its way counts as pending, although the book has it already.
            if transaction.pending(key, self._deliveries.clock()):
                return Enquiry("pending")
            return self._enquiry(transaction, key)

        return self._deliveries.deliver("find", key, look_up)

    def close(self, key: str) -> Enquiry:
        """Leave a tombstone under a key that never arrived, and return the state of the key. Raises `SupplierFault`."""

        def close_key(transaction: BookTransaction[Item]) -> Enquiry:
            _leave_tombstone(transaction, key)
            return self._enquiry(transaction, key)

        return self._deliveries.deliver("close", key, close_key)

    def _act(
        self,
        key: str,
        request: Request,
        decide: Callable[[BookTransaction[Item]], Item | Refusal],
        *,
        undoable: bool = False,
    ) -> Item | Refusal:
        """Return the key's first answer; `decide` makes it if the key never arrived before.

        An `undoable` operation is refused once its target has been undone.
        """

        def act(transaction: BookTransaction[Item]) -> Item | Refusal:
            record = self._first_record(transaction, key, request, decide)
            item = transaction.item(request.target)
            # The caller of a repeat must not take the first answer for the present state.
            if undoable and record.answer and item and item.status in _UNDONE:
                return _CANCELLED
            first_answer = record.refusal or record.answer
            if first_answer is None:
                raise AssertionError(f"{key} has no answer in the book")
            return first_answer

        return self._deliveries.deliver(request.operation, key, act)

    def _undo(
        self, key: str, request: Request, made_by: Request | None, change: Callable[[Item], Item | Refusal]
    ) -> Item | Refusal | Tombstone:
        """Change the target once, or leave a tombstone if it never arrived. Return the key's first answer."""
        target = request.target

        def decide(transaction: BookTransaction[Item]) -> Item | Refusal | None:
            item = transaction.item(target)
            if item is None:
                # The call to be undone may still arrive, and then has to be refused.
                _leave_tombstone(transaction, target)
                return None
            changed = change(item)
            # A refused undoing has its answer in the record and leaves the item as it is.
            if not isinstance(changed, Refusal):
                transaction.change_item(changed)
            return changed

        def act(transaction: BookTransaction[Item]) -> Item | Refusal | Tombstone:
            _require_made_by(transaction, target, made_by)
            record = self._first_record(transaction, key, request, decide)
            return record.refusal or record.answer or Tombstone(target)

        return self._deliveries.deliver(request.operation, key, act)

    def _current_item(self, transaction: BookTransaction[Item], key: str) -> Item | None:
        """Return the item as it is now: released or voided if it was not confirmed or captured in time."""
        # Expiry is derived from the clock when an item is read; no job writes it into the book.
        item = transaction.item(key)
        if item is None or self._deliveries.clock() < item.expires:
            return item
        return _expired(item)

    def _first_record(
        self,
        transaction: BookTransaction[Item],
        key: str,
        request: Request,
        decide: Callable[[BookTransaction[Item]], Item | Refusal | None],
    ) -> Record[Item]:
        """Return the key's record, made by `decide` if there is none. A closed key gets an unwritten refusal.

        Raises `ValueError` if key and target belong to different components, and `KeyConflictError` if the key was used
        for another request.
        """
        target = request.target
        # A book is changed by one writer for each component, which must cover both keys.
        if component_of(key) != component_of(target):
            raise ValueError(f"{key} and {target} belong to different components; nothing was done.")
        text = text_of(request)
        record = transaction.record(key)
        if record is None:
            record = _new_record(key, text, target, decide(transaction))
            transaction.add_record(record)
        # Before the arguments are compared: a closed key has none.
        if record.state == "closed":
            return replace(record, refusal=_CLOSED)
        if record.arguments != text:
            raise KeyConflictError(f"The key {key} was used with other arguments; nothing was done.")
        return record

    def _enquiry(self, transaction: BookTransaction[Item], key: str) -> Enquiry:
        record = transaction.record(key)
        if record is None:
            return Enquiry("not_found")
        item = self._current_item(transaction, record.target) if record.state == "done" and record.target else None
        return Enquiry(
            record.state,
            booking=item if isinstance(item, Booking) else None,
            payment=item if isinstance(item, Payment) else None,
            refusal=record.refusal,
            request=request_of(record.arguments) if record.arguments else None,
        )


def _new_record(key: str, text: str, target: str, decided: Item | Refusal | None) -> Record[Item]:
    if isinstance(decided, Refusal):
        return Record[Item](key, "refused", text, target, refusal=decided)
    return Record[Item](key, "done", text, target, decided)


def _require_made_by(transaction: BookTransaction[Any], target: str, made_by: Request | None) -> None:
    """Raise `KeyConflictError` if the target was used for another call than the one to be undone."""
    record = transaction.record(target)
    # A tombstone has no arguments: nothing was made under it that another trip could own.
    if made_by and record and record.arguments and record.arguments != text_of(made_by):
        raise KeyConflictError(f"The key {target} was used with other arguments; nothing was undone.")


def _leave_tombstone(transaction: BookTransaction[Any], key: str) -> None:
    if transaction.record(key) is None:
        transaction.add_record(Record(key, "closed"))


def _expired(item: Item) -> Item:
    if isinstance(item, Booking):
        return replace(item, status="released") if item.status == "held" else item
    return replace(item, status="voided") if item.status == "authorized" else item
