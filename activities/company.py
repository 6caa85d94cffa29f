"""What is said to suppliers and to the payment provider for each effect, and their answers as the ledger keeps them.

`ask` tells what a key has come to, None while nothing is known for certain; `act` sends it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from domain.effects import AuthorizeOrder, CancelOrder, CaptureOrder, ConfirmOrder, HoldOrder
from domain.facts import Refund
from domain.ids import effect_key
from domain.money import Money
from domain.outcomes import Refusal
from domain.records import Data
from suppliers.opening import Suppliers
from suppliers.ports import Booking, Enquiry, Order, Payment, Tombstone


@dataclass(frozen=True)
class Calls:
    """One effect at one company; `arguments` are what its key stands for."""

    arguments: Data
    ask: Callable[[], Data | None]
    act: Callable[[], Data]


def hold(suppliers: Suppliers, order: HoldOrder) -> Calls:
    supplier = suppliers.booking[order.kind]
    wanted = Order(
        kind=order.kind,
        destination=order.destination,
        date=order.date,
        units=order.units,
        booked_at=order.booked_at,
    )
    return Calls(
        arguments=order.model_dump(mode="json", include={"destination", "date", "units"}),
        ask=lambda: _known(supplier.find(order.key), _held),
        act=lambda: _held(supplier.hold(order.key, wanted)),
    )


def authorize(suppliers: Suppliers, order: AuthorizeOrder) -> Calls:
    payments = suppliers.payments
    return Calls(
        arguments=order.model_dump(mode="json", include={"amount", "confirmation"}),
        ask=lambda: _known(payments.find(order.key), _authorized),
        act=lambda: _authorized(payments.authorize(order.key, order.amount, order.confirmation)),
    )


def confirm(suppliers: Suppliers, order: ConfirmOrder) -> Calls:
    supplier = suppliers.booking[order.kind]
    target = effect_key(order.component, "hold", order.revision)
    return Calls(
        arguments=order.model_dump(mode="json", include={"price"}),
        ask=lambda: _known(supplier.find(order.key), _confirmed),
        act=lambda: _confirmed(supplier.confirm(order.key, target, order.price)),
    )


def capture(suppliers: Suppliers, order: CaptureOrder) -> Calls:
    payments = suppliers.payments
    target = effect_key(order.component, "authorize", order.revision)
    return Calls(
        arguments={},
        ask=lambda: _known(payments.find(order.key), _captured),
        act=lambda: _captured(payments.capture(order.key, target)),
    )


def cancel(suppliers: Suppliers, order: CancelOrder) -> Calls:
    supplier = suppliers.booking[order.kind]
    target = effect_key(order.component, "hold", order.revision)
    return Calls(
        arguments={"fee_agreed": order.fee_agreed},
        ask=lambda: _known(supplier.find(order.key), _cancelled),
        act=lambda: _cancelled(supplier.cancel(order.key, target)),
    )


def void(suppliers: Suppliers, order: CancelOrder) -> Calls:
    payments = suppliers.payments
    key = effect_key(order.component, "void", order.revision)
    target = effect_key(order.component, "authorize", order.revision)

    def voided(answer: Booking | Payment | Refusal | Tombstone) -> Data:
        if isinstance(answer, Refusal) and answer.code == "already_captured":
            return _captured(_payment(payments.find(target)))
        return _refused(answer) if isinstance(answer, Refusal) else {"status": "voided"}

    return Calls(
        arguments={},
        ask=lambda: _known(payments.find(key), voided),
        act=lambda: voided(payments.void(key, target)),
    )


def refund(suppliers: Suppliers, order: CancelOrder, due: Refund) -> Calls:
    payments = suppliers.payments
    key = effect_key(order.component, "refund", due.number)
    target = effect_key(order.component, "authorize", due.revision)

    def amount() -> Money:
        return Money(currency=_payment(payments.find(target)).amount.currency, minor=due.amount)

    def act() -> Data:
        back = amount()
        return _refunded(payments.refund(key, target, back), back)

    return Calls(
        arguments={"target": due.revision, "amount": due.amount},
        ask=lambda: _known(payments.find(key), lambda found: _refunded(found, amount())),
        act=act,
    )


def _known(enquiry: Enquiry, told: Callable[[Booking | Payment | Refusal | Tombstone], Data]) -> Data | None:
    """What an enquiry proves. Pending and not found prove nothing: the same key is sent again."""
    if enquiry.state not in ("done", "refused"):
        return None
    return told(enquiry.booking or enquiry.payment or enquiry.refusal or Tombstone(""))


def _payment(enquiry: Enquiry) -> Payment:
    if enquiry.payment is None:
        raise LookupError("The payment provider knows no payment to give back from.")
    return enquiry.payment


def _held(answer: Booking | Payment | Refusal | Tombstone) -> Data:
    if not isinstance(answer, Booking):
        return _refused(answer)
    return {
        "status": "held",
        "confirmation": answer.confirmation,
        "amount": answer.amount.model_dump(),
        "details": answer.details,
        "expires": answer.expires.isoformat(),
    }


def _authorized(answer: Booking | Payment | Refusal | Tombstone) -> Data:
    if not isinstance(answer, Payment):
        return _refused(answer)
    return {
        "status": "authorized",
        "payment": answer.id,
        "amount": answer.amount.model_dump(),
        "expires": answer.expires.isoformat(),
    }


def _confirmed(answer: Booking | Payment | Refusal | Tombstone) -> Data:
    """With what cancelling will cost, as the supplier tells when it confirms."""
    if not isinstance(answer, Booking):
        return _refused(answer)
    return {"status": "confirmed", "cancel_fee": answer.cancel_fee.model_dump() if answer.cancel_fee else None}


def _captured(answer: Booking | Payment | Refusal | Tombstone) -> Data:
    if not isinstance(answer, Payment):
        return _refused(answer)
    return {"status": "captured", "amount": answer.captured.model_dump()}


def _cancelled(answer: Booking | Payment | Refusal | Tombstone) -> Data:
    if isinstance(answer, Refusal):
        return _refused(answer)
    booking = answer if isinstance(answer, Booking) else None
    return {
        "status": "cancelled",
        "confirmation": booking.confirmation if booking else None,
        "fee": booking.fee.model_dump() if booking and booking.fee else None,
    }


def _refunded(answer: Booking | Payment | Refusal | Tombstone, amount: Money) -> Data:
    return {"status": "refunded", "amount": amount.model_dump()} if isinstance(answer, Payment) else _refused(answer)


def _refused(answer: Booking | Payment | Refusal | Tombstone) -> Data:
    if not isinstance(answer, Refusal):
        raise TypeError(f"{type(answer).__name__} is no answer to this call.")
    return {"status": "refused", "refusal": answer.model_dump()}
