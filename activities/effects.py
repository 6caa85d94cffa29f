"""Holding, authorizing, confirming, capturing and undoing one component of a trip.

Each effect has its own key, `<component>/<effect>/<revision>`, and goes through `activities.keyed`. Each result carries
the facts of the whole trip after the effect.
"""

from collections.abc import Iterator, Sequence

from activities import supplier_calls
from activities.keyed import Ended, KeyedEffect, Unended, Wording, run, step_of
from activities.requests import authorized_by, held_by
from activities.services import ActivityServices
from activities.step_log import log_step
from activities.supplier_calls import Calls
from activities.threads import wait_for
from activities.trips import trip_answer
from agents.component_agents import ComponentAgent
from domain.components import COMPONENTS, Effect
from domain.ids import effect_key
from domain.trip.effect_outcomes import Cancelled, EffectEnd, Held, Outcome, Refused
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
from domain.trip.facts import TripFacts
from domain.trip.keeping import kept_revision
from domain.trip.outcomes import Refusal
from domain.trip.revisions import Refund, Revision, UndoingEffect
from stores.ledger import EffectKey


def hold(services: ActivityServices, order: HoldOrder) -> EffectAnswer:
    """Hold the booking, then have the outcome worded. The first wording is kept."""
    agent = services.component_agents[order.kind]

    def own_words(outcome: Outcome) -> str | None:
        return agent.own_words(_book_result(outcome), order)

    result = _run(services, order, "hold", supplier_calls.hold(services.suppliers, order), own_words)
    # A model is asked after the ledger has the outcome: one that is slow or wrong must not endanger the booking.
    if isinstance(result, Ended) and (agent.asks_a_model or result.is_repeated):
        _keep_words(services, order, agent, result.end)
    return _answer(services, order, result)


def authorize(services: ActivityServices, order: AuthorizeOrder) -> EffectAnswer:
    """Reserve the price on the traveller's means of payment."""
    return _run_and_answer(services, order, "authorize", supplier_calls.authorize(services.suppliers, order))


def confirm(services: ActivityServices, order: ConfirmOrder) -> EffectAnswer:
    """Confirm the hold at the agreed price."""
    return _run_and_answer(services, order, "confirm", supplier_calls.confirm(services.suppliers, order))


def capture(services: ActivityServices, order: CaptureOrder) -> EffectAnswer:
    """Take the authorized amount."""
    return _run_and_answer(services, order, "capture", supplier_calls.capture(services.suppliers, order))


def cancel(services: ActivityServices, order: CancelOrder) -> EffectAnswer:
    """Undo a revision: cancel the booking, void the authorization, refund what is due.

    Every part is attempted, also after a fault of another one; a part that has been done is not done again. Raise the
    first fault once all were tried.
    """
    unended: list[Unended] = []
    faults: list[Exception] = []
    for part in _undoing_parts(services, order):
        try:
            result = run(services.ledger, part, services.timeouts)
        except Exception as fault:
            faults.append(fault)
            continue
        if isinstance(result, Unended):
            unended.append(result)
    if faults:
        raise faults[0]
    if unended:
        # Whichever it is, the saga tries all parts again.
        return _answer(services, order, unended[0])
    return _answer(services, order, Ended(Cancelled(), facts=None))


def give_up(services: ActivityServices, order: GiveUpOrder) -> TripAnswer:
    """Record that the attempts of an activity are used up, for each of its effects that has no outcome."""
    ledger = services.ledger
    if order.activity is None:
        ledger.lose(order.trip, order.component, order.kind, order.epoch)
        log_step(order.trip, f"book_{COMPONENTS[order.kind].suffix}", "lost", "saga_failed")
        return trip_answer(services, order.trip, order.epoch)
    facts = ledger.facts(order.trip)
    for effect, revision in _effects_without_outcome(facts, order, order.activity):
        # The fee must be known although no attempt may have come as far as writing it into an intent.
        fee = order.fee_agreed if effect == "cancel" else None
        key = _key(order, effect, revision)
        ledger.give_up(key, order.epoch, fee)
        log_step(order.trip, step_of(key), "given_up", "attempts_used_up")
    return trip_answer(services, order.trip, order.epoch)


def _keep_words(services: ActivityServices, order: HoldOrder, agent: ComponentAgent, end: EffectEnd) -> None:
    """Have the outcome worded, unless it has been."""
    if services.ledger.text(order.key) is None:
        services.ledger.keep_text(order.key, agent.word(_book_result(end), order, wait_for))


def _run_and_answer(services: ActivityServices, order: EffectOrder, effect: Effect, calls: Calls) -> EffectAnswer:
    return _answer(services, order, _run(services, order, effect, calls))


