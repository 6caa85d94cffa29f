"""The simulated airline, hotel and car hire: one class, made once for each kind of component."""

from dataclasses import replace

from domain.amount import Money
from domain.components import COMPONENTS, ComponentKind
from domain.ids import confirmation_id
from domain.trip.outcomes import Refusal
from suppliers.book import BookTransaction
from suppliers.catalogue import CATALOGUE, booking_details
from suppliers.deliveries import Deliveries
from suppliers.pieces import legs_of, pieces_of
from suppliers.ports import Booking, Order, Price, Request, Tombstone, confirm_request, hold_request
from suppliers.prices import PriceList
from suppliers.simulator import Simulator

_HOLD_GONE = Refusal(code="hold_gone", message="The hold has expired or was released; nothing is booked.")
_PRICE_CHANGED = Refusal(code="price_changed", message="The price is no longer the one that was agreed.")


class SimulatedBookingSupplier(Simulator[Booking]):
    """The `BookingSupplier` port."""

    def __init__(self, kind: ComponentKind, deliveries: Deliveries[Booking], price: PriceList) -> None:
        super().__init__(deliveries)
        self._kind: ComponentKind = kind
        self._entry = CATALOGUE[kind]
        self._price = price

    def hold(self, key: str, order: Order) -> Booking | Refusal:
        """Hold the order; see the port. Raises `ValueError` for an order of another kind."""
        self._require_kind(order)
        request = hold_request(key, order.destination, order.date, order.units, order.shape)
        return self._act(key, request, lambda transaction: self._hold(transaction, key, order), undoable=True)

    def quote(self, key: str, order: Order) -> Price:
        """Return the price; see the port. Raises `ValueError` for an order of another kind."""
        self._require_kind(order)
        amount = self._price_of(order)
        return self._deliveries.enquire("quote", key, Price(amount, self._deliveries.settings.cancel_fee(amount)))

    def confirm(self, key: str, target: str, price: Money) -> Booking | Refusal:
        request = confirm_request(target, price)
        return self._act(
            key, request, lambda transaction: self._confirm(transaction, key, target, price), undoable=True
        )

    def cancel(self, key: str, target: str, made_by: Request | None = None) -> Booking | Tombstone | Refusal:
        return self._undo(key, Request("cancel", target), made_by, self._cancelled)

    def terms(self, target: str) -> Money | None:
        def fee_of_confirmed(transaction: BookTransaction[Booking]) -> Money | None:
            booking = transaction.item(target)
            return self._fee(booking) if booking and booking.status == "confirmed" else None

        return self._deliveries.deliver("terms", target, fee_of_confirmed)

    def _require_kind(self, order: Order) -> None:
        if order.kind != self._kind:
            raise ValueError(f"{order.kind} can't be booked with a company for {self._kind}")

    def _price_of(self, order: Order) -> Money:
        unit_price = self._price(self._kind, order.destination, order.units)
        return Money(currency=unit_price.currency, minor=unit_price.minor * pieces_of(order) * legs_of(order))

    def _hold(self, transaction: BookTransaction[Booking], key: str, order: Order) -> Booking | Refusal:
        refusal = self._deliveries.refusal(self._entry.refused_by, key, "sold_out", self._entry.sold_out)
        if refusal:
            return refusal
        # A confirmation is short enough for a traveller to read out, so two keys can draw the same one.
        collision = 0
        while True:
            booking = Booking(
                key=key,
                kind=self._kind,
                confirmation=confirmation_id(COMPONENTS[self._kind], order.booked_at, key, collision),
                amount=self._deliveries.settings.held_price(self._price_of(order), key),
                details=booking_details(key, order),
                status="held",
                expires=self._deliveries.clock() + self._deliveries.settings.hold,
                destination=order.destination,
                date=order.date,
                units=order.units,
                shape=order.shape,
            )
            if transaction.add_item(booking, booking.confirmation):
                return booking
            collision += 1

    def _confirm(self, transaction: BookTransaction[Booking], key: str, target: str, price: Money) -> Booking | Refusal:
        booking = self._current_item(transaction, target)
        if booking is None or booking.status not in ("held", "confirmed"):
            return _HOLD_GONE
        # The traveller agreed to one price, so a confirmation at any other is refused.
        if booking.amount != price:
            return _PRICE_CHANGED
        if booking.status == "held":
            refusal = self._deliveries.refusal("SIM_PRICE_CHANGE", key, "price_changed", _PRICE_CHANGED.message)
            if refusal:
                return refusal
            # The book keeps the fee of this moment, because the terms may change before the booking is cancelled.
            booking = replace(booking, status="confirmed", cancel_fee=self._fee(booking))
            transaction.change_item(booking)
        return booking

    def _cancelled(self, booking: Booking) -> Booking:
        if booking.status == "held":
            # A hold costs nothing to give up.
            return replace(booking, status="released")
        if booking.status == "confirmed":
            return replace(booking, status="cancelled", fee=self._fee(booking))
        return booking

    def _fee(self, booking: Booking) -> Money:
        return self._deliveries.settings.cancel_fee(booking.amount)
