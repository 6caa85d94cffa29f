"""Holding, authorizing, confirming, capturing and undoing one component of a trip.

Every effect has a key of its own, `<component>/<effect>/<revision>`, and goes through `activities.keyed`. Each answer
carries the facts of the whole trip, read after the effect.
"""

import logging
from collections.abc import Iterator

from activities import company
from activities.keyed import Effect, Ended, Unended, run
from activities.requests import authorized_by, held_by
from activities.services import ActivityServices
from activities.threads import in_thread
from activities.trips import known
from domain.components import COMPONENTS
from domain.components import Effect as EffectName
from domain.ids import effect_key
from domain.trip.effects import (
    AuthorizeOrder,
    BookResult,
    CancelOrder,
    CaptureOrder,
    ConfirmOrder,
    EffectAnswer,
    EffectOrder,
    GiveUpOrder,
    HoldOrder,
    TripAnswer,
)
from domain.trip.facts import ComponentFacts, Refund, Revision, TripFacts
from domain.trip.outcomes import Refusal
from domain.trip.plan import kept_revision
from domain.trip.records import Data
from stores.ledger import EffectKey

log = logging.getLogger(__name__)


async def hold(services: ActivityServices, order: HoldOrder) -> EffectAnswer:
    """Hold the booking, and only then have the answer worded; the first wording is kept."""
    ended = await in_thread(_run, services, order, "hold", company.hold(services.suppliers, order))
    if isinstance(ended, Ended) and await in_thread(services.ledger.text, order.key) is None:
        text = await services.clerks[order.kind].word(_held(ended.answer), order)
        await in_thread(services.ledger.keep_text, order.key, text)
    return await in_thread(_answer, services, order, ended)


def authorize(services: ActivityServices, order: AuthorizeOrder) -> EffectAnswer:
    """Reserve the price on the traveller's means of payment."""
    return _done(services, order, "authorize", company.authorize(services.suppliers, order))


def confirm(services: ActivityServices, order: ConfirmOrder) -> EffectAnswer:
    """Have the hold ticketed at the agreed price."""
    return _done(services, order, "confirm", company.confirm(services.suppliers, order))


def capture(services: ActivityServices, order: CaptureOrder) -> EffectAnswer:
    """Take what was authorized."""
    return _done(services, order, "capture", company.capture(services.suppliers, order))


def cancel(services: ActivityServices, order: CancelOrder) -> EffectAnswer:
    """Undo a revision: cancel the booking, let the authorization go, give back what is due.

    Every part is attempted whatever became of the others; a part that has been done is not done again. Raises the
    first fault once all were tried.
    """
    ends: list[Ended | Unended] = []
    faults: list[Exception] = []
    for part in _parts(services, order):
        try:
            ends.append(run(services.ledger, part, services.patience))
        except Exception as fault:
            log.warning("undo_fault key=%s reason=%s", part.key.key, type(fault).__name__)
            faults.append(fault)
    if faults:
        raise faults[0]
    unended = next((end for end in ends if isinstance(end, Unended)), None)
    return _answer(services, order, unended or Ended({"status": "cancelled"}))


def give_up(services: ActivityServices, order: GiveUpOrder) -> TripAnswer:
    """Write down that the attempts of an activity are used up, for each of its effects that has no outcome."""
    ledger = services.ledger
    if order.activity is None:
        ledger.lose(order.trip, order.component, order.kind, order.epoch)
    else:
        facts = ledger.facts(order.trip)
        for effect, revision in _open_effects(facts, order):
            fee = order.fee_agreed if effect == "cancel" else None
            ledger.give_up(_key(order, effect, revision), order.epoch, fee)
            log.warning("effect_given_up component=%s effect=%s revision=%d", order.component, effect, revision)
    return known(services, order.trip, order.epoch)


def _done(services: ActivityServices, order: EffectOrder, effect: EffectName, calls: company.Calls) -> EffectAnswer:
    return _answer(services, order, _run(services, order, effect, calls))


def _run(services: ActivityServices, order: EffectOrder, effect: EffectName, calls: company.Calls) -> Ended | Unended:
    """The key is fixed by component, effect and revision: an order with another one is a mistake of the caller."""
    key = _key(order, effect, order.revision)
    if order.key != key.key:
        raise ValueError(f"{order.key} is not the key of {effect} for {order.component}; nothing was done.")
    return run(services.ledger, Effect(key, calls.arguments, order.epoch, calls.ask, calls.act), services.patience)


