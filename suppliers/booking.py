"""The simulated airline, hotel and car hire company: one class, told apart by what they sell."""

import json
from functools import partial

from domain.components import COMPONENTS, ComponentKind
from domain.ids import confirmation_id
from domain.outcomes import Refusal
from suppliers.book import Page, Record
from suppliers.counter import Counter, require_same_arguments, undo
from suppliers.dials import REJECTING
from suppliers.facts import facts
from suppliers.ports import Booking, Order, Tombstone
from suppliers.prices import price

_SOLD_OUT: dict[ComponentKind, str] = {
    "flight": "The airline has no seat left on that day.",
    "hotel": "The hotel has no room left for those nights.",
    "car_hire": "The car hire company has no car left for those days.",
}


class SimulatedBookingSupplier:
    """The `BookingSupplier` port."""

    def __init__(self, kind: ComponentKind, counter: Counter) -> None:
        self._kind: ComponentKind = kind
        self._counter = counter

    def book(self, key: str, order: Order) -> Booking | Refusal:
        if order.kind != self._kind:
            raise ValueError(f"{order.kind} can't be booked with a company for {self._kind}")
        return self._counter.deliver("book", key, partial(self._book, key, order))

    def cancel(self, key: str) -> Booking | Tombstone:
        undone = self._counter.deliver("cancel", key, lambda page: undo(page, key))
        return self._booking(undone) if undone else Tombstone(key)

    def find(self, key: str) -> Booking | Refusal | Tombstone | None:
        record = self._counter.look_up(key)
        if record is None:
            return None
        if record.state == "tombstone":
            return Tombstone(key)
        return record.refusal or self._booking(record)

    def _book(self, key: str, order: Order, page: Page) -> Booking | Refusal:
        arguments = _arguments(order)
        known = page.find(key)
        if known is None:
            known = self._decide(key, order, arguments, page)
        require_same_arguments(known, arguments)
        if known.state == "tombstone":
            return Refusal(
                code="cancelled_before_arrival", message="The order was cancelled before it arrived; nothing is booked."
            )
        if known.state == "undone":
            return Refusal(code="cancelled", message="The booking was cancelled; it is not made again.")
        return known.refusal or self._booking(known)

    def _decide(self, key: str, order: Order, arguments: str, page: Page) -> Record:
        """Accept or refuse an order that came for the first time, and write that down."""
        if refusal := self._counter.refusal(REJECTING[self._kind], key, "sold_out", _SOLD_OUT[self._kind]):
            record = Record(key, "refused", arguments, refusal=refusal)
            page.add(record)
            return record
        collision = 0
        while True:
            record = Record(
                key,
                "done",
                arguments,
                reference=confirmation_id(COMPONENTS[self._kind], order.booked_at, key, collision),
                amount=price(self._kind, order.destination, order.units),
                details=facts(key, order),
            )
            if page.add(record):
                return record
            collision += 1

    def _booking(self, record: Record) -> Booking:
        if record.reference is None or record.amount is None:
            raise AssertionError(f"{record.key} has no booking in the book")
        return Booking(
            key=record.key,
            kind=self._kind,
            confirmation=record.reference,
            amount=record.amount,
            details=record.details or {},
            status="booked" if record.state == "done" else "cancelled",
        )


def _arguments(order: Order) -> str:
    """What makes two orders the same: not the time of booking, which belongs to one run."""
    return json.dumps([order.destination, order.date.isoformat(), order.units])
