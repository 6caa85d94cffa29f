"""The calls to suppliers and to the payment provider for each effect.

Before an effect is sent again, and before an operator's decision on it counts, the supplier is asked for the state of
its key. An enquiry proves something only if it has an answer to the very call that was made: see `Finding` and
`docs/enquiries.md`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from activities import supplier_responses
from activities.supplier_responses import CONFLICT, Response
from domain.amount import Money
from domain.ids import effect_key
from domain.trip.effect_outcomes import Cancelled, Outcome, Voided
from domain.trip.effects import AuthorizeOrder, CancelOrder, CaptureOrder, ConfirmOrder, HoldOrder
from domain.trip.entry_data import (
    Arguments,
    AuthorizeArguments,
    CancelArguments,
    ConfirmArguments,
    HoldArguments,
    NoArguments,
    RefundArguments,
)
from domain.trip.outcomes import Refusal
from domain.trip.revisions import Refund
from suppliers.opening import Suppliers
from suppliers.ports import (
    Booking,
    Enquiry,
    KeyConflictError,
    Order,
    Payment,
    Request,
    Tombstone,
    authorize_request,
    confirm_request,
    hold_request,
    refund_request,
)

_BOOKING_UNDONE = ("released", "cancelled")
_PAYMENT_UNDONE = ("voided", "refunded")


@dataclass(frozen=True)
class Concluded:
    """The key has its outcome, also if it belongs to another call: then it will never do anything for this one."""

    outcome: Outcome


@dataclass(frozen=True)
class Undone:
    """The key was carried out, and what it did has been undone or has expired since.

    Only the supplier can say how it answers the key now.
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


Finding = Concluded | Undone | Pending | Absent
"""The proof that an enquiry about one key gives."""


@dataclass(frozen=True)
class Calls:
    """The calls of one effect to one supplier. The ledger keeps a digest of `arguments` with the key."""

    arguments: Arguments
    enquire: Callable[[], Finding]
    act: Callable[[], Outcome]

    def ask(self) -> Outcome | None:
        """Return the outcome, or None if the key has to be sent: again, or for the first time."""
        finding = self.enquire()
        if isinstance(finding, Concluded):
            return finding.outcome
        return None


def hold(suppliers: Suppliers, order: HoldOrder) -> Calls:
    """Return the calls that hold a booking."""
    supplier = suppliers.booking[order.kind]
    booking = Order(
        kind=order.kind,
        destination=order.destination,
        date=order.date,
        units=order.units,
        booked_at=order.booked_at,
        shape=order.shape,
    )
    return _calls(
        arguments=HoldArguments(destination=order.destination, date=order.date, units=order.units, shape=order.shape),
        request=hold_request(order.key, order.destination, order.date, order.units, order.shape),
        find=lambda: supplier.find(order.key),
        send=lambda: supplier.hold(order.key, booking),
        read=supplier_responses.held,
        undone=_BOOKING_UNDONE,
        conflict=CONFLICT,
    )


def authorize(suppliers: Suppliers, order: AuthorizeOrder) -> Calls:
    """Return the calls that reserve an amount."""
    payments = suppliers.payments
    return _calls(
        arguments=AuthorizeArguments(amount=order.amount, confirmation=order.confirmation),
        request=authorize_request(order.key, order.amount, order.confirmation),
        find=lambda: payments.find(order.key),
        send=lambda: payments.authorize(order.key, order.amount, order.confirmation),
        read=supplier_responses.authorized,
        undone=_PAYMENT_UNDONE,
        conflict=CONFLICT,
    )


def confirm(suppliers: Suppliers, order: ConfirmOrder) -> Calls:
    """Return the calls that confirm a hold."""
    supplier = suppliers.booking[order.kind]
    target = effect_key(order.component, "hold", order.revision)
    return _calls(
        arguments=ConfirmArguments(price=order.price),
        request=confirm_request(target, order.price),
        find=lambda: supplier.find(order.key),
        send=lambda: supplier.confirm(order.key, target, order.price),
        read=supplier_responses.confirmed,
        undone=_BOOKING_UNDONE,
        conflict=CONFLICT,
    )