def _answer(services: ActivityServices, order: EffectOrder, end: Ended | Unended) -> EffectAnswer:
    facts = services.ledger.facts(order.trip)
    if isinstance(end, Unended):
        return EffectAnswer(status=end.status, facts=facts, until=end.until)
    status = end.answer["status"]
    log.info("effect_ended key=%s status=%s", order.key, status)
    return EffectAnswer(status="refused" if status == "refused" else "done", facts=facts)


def _parts(services: ActivityServices, order: CancelOrder) -> Iterator[Effect]:
    """Yield what is left to undo. Each part is decided after the one before it, which may have changed what is left."""
    suppliers, ledger = services.suppliers, services.ledger
    facts, revision = _component(services, order)
    if revision is None or revision.hold not in ("none", "refused"):
        held = held_by(ledger, order.trip, order.component, order.kind, order.revision)
        calls = company.cancel(suppliers, order, held)
        yield Effect(_key(order, "cancel", order.revision), calls.arguments, order.epoch, calls.ask, calls.act)
    if revision and revision.authorize not in ("none", "refused") and revision.capture != "done":
        authorized = authorized_by(ledger, order.trip, order.component, order.revision)
        calls = company.void(suppliers, order, authorized)
        yield Effect(_key(order, "void", order.revision), calls.arguments, order.epoch, calls.ask, calls.act)
    tried: set[int] = set()
    while (refund := _next_refund(services, order)) and refund.number not in tried:
        tried.add(refund.number)
        calls = company.refund(suppliers, order, refund, facts.currency)
        yield Effect(_key(order, "refund", refund.number), calls.arguments, order.epoch, calls.ask, calls.act)


def _next_refund(services: ActivityServices, order: CancelOrder) -> Refund | None:
    facts, _ = _component(services, order)
    component = facts.component(order.kind)
    return component.next_refund(kept_revision(facts, component)) if component else None


def _component(services: ActivityServices, order: CancelOrder) -> tuple[TripFacts, Revision | None]:
    facts = services.ledger.facts(order.trip)
    component = facts.component(order.kind)
    known = component is not None and len(component.revisions) >= order.revision
    return facts, component.revision(order.revision) if component and known else None


def _open_effects(facts: TripFacts, order: GiveUpOrder) -> Iterator[tuple[EffectName, int]]:
    """The effects of the order's activity that were wanted and have no outcome."""
    names = COMPONENTS[order.kind]
    forward: dict[str, EffectName] = {
        names.book: "hold",
        names.pay: "authorize",
        names.confirm: "confirm",
        names.capture: "capture",
    }
    if order.activity in forward:
        yield forward[order.activity], order.revision
        return
    component = facts.component(order.kind)
    if component:
        yield from _open_undoing(component, component.revision(order.revision))


def _open_undoing(component: ComponentFacts, revision: Revision) -> Iterator[tuple[EffectName, int]]:
    if revision.hold not in ("none", "refused") and revision.cancel in ("none", "intended"):
        yield "cancel", revision.number
    authorized = revision.authorize not in ("none", "refused") and revision.capture != "done"
    if authorized and revision.void in ("none", "intended"):
        yield "void", revision.number
    for refund in component.refunds:
        if refund.mark == "intended":
            yield "refund", refund.number


def _key(order: EffectOrder | GiveUpOrder, effect: EffectName, revision: int) -> EffectKey:
    return EffectKey(
        trip=order.trip,
        component=order.component,
        kind=order.kind,
        effect=effect,
        revision=revision,
        key=effect_key(order.component, effect, revision),
    )


def _held(answer: Data) -> BookResult:
    """Return the facts of a hold that its wording is made from."""
    if answer["status"] == "held":
        names = ("confirmation", "amount", "details")
        return BookResult.model_validate({"status": "booked"} | {name: answer[name] for name in names})
    refusal = answer.get("refusal") or Refusal(code="cancelled", message="It has been cancelled.")
    return BookResult.model_validate({"status": "rejected", "refusal": refusal})
