"""A person's decision on an open item, carried out at the company and in the ledger.

Before an item is settled or written off the company is asked what became of it. What it has done after all is posted
instead. Otherwise the key is closed there first, so that nothing can arrive late and be paid for twice. While the
company has not answered, nothing is decided: the operator asks again.
"""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import process
from activities import company
from activities.keyed import Effect, run
from activities.requests import authorized_by, held_by
from activities.services import ActivityServices
from domain.attention.decisions import DecisionAnswer, DecisionOrder
from domain.components import Effect as EffectName
from domain.trip.effects import CancelOrder, CaptureOrder, ConfirmOrder
from domain.trip.facts import Item, TripFacts
from domain.trip.records import Command, Data
from stores.ledger import EffectKey, StaleVersionError, key_of
from suppliers.ports import Enquiry

log = logging.getLogger(__name__)

T = TypeVar("T")

_AT_SUPPLIERS: tuple[EffectName, ...] = ("confirm", "cancel")
_TRIES = 20

_QUESTIONS_AT_ONCE = 8


class UnansweredError(Exception):
    """The company has neither done the effect nor promised never to do it."""


def decide(services: ActivityServices, order: DecisionOrder) -> DecisionAnswer:
    """Carry the decision out once: a repeat under the same command id gets what came of it."""
    ledger = services.ledger
    known = next((command for command in ledger.commands(order.trip) if command.id == order.command), None)
    if known:
        return _known(known, order)
    row, facts = ledger.trip(order.trip), ledger.facts(order.trip)
    item = _open(facts, order)
    if row is None or row.version != order.version:
        return DecisionAnswer(status="stale_version")
    if item is None:
        return DecisionAnswer(status="item_not_found")
    if order.decision == "retry":
        return _accept(services, order)
    effect = key_of(order.trip, item)
    if effect is None:
        return DecisionAnswer(status="invalid_decision")
    calls = _calls(services, facts, effect)
    try:
        done = _shut(services, effect, calls)
    except Exception as fault:
        log.warning("attention_unanswered trip=%s item=%s reason=%s", order.trip, order.item, type(fault).__name__)
        return DecisionAnswer(status="provider_unavailable")
    if done is None:
        return _accept(services, order, whatever_version=True)
    return _post(services, order, Effect(effect, calls.arguments, facts.epoch, ask=lambda: done, act=lambda: done))


def _known(command: Command, order: DecisionOrder) -> DecisionAnswer:
    as_wished = command.body["decision"] == order.decision
    return DecisionAnswer(status="accepted" if as_wished else "already_done", number=command.number)


def _shut(services: ActivityServices, effect: EffectKey, calls: company.Calls) -> Data | None:
    """Return what the company has done under the key, or None once it is certain that it never will do anything.

    Raises `UnansweredError` while neither is certain. A closed key is never closed again: the answer to that may be
    late each time.
    """
    finding = _in_time(services, calls.enquire)
    if finding == company.Absent(is_closed=False):
        if _in_time(services, lambda: _close(services, effect)).state == "closed":
            return None
        # The call has arrived meanwhile. What closing answers may be older than the answer to that call.
        finding = _in_time(services, calls.enquire)
    match finding:
        case company.CompanyOutcome(data):
            return None if data["status"] == "refused" else data
        case company.Undone() | company.Absent(is_closed=True):
            return None
        case company.Pending() | company.Absent():
            raise UnansweredError(f"{effect.key} has no answer yet")


def _post(services: ActivityServices, order: DecisionOrder, done: Effect) -> DecisionAnswer:
    """The company has done it: the item is open no more, and the outcome is written down as the company tells it."""
    reason = f"{order.decision} was asked for, but the company had done it. {order.reason}"
    accepted = _accept(services, order.model_copy(update={"decision": "retry", "reason": reason}))
    if accepted.status != "accepted":
        return accepted
    run(services.ledger, done, services.patience)
    return accepted.model_copy(update={"status": "already_done"})


def _accept(services: ActivityServices, order: DecisionOrder, *, whatever_version: bool = False) -> DecisionAnswer:
    """Store the decision as a command of the trip.

    With `whatever_version` it stands as long as the item is open: its key is closed at the company, which can't be
    taken back, whatever else the trip has been told meanwhile.
    """
    body: Data = order.model_dump(include={"item", "decision", "reason", "reference"})
    version = order.version
    for _ in range(_TRIES):
        try:
            command = services.ledger.accept(order.trip, "decision", order.command, order.by, body, version)
        except StaleVersionError:
            row, facts = services.ledger.trip(order.trip), services.ledger.facts(order.trip)
            if row is None or not whatever_version or _open(facts, order) is None:
                break
            version = row.version
            continue
        log.info("attention_decided trip=%s item=%s number=%d", order.trip, order.item, command.number)
        return DecisionAnswer(status="accepted", number=command.number)
    return DecisionAnswer(status="stale_version")


def _open(facts: TripFacts, order: DecisionOrder) -> Item | None:
    return next((item for item in facts.items if item.id == order.item), None)


def _close(services: ActivityServices, effect: EffectKey) -> Enquiry:
    if effect.effect in _AT_SUPPLIERS:
        return services.suppliers.booking[effect.kind].close(effect.key)
    return services.suppliers.payments.close(effect.key)


def _in_time(services: ActivityServices, call: Callable[[], T]) -> T:
    return process.pool("attention", _QUESTIONS_AT_ONCE).submit(call).result(timeout=services.patience.call)


def _calls(services: ActivityServices, facts: TripFacts, effect: EffectKey) -> company.Calls:
    """The effect as its saga would send it, so that key and arguments are the same."""
    component = facts.component(effect.kind)
    if component is None:
        raise LookupError(f"The trip {facts.id} has no {effect.kind}.")
    named: dict[str, Any] = {
        "trip": facts.id,
        "component": effect.component,
        "kind": effect.kind,
        "epoch": facts.epoch,
        "key": effect.key,
    }
    if effect.effect == "refund":
        refund = component.refunds[effect.revision - 1]
        undoing = CancelOrder(**named, revision=refund.revision, fee_agreed=0)
        return company.refund(services.suppliers, undoing, refund, facts.currency)
    revision = component.revision(effect.revision)
    named["revision"] = effect.revision
    match effect.effect:
        case "confirm" if revision.price:
            return company.confirm(services.suppliers, ConfirmOrder(**named, price=revision.price))
        case "capture":
            return company.capture(services.suppliers, CaptureOrder(**named))
        case "void":
            undoing = CancelOrder(**named, fee_agreed=revision.fee_agreed)
            authorized = authorized_by(services.ledger, facts.id, effect.component, effect.revision)
            return company.void(services.suppliers, undoing, authorized)
        case _:
            undoing = CancelOrder(**named, fee_agreed=revision.fee_agreed)
            held = held_by(services.ledger, facts.id, effect.component, effect.kind, effect.revision)
            return company.cancel(services.suppliers, undoing, held)