def _run(
    services: ActivityServices, order: EffectOrder, effect: Effect, calls: Calls, word: Wording | None = None
) -> Ended | Unended:
    """Do the effect of an order. Raise `ValueError` for an order with a key of another effect."""
    keyed = _keyed(order, effect, order.revision, calls, word)
    # The key follows from component, effect and revision: an order with another one is a mistake of the caller.
    if order.key != keyed.key.key:
        raise ValueError(f"{order.key} is not the key of {effect} for {order.component}; nothing was done.")
    return run(services.ledger, keyed, services.timeouts)


def _answer(services: ActivityServices, order: EffectOrder, result: Ended | Unended) -> EffectAnswer:
    match result:
        case Unended(status, _, until):
            return EffectAnswer(status=status, facts=services.ledger.facts(order.trip), until=until)
        case Ended(end, facts):
            # The saga goes on with facts that include the effect.
            facts = facts or services.ledger.facts(order.trip)
            return EffectAnswer(status="refused" if isinstance(end, Refused) else "done", facts=facts)


def _undoing_parts(services: ActivityServices, order: CancelOrder) -> Iterator[KeyedEffect]:
    """Yield the effects that undo a revision.

    Each part is decided after the one before it, which may have changed what is left.
    """
    facts = services.ledger.facts(order.trip)
    for effect in _undoings(facts, order):
        calls = _undoing_calls(services, order, effect)
        yield _keyed(order, effect, order.revision, calls)
    tried: set[int] = set()
    while True:
        refund = _next_refund(services, order)
        # A refund that was tried and is due again has found no outcome: its key needs another attempt.
        if refund is None or refund.number in tried:
            return
        tried.add(refund.number)
        calls = supplier_calls.refund(services.suppliers, order, refund, facts.currency)
        yield _keyed(order, "refund", refund.number, calls)


def _undoings(facts: TripFacts, order: CancelOrder) -> Sequence[UndoingEffect]:
    revision = _revision(facts, order)
    # A revision without rows may still be on its way to the supplier, so it is cancelled by key.
    if revision is None:
        return ("cancel",)
    return revision.undoings


def _undoing_calls(services: ActivityServices, order: CancelOrder, effect: UndoingEffect) -> Calls:
    suppliers, ledger = services.suppliers, services.ledger
    match effect:
        case "cancel":
            made_by = held_by(ledger, order.trip, order.component, order.kind, order.revision)
            return supplier_calls.cancel(suppliers, order, made_by)
        case "void":
            made_by = authorized_by(ledger, order.trip, order.component, order.revision)
            return supplier_calls.void(suppliers, order, made_by)


def _next_refund(services: ActivityServices, order: CancelOrder) -> Refund | None:
    facts = services.ledger.facts(order.trip)
    component = facts.component(order.kind)
    if component is None:
        return None
    return component.next_refund(kept_revision(facts, component))


def _revision(facts: TripFacts, order: CancelOrder) -> Revision | None:
    component = facts.component(order.kind)
    if component is None or len(component.revisions) < order.revision:
        return None
    return component.revision(order.revision)


def _effects_without_outcome(facts: TripFacts, order: GiveUpOrder, activity: str) -> Sequence[tuple[Effect, int]]:
    """Return the effects that the activity was to have and that have no outcome, each with its number."""
    names = COMPONENTS[order.kind]
    forward: dict[str, Effect] = {
        names.book: "hold",
        names.pay: "authorize",
        names.confirm: "confirm",
        names.capture: "capture",
    }
    if activity in forward:
        return [(forward[activity], order.revision)]
    component = facts.component(order.kind)
    if component is None:
        return []
    return component.left_to_undo(component.revision(order.revision))


def _keyed(order: EffectOrder, effect: Effect, number: int, calls: Calls, word: Wording | None = None) -> KeyedEffect:
    return KeyedEffect(
        key=_key(order, effect, number),
        arguments=calls.arguments,
        epoch=order.epoch,
        ask=calls.ask,
        act=calls.act,
        word=word,
    )


def _key(order: EffectOrder | GiveUpOrder, effect: Effect, number: int) -> EffectKey:
    """Return the key of an effect; `number` is that of its revision or refund."""
    return EffectKey(
        trip=order.trip,
        component=order.component,
        kind=order.kind,
        effect=effect,
        revision=number,
        key=effect_key(order.component, effect, number),
    )


def _book_result(end: EffectEnd) -> BookResult:
    """Return the facts of a hold that its wording is made from."""
    match end:
        case Held():
            return BookResult(
                status="booked",
                confirmation=end.confirmation,
                amount=end.amount,
                details=end.details,
            )
        case Refused(refusal=refusal):
            return BookResult(status="rejected", refusal=refusal)
        case _:
            refusal = Refusal(code="cancelled", message="It has been cancelled.")
            return BookResult(status="rejected", refusal=refusal)