def capture(suppliers: Suppliers, order: CaptureOrder) -> Calls:
    """Return the calls that take an authorized amount."""
    payments = suppliers.payments
    target = effect_key(order.component, "authorize", order.revision)
    return _calls(
        arguments=NoArguments(),
        request=Request("capture", target),
        find=lambda: payments.find(order.key),
        send=lambda: payments.capture(order.key, target),
        read=supplier_responses.captured,
        undone=_PAYMENT_UNDONE,
        conflict=CONFLICT,
    )


def cancel(suppliers: Suppliers, order: CancelOrder, made_by: Request | None) -> Calls:
    """Return the calls that cancel what the hold `made_by` has made; None if it is not known what was held.

    If the hold's key belongs to another booking, there is nothing of this trip to cancel, and the other one stays.
    """
    supplier = suppliers.booking[order.kind]
    target = effect_key(order.component, "hold", order.revision)
    return _calls(
        arguments=CancelArguments(fee_agreed=order.fee_agreed),
        request=Request("cancel", target),
        find=lambda: supplier.find(order.key),
        send=lambda: supplier.cancel(order.key, target, made_by),
        read=lambda response: supplier_responses.cancelled(response, made_by),
        conflict=Cancelled(confirmation=None, fee=None),
    )


def void(suppliers: Suppliers, order: CancelOrder, made_by: Request | None) -> Calls:
    """Return the calls that drop the authorization `made_by`; None if it is not known what was authorized.

    The outcome for a payment that was captured after all is that capture. If the authorization's key belongs to another
    payment, there is nothing of this trip to drop, and the other one stays.
    """
    payments = suppliers.payments
    key = effect_key(order.component, "void", order.revision)
    target = effect_key(order.component, "authorize", order.revision)

    def read(response: Response) -> Outcome:
        if isinstance(response, Refusal) and response.code == "already_captured":
            # The refusal does not say how much was captured, so the authorization itself is asked for.
            return supplier_responses.captured_after_all(payments.find(target), made_by)
        return supplier_responses.voided(response)

    return _calls(
        arguments=NoArguments(),
        request=Request("void", target),
        find=lambda: payments.find(key),
        send=lambda: payments.void(key, target, made_by),
        read=read,
        conflict=Voided(),
    )


def refund(suppliers: Suppliers, order: CancelOrder, due: Refund, currency: str) -> Calls:
    """Return the calls that give back what is due."""
    payments = suppliers.payments
    key = effect_key(order.component, "refund", due.number)
    target = effect_key(order.component, "authorize", due.revision)
    amount = Money(currency=currency, minor=due.amount)
    return _calls(
        arguments=RefundArguments(target=due.revision, amount=due.amount),
        request=refund_request(target, amount),
        find=lambda: payments.find(key),
        send=lambda: payments.refund(key, target, amount),
        read=lambda response: supplier_responses.refunded(response, amount),
        conflict=CONFLICT,
    )


def _calls(
    *,
    arguments: Arguments,
    request: Request,
    find: Callable[[], Enquiry],
    send: Callable[[], Response],
    read: Callable[[Response], Outcome],
    undone: Sequence[str] = (),
    conflict: Outcome,
) -> Calls:
    """Return the calls of one effect.

    `read` turns an answer into the outcome. `undone` are the statuses of a booking or payment that is in force no more.
    `conflict` is the outcome if the key belongs to another call: that call's answer is never taken for this one's.
    """

    def enquire() -> Finding:
        enquiry = find()
        match enquiry.state:
            case "pending":
                return Pending()
            case "not_found" | "closed":
                return Absent(is_closed=enquiry.state == "closed")
            case "done" | "refused":
                return conclude(enquiry)

    def conclude(enquiry: Enquiry) -> Finding:
        # A book that does not record requests has None here; then the answer is taken as it is.
        if enquiry.request not in (None, request):
            return Concluded(conflict)
        response = enquiry.refusal or enquiry.booking or enquiry.payment or Tombstone(request.target)
        if isinstance(response, Booking | Payment) and response.status in undone:
            return Undone()
        return Concluded(read(response))

    def act() -> Outcome:
        try:
            return read(send())
        except KeyConflictError:
            return conflict

    return Calls(arguments, enquire, act)
