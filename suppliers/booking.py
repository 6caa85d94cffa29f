"""The simulated airline, hotel and car hire company: one class, told apart by what they sell."""

from dataclasses import replace

from domain.amount import Money
from domain.components import COMPONENTS, ComponentKind
from domain.ids import confirmation_id
from domain.trip.outcomes import Refusal
from suppliers.book import BookPage
from suppliers.company import Company
from suppliers.counter import Counter
from suppliers.dials import REJECTING
from suppliers.facts import facts
from suppliers.ports import Booking, Order, Request, Tombstone, confirm_request, hold_request
from suppliers.prices import PriceList

_SOLD_OUT: dict[ComponentKind, str] = {
    "flight": "The airline has no seat left on that day.",
    "hotel": "The hotel has no room left for those nights.",
    "car_hire": "The car hire company has no car left for those days.",
}
_HOLD_GONE = Refusal(code="hold_gone", message="The hold has expired or was released; nothing is booked.")
_PRICE_CHANGED = Refusal(code="price_changed", message="The price is no longer the one that was agreed.")


class SimulatedBookingSupplier(Company[Booking]):
    """The `BookingSupplier` port."""

    def __init__(self, kind: ComponentKind, counter: Counter[Booking], price: PriceList) -> None:
        super().__init__(counter)
        self._kind: ComponentKind = kind
        self._price = price

    def hold(self, key: str, order: Order) -> Booking | Refusal:
        if order.kind != self._kind:
            raise ValueError(f"{order.kind} can't be booked with a company for {self._kind}")
        request = hold_request(key, order.destination, order.date, order.units)
        return self._act(key, request, lambda page: self._hold(page, key, order), undoable=True)

    def confirm(self, key: str, target: str, price: Money) -> Booking | Refusal:
        request = confirm_request(target, price)
        return self._act(key, request, lambda page: self._confirm(page, key, target, price), undoable=True)

    def cancel(self, key: str, target: str, made_by: Request | None = None) -> Booking | Tombstone | Refusal:
        return self._undo(key, Request("cancel", target), made_by, self._cancelled)

    def terms(self, target: str) -> Money | None:
        def look(page: BookPage[Booking]) -> Money | None:
            booking = page.item(target)
            return self._fee(booking) if booking and booking.status == "confirmed" else None

        return self._counter.deliver("terms", target, look)

    def _hold(self, page: BookPage[Booking], key: str, order: Order) -> Booking | Refusal:
        if refusal := self._counter.refusal(REJECTING[self._kind], key, "sold_out", _SOLD_OUT[self._kind]):
            return refusal
        collision = 0
        while True:
            booking = Booking(
                key=key,
                kind=self._kind,
                confirmation=confirmation_id(COMPONENTS[self._kind], order.booked_at, key, collision),
                amount=self._price(self._kind, order.destination, order.units),
                details=facts(key, order),
                status="held",
                expires=self._counter.clock() + self._counter.dials.hold,
                destination=order.destination,
                date=order.date,
                units=order.units,
            )
            if page.add_item(booking, booking.confirmation):
                return booking
            collision += 1

    def _confirm(self, page: BookPage[Booking], key: str, target: str, price: Money) -> Booking | Refusal:
        booking = self._standing(page, target)
        if booking is None or booking.status not in ("held", "confirmed"):
            return _HOLD_GONE
        if booking.amount != price:
            return _PRICE_CHANGED
        if booking.status == "held":
            if refusal := self._counter.refusal("SIM_PRICE_CHANGE", key, "price_changed", _PRICE_CHANGED.message):
                return refusal
            booking = replace(booking, status="confirmed", cancel_fee=self._fee(booking))
            page.change_item(booking)
        return booking

    def _cancelled(self, booking: Booking) -> Booking:
        if booking.status == "held":
            return replace(booking, status="released")
        if booking.status == "confirmed":
            return replace(booking, status="cancelled", fee=self._fee(booking))
        return booking

    def _fee(self, booking: Booking) -> Money:
        return self._counter.dials.cancel_fee(booking.amount)
