"""The simulated payment provider."""

import hashlib
from dataclasses import replace

from domain.amount import Money
from domain.trip.outcomes import Refusal
from suppliers.book import BookTransaction
from suppliers.ports import Payment, Request, Tombstone, authorize_request, refund_request
from suppliers.simulator import Simulator

_DECLINED = "The payment was declined."
_CAPTURE_REFUSED = "The bank refused to pay what it had authorized."
_GONE = Refusal(code="authorization_gone", message="The authorization has expired or was voided; nothing was taken.")
_CAPTURED = Refusal(code="already_captured", message="The money has been taken already; it can only be refunded.")
_NOTHING_CAPTURED = Refusal(code="nothing_captured", message="No money was taken that could be given back.")
_TOO_MUCH = Refusal(code="too_much", message="Less than that is left to give back.")


class SimulatedPaymentProvider(Simulator[Payment]):
    """The `PaymentProvider` port."""

    def authorize(self, key: str, amount: Money, reference: str) -> Payment | Refusal:
        _require_positive(amount)
        request = authorize_request(key, amount, reference)
        return self._act(
            key, request, lambda transaction: self._authorize(transaction, key, amount, reference), undoable=True
        )

    def capture(self, key: str, target: str) -> Payment | Refusal:
        request = Request("capture", target)
        return self._act(key, request, lambda transaction: self._capture(transaction, key, target), undoable=True)

    def void(self, key: str, target: str, made_by: Request | None = None) -> Payment | Tombstone | Refusal:
        return self._undo(key, Request("void", target), made_by, _voided)

    def refund(self, key: str, target: str, amount: Money) -> Payment | Refusal:
        _require_positive(amount)
        return self._act(key, refund_request(target, amount), lambda transaction: _refund(transaction, target, amount))

    def _authorize(
        self, transaction: BookTransaction[Payment], key: str, amount: Money, reference: str
    ) -> Payment | Refusal:
        refusal = self._deliveries.refusal("SIM_DECLINE_PAYMENT", key, "declined", _DECLINED)
        if refusal:
            return refusal
        nothing = Money.zero(amount.currency)
        payment = Payment(
            key=key,
            id=_payment_id(key),
            amount=amount,
            captured=nothing,
            refunded=nothing,
            status="authorized",
            expires=self._deliveries.clock() + self._deliveries.settings.hold,
            reference=reference,
        )
        # The id is made of the key, so no other payment can have it.
        transaction.add_item(payment, payment.id)
        return payment

    def _capture(self, transaction: BookTransaction[Payment], key: str, target: str) -> Payment | Refusal:
        payment = self._current_item(transaction, target)
        if payment is None or payment.status not in ("authorized", "captured"):
            return _GONE
        if payment.status == "authorized":
            refusal = self._deliveries.refusal("SIM_CAPTURE_REFUSED", key, "capture_refused", _CAPTURE_REFUSED)
            if refusal:
                return refusal
            payment = replace(payment, status="captured", captured=payment.amount)
            transaction.change_item(payment)
        return payment


def _voided(payment: Payment) -> Payment | Refusal:
    # The amount counts and not the status: a refunded payment was captured as well.
    if payment.captured.minor:
        return _CAPTURED
    return replace(payment, status="voided")


def _refund(transaction: BookTransaction[Payment], target: str, amount: Money) -> Payment | Refusal:
    payment = transaction.item(target)
    if payment is None or not payment.captured.minor:
        return _NOTHING_CAPTURED
    refunded = payment.refunded + amount
    # Checked against the sum of all refunds: several may be under way for one payment.
    if refunded.minor > payment.captured.minor:
        return _TOO_MUCH
    # A partly refunded payment stays captured, so that the rest can be refunded.
    status = "refunded" if refunded == payment.captured else "captured"
    payment = replace(payment, refunded=refunded, status=status)
    transaction.change_item(payment)
    return payment


def _require_positive(amount: Money) -> None:
    if amount.minor <= 0:
        raise ValueError(f"{amount} can't be paid")


def _payment_id(key: str) -> str:
    return "PAY-" + hashlib.sha256(key.encode()).hexdigest()[:20].upper()
