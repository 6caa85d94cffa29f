"""The calls to suppliers and to the payment provider for each effect, and their answers as the ledger keeps them.

Before an effect is sent again, and before a person's decision on it counts, the company is asked what became of its
key. An enquiry proves something only where it tells an answer to the very call that was made: see `Finding` and
`docs/enquiries.md`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.amount import Money
from domain.ids import effect_key
from domain.trip.effects import AuthorizeOrder, CancelOrder, CaptureOrder, ConfirmOrder, HoldOrder
from domain.trip.facts import Refund
from domain.trip.outcomes import Refusal
from domain.trip.records import Data
from suppliers.opening import Suppliers
from suppliers.ports import (
    Booking,
    Enquiry,
    KeyConflictError,
    Order,
    Payment,
    Request,
    SupplierFault,
    Tombstone,
    authorize_request,
    confirm_request,
    hold_request,
    refund_request,
)


@dataclass(frozen=True)
class CompanyOutcome:
    """The key has its answer; so has one that stands for another call, since it will never do anything for this one."""

    data: Data


@dataclass(frozen=True)
class Undone:
    """The key was carried out, and what it did has been undone or has expired since.

    Only the company can say what it answers to the key now.
    """


@dataclass(frozen=True)
class Pending:
    """The call has arrived and has no answer yet, so nothing may be concluded from it."""


@dataclass(frozen=True)
class Absent:
    """Nothing has been done under the key.

    Unless `is_closed` the call may still be on its way.
    """

    is_closed: bool


Finding = CompanyOutcome | Undone | Pending | Absent
"""The proof that an enquiry about one key gives."""

Answer = Booking | Payment | Refusal | Tombstone


@dataclass(frozen=True)
class Calls:
    """One effect at one company; `arguments` are what its key stands for in the ledger."""

    arguments: Data
    enquire: Callable[[], Finding]
    act: Callable[[], Data]

    def ask(self) -> Data | None:
        """Return the outcome, or None where the key has to be sent: again, or for the first time."""
        finding = self.enquire()
        return finding.data if isinstance(finding, CompanyOutcome) else None


def hold(suppliers: Suppliers, order: HoldOrder) -> Calls:
    supplier = suppliers.booking[order.kind]
    booking = Order(
        kind=order.kind,
        destination=order.destination,
        date=order.date,
        units=order.units,
        booked_at=order.booked_at,
    )
    return _calls(
        arguments=order.model_dump(mode="json", include={"destination", "date", "units"}),
        request=hold_request(order.key, order.destination, order.date, order.units),
        find=lambda: supplier.find(order.key),
        send=lambda: supplier.hold(order.key, booking),
        read=_held,
        undone=("released", "cancelled"),
        conflict=_CONFLICT,
    )


def authorize(suppliers: Suppliers, order: AuthorizeOrder) -> Calls:
    payments = suppliers.payments
    return _calls(
        arguments=order.model_dump(mode="json", include={"amount", "confirmation"}),
        request=authorize_request(order.key, order.amount, order.confirmation),
        find=lambda: payments.find(order.key),
        send=lambda: payments.authorize(order.key, order.amount, order.confirmation),
        read=_authorized,
        undone=("voided", "refunded"),
        conflict=_CONFLICT,
    )


def confirm(suppliers: Suppliers, order: ConfirmOrder) -> Calls:
    supplier = suppliers.booking[order.kind]
    target = effect_key(order.component, "hold", order.revision)
    return _calls(
        arguments=order.model_dump(mode="json", include={"price"}),
        request=confirm_request(target, order.price),
        find=lambda: supplier.find(order.key),
        send=lambda: supplier.confirm(order.key, target, order.price),
        read=_confirmed,
        undone=("released", "cancelled"),
        conflict=_CONFLICT,
    )


def capture(suppliers: Suppliers, order: CaptureOrder) -> Calls:
    payments = suppliers.payments
    target = effect_key(order.component, "authorize", order.revision)
    return _calls(
        arguments={},
        request=Request("capture", target),
        find=lambda: payments.find(order.key),
        send=lambda: payments.capture(order.key, target),
        read=_captured,
        undone=("voided", "refunded"),
        conflict=_CONFLICT,
    )


def cancel(suppliers: Suppliers, order: CancelOrder, made_by: Request | None) -> Calls:
    """Cancel what the hold `made_by` has made; None where it is not known what was held.

    Where the hold's key stands for another booking there is nothing of this trip to cancel, and the other one stays.
    """
    supplier = suppliers.booking[order.kind]
    target = effect_key(order.component, "hold", order.revision)

    def cancelled(answer: Answer) -> Data:
        return _cancelled(answer if _is_made_by(answer, made_by) else Tombstone(target))

    return _calls(
        arguments={"fee_agreed": order.fee_agreed},
        request=Request("cancel", target),
        find=lambda: supplier.find(order.key),
        send=lambda: supplier.cancel(order.key, target, made_by),
        read=cancelled,
        conflict=_cancelled(Tombstone(target)),
    )


def void(suppliers: Suppliers, order: CancelOrder, made_by: Request | None) -> Calls:
    """Let the authorization `made_by` go; None where it is not known what was authorized.

    A payment that was captured after all is told as such. Where the authorization's key stands for another payment,
    there is nothing of this trip to let go, and the other one stays.
    """
    payments = suppliers.payments
    key = effect_key(order.component, "void", order.revision)
    target = effect_key(order.component, "authorize", order.revision)

    def voided(answer: Answer) -> Data:
        if isinstance(answer, Refusal) and answer.code == "already_captured":
            return _captured_after_all(payments.find(target), made_by)
        return _refused(answer) if isinstance(answer, Refusal) else _VOIDED

    return _calls(
        arguments={},
        request=Request("void", target),
        find=lambda: payments.find(key),
        send=lambda: payments.void(key, target, made_by),
        read=voided,
        conflict=_VOIDED,
    )


def refund(suppliers: Suppliers, order: CancelOrder, due: Refund, currency: str) -> Calls:
    payments = suppliers.payments
    key = effect_key(order.component, "refund", due.number)
    target = effect_key(order.component, "authorize", due.revision)
    amount = Money(currency=currency, minor=due.amount)
    return _calls(
        arguments={"target": due.revision, "amount": due.amount},
        request=refund_request(target, amount),
        find=lambda: payments.find(key),
        send=lambda: payments.refund(key, target, amount),
        read=lambda answer: _refunded(answer, amount),
        conflict=_CONFLICT,
    )


_CONFLICT: Data = {
    "status": "refused",
    "refusal": Refusal(
        code="key_conflict",
        message="The company knows the key of this request for another request, so it did nothing for this one.",
    ).model_dump(),
}
_VOIDED: Data = {"status": "voided"}


def _calls(
    *,
    arguments: Data,
    request: Request,
    find: Callable[[], Enquiry],
    send: Callable[[], Answer],
    read: Callable[[Answer], Data],
    undone: Sequence[str] = (),
    conflict: Data,
) -> Calls:
    """Return the calls of one effect.

    `read` turns an answer into the outcome. `undone` are the statuses in which a booking or payment stands no more.
    `conflict` is the outcome where the key stands for another call: that call's answer is never taken for this one's.
    """

    def enquire() -> Finding:
        enquiry = find()
        match enquiry.state:
            case "pending":
                return Pending()
            case "not_found" | "closed":
                return Absent(is_closed=enquiry.state == "closed")
            case "done" | "refused":
                pass
        if enquiry.request not in (None, request):
            return CompanyOutcome(conflict)
        answer = enquiry.refusal or enquiry.booking or enquiry.payment or Tombstone("")
        if isinstance(answer, Booking | Payment) and answer.status in undone:
            return Undone()
        return CompanyOutcome(read(answer))

    def act() -> Data:
        try:
            return read(send())
        except KeyConflictError:
            return conflict

    return Calls(arguments, enquire, act)


def _is_made_by(answer: Answer, made_by: Request | None) -> bool:
    """Return False for a booking that another hold has made; True where that cannot be told."""
    if made_by is None or not isinstance(answer, Booking) or answer.destination is None or answer.date is None:
        return True
    return made_by == hold_request(answer.key, answer.destination, answer.date, answer.units)


def _captured_after_all(enquiry: Enquiry, made_by: Request | None) -> Data:
    """Return the capture that kept an authorization from being voided.

    Raises `SupplierFault` while the provider does not say what was captured.
    """
    if made_by is not None and enquiry.request not in (None, made_by):
        return _VOIDED
    if enquiry.payment is None or not enquiry.payment.captured.minor:
        raise SupplierFault("The payment was captured, says the provider, but not what was captured.")
    return _captured(enquiry.payment)


def _held(answer: Answer) -> Data:
    if not isinstance(answer, Booking):
        return _refused(answer)
    return {
        "status": "held",
        "confirmation": answer.confirmation,
        "amount": answer.amount.model_dump(),
        "details": answer.details,
        "expires": answer.expires.isoformat(),
    }


def _authorized(answer: Answer) -> Data:
    if not isinstance(answer, Payment):
        return _refused(answer)
    return {
        "status": "authorized",
        "payment": answer.id,
        "amount": answer.amount.model_dump(),
        "expires": answer.expires.isoformat(),
    }


def _confirmed(answer: Answer) -> Data:
    """Return the confirmation with what cancelling will cost, as the supplier tells when it confirms."""
    if not isinstance(answer, Booking):
        return _refused(answer)
    return {"status": "confirmed", "cancel_fee": answer.cancel_fee.model_dump() if answer.cancel_fee else None}


def _captured(answer: Answer) -> Data:
    if not isinstance(answer, Payment):
        return _refused(answer)
    return {"status": "captured", "amount": answer.captured.model_dump()}


def _cancelled(answer: Answer) -> Data:
    if isinstance(answer, Refusal):
        return _refused(answer)
    booking = answer if isinstance(answer, Booking) else None
    return {
        "status": "cancelled",
        "confirmation": booking.confirmation if booking else None,
        "fee": booking.fee.model_dump() if booking and booking.fee else None,
    }


def _refunded(answer: Answer, amount: Money) -> Data:
    return {"status": "refunded", "amount": amount.model_dump()} if isinstance(answer, Payment) else _refused(answer)


def _refused(answer: Answer) -> Data:
    if not isinstance(answer, Refusal):
        raise TypeError(f"{type(answer).__name__} is no answer to this call.")
    return {"status": "refused", "refusal": answer.model_dump()}
