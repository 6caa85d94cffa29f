"""The simulated payment provider."""

import hashlib
import json
from functools import partial

from domain.money import Money
from domain.outcomes import Refusal
from suppliers.book import Page, Record
from suppliers.counter import Counter, require_same_arguments, undo
from suppliers.ports import Payment, Tombstone


class SimulatedPaymentProvider:
    """The `PaymentProvider` port."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def charge(self, key: str, amount: Money, reference: str) -> Payment | Refusal:
        if amount.minor <= 0:
            raise ValueError(f"{amount} can't be charged")
        return self._counter.deliver("charge", key, partial(self._charge, key, amount, reference))

    def refund(self, key: str) -> Payment | Tombstone:
        undone = self._counter.deliver("refund", key, lambda page: undo(page, key))
        return _payment(undone) if undone else Tombstone(key)

    def find(self, key: str) -> Payment | Refusal | Tombstone | None:
        record = self._counter.look_up(key)
        if record is None:
            return None
        if record.state == "tombstone":
            return Tombstone(key)
        return record.refusal or _payment(record)

    def _charge(self, key: str, amount: Money, reference: str, page: Page) -> Payment | Refusal:
        arguments = json.dumps([amount.currency, amount.minor, reference])
        known = page.find(key)
        if known is None:
            known = self._decide(key, amount, arguments, page)
        require_same_arguments(known, arguments)
        if known.state == "tombstone":
            return Refusal(
                code="cancelled_before_arrival",
                message="The charge was cancelled before it arrived; nothing was taken.",
            )
        if known.state == "undone":
            return Refusal(code="cancelled", message="The payment was refunded; it is not taken again.")
        return known.refusal or _payment(known)

    def _decide(self, key: str, amount: Money, arguments: str, page: Page) -> Record:
        """Capture or decline a charge that came for the first time, and write that down."""
        refusal = self._counter.refusal("SIM_DECLINE_PAYMENT", key, "declined", "The payment was declined.")
        if refusal:
            record = Record(key, "refused", arguments, refusal=refusal)
        else:
            record = Record(key, "done", arguments, reference=_payment_id(key), amount=amount)
        page.add(record)
        return record


def _payment(record: Record) -> Payment:
    if record.reference is None or record.amount is None:
        raise AssertionError(f"{record.key} has no payment in the book")
    status = "captured" if record.state == "done" else "refunded"
    return Payment(key=record.key, id=record.reference, amount=record.amount, status=status)


def _payment_id(key: str) -> str:
    return "PAY-" + hashlib.sha256(key.encode()).hexdigest()[:20].upper()
