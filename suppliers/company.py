"""What every simulated company does alike: one answer for every key, enquiries, and tombstones."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic

from domain.trip.outcomes import Refusal
from suppliers.book import BookPage, Item, Record, component_of, request_of, text_of
from suppliers.counter import Counter
from suppliers.ports import Booking, Enquiry, KeyConflictError, Payment, Request, Tombstone

_UNDONE = ("released", "cancelled", "voided", "refunded")
_CANCELLED = Refusal(code="cancelled", message="This has been cancelled or given back since; it is not done again.")
_CLOSED = Refusal(code="cancelled_before_arrival", message="This was cancelled before it arrived; nothing was done.")


class Company(Generic[Item]):
    """Keeps items (bookings or payments), each under the key of the hold or authorization that made it."""

    def __init__(self, counter: Counter[Item]) -> None:
        self._counter = counter

    def find(self, key: str) -> Enquiry:
        def look(page: BookPage[Item]) -> Enquiry:
            return Enquiry("pending") if page.pending(key, self._counter.clock()) else self._answered(page, key)

        return self._counter.deliver("find", key, look)

    def close(self, key: str) -> Enquiry:
        def shut(page: BookPage[Item]) -> Enquiry:
            _leave_tombstone(page, key)
            return self._answered(page, key)

        return self._counter.deliver("close", key, shut)

    def _act(
        self,
        key: str,
        request: Request,
        decide: Callable[[BookPage[Item]], Item | Refusal],
        *,
        undoable: bool = False,
    ) -> Item | Refusal:
        """Return the key's first answer, which is decided and written down now if the key never arrived before.

        What is `undoable` is refused once the target has been undone.
        """

        def act(page: BookPage[Item]) -> Item | Refusal:
            record = self._first(page, key, request, decide)
            item = page.item(request.target)
            if undoable and record.answer and item and item.status in _UNDONE:
                return _CANCELLED
            answer = record.refusal or record.answer
            if answer is None:
                raise AssertionError(f"{key} has no answer in the book")
            return answer

        return self._counter.deliver(request.operation, key, act)

    def _undo(
        self, key: str, request: Request, made_by: Request | None, change: Callable[[Item], Item | Refusal]
    ) -> Item | Refusal | Tombstone:
        """Change the target once, or leave a tombstone where it never arrived; the key's first answer."""
        target = request.target

        def decide(page: BookPage[Item]) -> Item | Refusal | None:
            item = page.item(target)
            if item is None:
                _leave_tombstone(page, target)
                return None
            changed = change(item)
            if not isinstance(changed, Refusal):
                page.change_item(changed)
            return changed

        def act(page: BookPage[Item]) -> Item | Refusal | Tombstone:
            _require_made_by(page, target, made_by)
            record = self._first(page, key, request, decide)
            return record.refusal or record.answer or Tombstone(target)

        return self._counter.deliver(request.operation, key, act)

    def _standing(self, page: BookPage[Item], key: str) -> Item | None:
        """The item as it is now: what was neither confirmed nor captured in time has gone."""
        item = page.item(key)
        if item is None or self._counter.clock() < item.expires:
            return item
        return _expired(item)

    def _first(
        self,
        page: BookPage[Item],
        key: str,
        request: Request,
        decide: Callable[[BookPage[Item]], Item | Refusal | None],
    ) -> Record[Item]:
        """Return the key's record; for a closed key one with a refusal that is not written down."""
        target = request.target
        if component_of(key) != component_of(target):
            raise ValueError(f"{key} and {target} belong to different components; nothing was done.")
        text = text_of(request)
        record = page.record(key)
        if record is None:
            answer = decide(page)
            if isinstance(answer, Refusal):
                record = Record[Item](key, "refused", text, target, refusal=answer)
            else:
                record = Record(key, "done", text, target, answer)
            page.add_record(record)
        if record.state == "closed":
            return replace(record, refusal=_CLOSED)
        if record.arguments != text:
            raise KeyConflictError(f"The key {key} was used with other arguments; nothing was done.")
        return record

    def _answered(self, page: BookPage[Item], key: str) -> Enquiry:
        record = page.record(key)
        if record is None:
            return Enquiry("not_found")
        item = self._standing(page, record.target) if record.state == "done" and record.target else None
        return Enquiry(
            record.state,
            booking=item if isinstance(item, Booking) else None,
            payment=item if isinstance(item, Payment) else None,
            refusal=record.refusal,
            request=request_of(record.arguments) if record.arguments else None,
        )


def _require_made_by(page: BookPage[Any], target: str, made_by: Request | None) -> None:
    """Raise `KeyConflictError` where the target was used for another call than the one that is to be undone."""
    record = page.record(target)
    if made_by and record and record.arguments and record.arguments != text_of(made_by):
        raise KeyConflictError(f"The key {target} was used with other arguments; nothing was undone.")


def _leave_tombstone(page: BookPage[Any], key: str) -> None:
    if page.record(key) is None:
        page.add_record(Record(key, "closed"))


def _expired(item: Item) -> Item:
    if isinstance(item, Booking):
        return replace(item, status="released") if item.status == "held" else item
    return replace(item, status="voided") if item.status == "authorized" else item
