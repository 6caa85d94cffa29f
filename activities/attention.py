"""An operator's decision on an open item, carried out at the supplier and in the ledger.

Before an item is settled or written off, the supplier is asked for the state of its key. If it has done the effect
after all, that is posted instead. Otherwise the key is closed there first, so that nothing can arrive late and be paid
for twice. While the supplier has not answered, nothing is decided: the operator asks again.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import process
from activities import supplier_calls
from activities.keyed import KeyedEffect, run
from activities.requests import authorized_by, held_by
from activities.services import ActivityServices
from activities.step_log import log_step
from activities.supplier_calls import Absent, Calls, Concluded, Pending, Undone
from domain.attention.decisions import DecisionAnswer, DecisionOrder, reason_of_retry
from domain.components import Effect
from domain.ids import effect_key
from domain.trip.command_bodies import DecisionBody
from domain.trip.effect_outcomes import Outcome, Refused
from domain.trip.effects import CancelOrder, CaptureOrder, ConfirmOrder
from domain.trip.facts import Item, TripFacts
from domain.trip.marks import UNSURE
from domain.trip.records import Command
from domain.trip.revisions import ComponentFacts, RevisionEffect
from stores.ledger import EffectKey, Ledger, StaleVersionError, key_of
from suppliers.ports import Enquiry

_T = TypeVar("_T")

_AT_BOOKING_SUPPLIERS: tuple[Effect, ...] = ("confirm", "cancel")
_UNDONE_BY: dict[Effect, RevisionEffect] = {"void": "capture", "cancel": "confirm"}
_MOST_TRIES = 20
"""Attempts to store a decision while other writers change the trip."""
_MOST_ENQUIRIES = 8
"""Number of enquiries under way at once in a process."""


class UnansweredError(Exception):
    """The supplier has neither done the effect nor promised never to do it."""


def decide(services: ActivityServices, order: DecisionOrder) -> DecisionAnswer:
    """Carry the decision out once: a repeat under the same command id gets the result of the first."""
    ledger = services.ledger
    stored = _stored_command(ledger, order)
    if stored:
        return stored
    row, facts = ledger.trip(order.trip), ledger.facts(order.trip)
    if row is None or row.version != order.version:
        return DecisionAnswer(status="stale_version")
    item = _open_item(facts, order)
    if item is None:
        return DecisionAnswer(status="item_not_found")
    # A retry needs no enquiry: the saga asks the supplier itself before it sends the key again.
    if order.decision == "retry":
        return _accept(services, order)
    key = key_of(order.trip, item)
    if key is None:
        return DecisionAnswer(status="invalid_decision")
    return _settle(services, order, facts, key)


def _stored_command(ledger: Ledger, order: DecisionOrder) -> DecisionAnswer | None:
    """Return the result of an earlier delivery of the same decision, None for the first one."""
    for command in ledger.commands(order.trip):
        if command.id == order.command:
            return _result_of(command, order)
    return None


def _result_of(command: Command, order: DecisionOrder) -> DecisionAnswer:
    match command.body:
        case DecisionBody(decision=decision) if decision == order.decision:
            return DecisionAnswer(status="accepted", number=command.number)
        case _:
            # The supplier had done the effect, so a retry was stored in place of the decision.
            return DecisionAnswer(status="already_done", number=command.number)


def _settle(services: ActivityServices, order: DecisionOrder, facts: TripFacts, key: EffectKey) -> DecisionAnswer:
    """Settle or write off an effect, unless its supplier has done it."""
    try:
        # What the effect undoes comes first: it could otherwise still arrive once nobody undoes it any more.
        done = _first_done(services, facts, (*_undone_by(facts, key), key))
    except Exception as fault:
        log_step(order.trip, f"decide_{order.item}", "unknown", type(fault).__name__)
        return DecisionAnswer(status="provider_unavailable")
    if done:
        return _post(services, order, done)
    # The key is closed at the supplier, which cannot be taken back, so no newer version of the trip may refuse it.
    return _accept(services, order, at_any_version=True)


def _undone_by(facts: TripFacts, key: EffectKey) -> Iterator[EffectKey]:
    """Yield the key of the effect that this one undoes, if nobody knows whether its supplier has done it."""
    undone, component = _UNDONE_BY.get(key.effect), facts.component(key.kind)
    if undone and component and component.revision(key.revision).mark(undone) in UNSURE:
        yield replace(key, effect=undone, key=effect_key(key.component, undone, key.revision))


def _first_done(services: ActivityServices, facts: TripFacts, keys: Iterable[EffectKey]) -> KeyedEffect | None:
    """Return the first of the effects that its supplier has done, with its outcome; None once none ever will be."""
    for key in keys:
        calls = _calls(services, facts, key)
        if outcome := _outcome_or_close(services, key, calls):
            return _as_done(facts, key, calls, outcome)
    return None


def _as_done(facts: TripFacts, key: EffectKey, calls: Calls, outcome: Outcome) -> KeyedEffect:
    return KeyedEffect(
        key=key,
        arguments=calls.arguments,
        epoch=facts.epoch,
        ask=lambda: outcome,
        act=lambda: outcome,
    )


def _outcome_or_close(services: ActivityServices, key: EffectKey, calls: Calls) -> Outcome | None:
    """Return what the supplier has done under the key, None once it is certain that it never will do anything.

    Raise `UnansweredError` while neither is certain.
    """
    finding = _in_time(services, calls.enquire)
    # A closed key is not closed again: the answer to that may be late each time.
    if finding == Absent(is_closed=False):
        closing = _in_time(services, lambda: _close(services, key))
        if closing.state == "closed":
            return None
        # The call has arrived meanwhile. What closing returns may be older than the answer to that call.
        finding = _in_time(services, calls.enquire)
    match finding:
        case Concluded(Refused()) | Undone() | Absent(is_closed=True):
            return None
        case Concluded(outcome):
            return outcome
        case Pending() | Absent():
            raise UnansweredError(f"{key.key} has no answer yet")


def _post(services: ActivityServices, order: DecisionOrder, effect: KeyedEffect) -> DecisionAnswer:
    """Store a retry in place of the decision, then the outcome that the supplier has for the effect."""
    retry = order.model_copy(update={"decision": "retry", "reason": reason_of_retry(order)})
    result = _accept(services, retry)
    if result.status != "accepted":
        return result
    run(services.ledger, effect, services.timeouts)
    return result.model_copy(update={"status": "already_done"})


def _accept(services: ActivityServices, order: DecisionOrder, *, at_any_version: bool = False) -> DecisionAnswer:
    """Store the decision as a command of the trip.

    With `at_any_version` it is stored as long as the item is open, whatever other commands the trip has got meanwhile.
    """
    ledger = services.ledger
    body = DecisionBody(
        item=order.item,
        decision=order.decision,
        reason=order.reason,
        reference=order.reference,
    )
    version = order.version
    for _ in range(_MOST_TRIES):
        if version is None:
            break
        try:
            command = ledger.accept(order.trip, "decision", order.command, order.by, body, version)
        except StaleVersionError:
            version = _version_with_item(ledger, order) if at_any_version else None
            continue
        log_step(order.trip, f"decide_{order.item}", order.decision)
        return DecisionAnswer(status="accepted", number=command.number)
    return DecisionAnswer(status="stale_version")


def _version_with_item(ledger: Ledger, order: DecisionOrder) -> int | None:
    """Return the present version of the trip, None if the item is not open any more."""
    row, facts = ledger.trip(order.trip), ledger.facts(order.trip)
    if row is None or _open_item(facts, order) is None:
        return None
    return row.version


def _open_item(facts: TripFacts, order: DecisionOrder) -> Item | None:
    for item in facts.items:
        if item.id == order.item:
            return item
    return None


def _close(services: ActivityServices, key: EffectKey) -> Enquiry:
    if key.effect in _AT_BOOKING_SUPPLIERS:
        return services.suppliers.booking[key.kind].close(key.key)
    return services.suppliers.payments.close(key.key)


def _in_time(services: ActivityServices, call: Callable[[], _T]) -> _T:
    pool = process.pool("attention", _MOST_ENQUIRIES)
    return pool.submit(call).result(timeout=services.timeouts.call)


def _calls(services: ActivityServices, facts: TripFacts, key: EffectKey) -> Calls:
    """Return the calls of the effect as its saga would make them, so that key and arguments are the same."""
    component = facts.component(key.kind)
    if component is None:
        raise LookupError(f"The trip {facts.id} has no {key.kind}.")
    match key.effect:
        case "refund":
            refund = component.refunds[key.revision - 1]
            order = CancelOrder(**_named(facts, key, refund.revision), fee_agreed=0)
            return supplier_calls.refund(services.suppliers, order, refund, facts.currency)
        case "capture":
            order = CaptureOrder(**_named(facts, key, key.revision))
            return supplier_calls.capture(services.suppliers, order)
        case "confirm" if price := component.revision(key.revision).price:
            order = ConfirmOrder(**_named(facts, key, key.revision), price=price)
            return supplier_calls.confirm(services.suppliers, order)
        case _:
            return _undoing_calls(services, facts, component, key)


def _undoing_calls(services: ActivityServices, facts: TripFacts, component: ComponentFacts, key: EffectKey) -> Calls:
    """Return the calls that cancel a booking or void an authorization."""
    suppliers, ledger = services.suppliers, services.ledger
    fee_agreed = component.revision(key.revision).fee_agreed
    order = CancelOrder(**_named(facts, key, key.revision), fee_agreed=fee_agreed)
    if key.effect == "void":
        made_by = authorized_by(ledger, facts.id, key.component, key.revision)
        return supplier_calls.void(suppliers, order, made_by)
    made_by = held_by(ledger, facts.id, key.component, key.kind, key.revision)
    return supplier_calls.cancel(suppliers, order, made_by)


def _named(facts: TripFacts, key: EffectKey, revision: int) -> dict[str, Any]:
    """Return the fields that all orders have."""
    return {
        "trip": facts.id,
        "component": key.component,
        "kind": key.kind,
        "epoch": facts.epoch,
        "key": key.key,
        "revision": revision,
    }
