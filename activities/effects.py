"""Booking, charging and cancelling one component.

Each effect is written to the ledger as an intent, done by the supplier under the same key, and written as an outcome.
A second delivery finds the outcome and returns it, refusals included; where the first one died in between, the
supplier gives its first answer again. Faults of ledger and suppliers are raised as they are.
"""

import asyncio
import logging

from activities.services import Services
from domain.components import Effect
from domain.ids import effect_key
from domain.outcomes import BookOrder, BookResult, CancelOrder, CancelResult, PayOrder, PayResult, Refusal, Value
from stores.ledger import Intent
from suppliers.ports import Booking, BookingSupplier, Order, Payment, PaymentProvider, Tombstone

log = logging.getLogger(__name__)


async def book(services: Services, order: BookOrder) -> BookResult:
    """Book, and only then have the answer worded; the first wording is kept."""
    result = await asyncio.to_thread(_book, services, order)
    text = await asyncio.to_thread(services.ledger.text, order.key)
    if text is None:
        wording = await services.clerks[order.kind].word(result, order)
        text = await asyncio.to_thread(services.ledger.keep_text, order.key, wording)
    return result.model_copy(update={"text": text})


def charge(services: Services, order: PayOrder) -> PayResult:
    """Capture the price of a booking."""
    intent = _intent(order, "charge", exclude=set())
    stored = services.ledger.intend(intent)
    if stored is None:
        taken = services.suppliers.payments.charge(order.key, order.amount, order.confirmation)
        stored = services.ledger.conclude(intent, _paid(taken).model_dump(mode="json"))
    result = PayResult.model_validate(stored)
    log.info("component_charged component=%s status=%s", order.component, result.status)
    return result


def cancel(services: Services, order: CancelOrder) -> CancelResult:
    """Cancel the booking, then give back the charge, both by their keys: whether or not either ever arrived."""
    intent = _intent(order, "cancel", exclude=set())
    stored = services.ledger.intend(intent)
    if stored is None:
        booking = _cancel_booking(services.suppliers.booking[order.kind], effect_key(order.component, "book"))
        payment = _refund(services.suppliers.payments, effect_key(order.component, "charge"))
        result = CancelResult(
            status="cancelled",
            confirmation=booking.confirmation if isinstance(booking, Booking) else None,
            refunded=payment.amount if isinstance(payment, Payment) else None,
        )
        stored = services.ledger.conclude(intent, result.model_dump(mode="json"))
    log.info("component_cancelled component=%s", order.component)
    return CancelResult.model_validate(stored)


def _book(services: Services, order: BookOrder) -> BookResult:
    intent = _intent(order, "book", exclude={"booked_at"})
    stored = services.ledger.intend(intent)
    if stored is None:
        answer = services.suppliers.booking[order.kind].book(
            order.key,
            Order(
                kind=order.kind,
                destination=order.destination,
                date=order.date,
                units=order.units,
                booked_at=order.booked_at,
            ),
        )
        stored = services.ledger.conclude(intent, _booked(answer).model_dump(mode="json"))
    result = BookResult.model_validate(stored)
    log.info("component_booked component=%s status=%s", order.component, result.status)
    return result


def _cancel_booking(company: BookingSupplier, key: str) -> Booking | Tombstone:
    """Ask before cancelling: where an earlier attempt's answer was lost, this attempt is free for what is left."""
    found = company.find(key)
    if isinstance(found, Tombstone) or (isinstance(found, Booking) and found.status == "cancelled"):
        return found
    return company.cancel(key)


def _refund(provider: PaymentProvider, key: str) -> Payment | Tombstone:
    """Ask before refunding, as above."""
    found = provider.find(key)
    if isinstance(found, Tombstone) or (isinstance(found, Payment) and found.status == "refunded"):
        return found
    return provider.refund(key)


def _intent(order: BookOrder | PayOrder | CancelOrder, effect: Effect, exclude: set[str]) -> Intent:
    """The key is fixed by component and effect: an order with another one is a mistake of the caller."""
    if order.key != effect_key(order.component, effect):
        raise ValueError(f"{order.key} is not the key of {effect} for {order.component}; nothing was done.")
    return Intent(
        trip=order.trip,
        component=order.component,
        kind=order.kind,
        effect=effect,
        key=order.key,
        arguments=_arguments(order, exclude),
    )


def _arguments(order: Value, exclude: set[str]) -> dict[str, object]:
    named_by_the_intent = {"trip", "component", "kind", "key"}
    return order.model_dump(mode="json", exclude=exclude | named_by_the_intent)


def _booked(answer: Booking | Refusal) -> BookResult:
    if isinstance(answer, Refusal):
        return BookResult(status="rejected", text=answer.message, refusal=answer)
    return BookResult(
        status="booked",
        text=f"Booked as {answer.confirmation}.",
        confirmation=answer.confirmation,
        amount=answer.amount,
        details=answer.details,
    )


def _paid(answer: Payment | Refusal) -> PayResult:
    if isinstance(answer, Refusal):
        return PayResult(status="declined", refusal=answer)
    return PayResult(status="captured", payment=answer.id)
