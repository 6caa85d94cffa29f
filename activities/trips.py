"""A trip as a whole: reading it, its pivot, the end of a change, its close."""

from datetime import timedelta

from activities.services import ActivityServices
from activities.step_log import log_step
from domain.ids import effect_key
from domain.trip.effects import CloseOrder, EndChangeOrder, PivotOrder, TripAnswer, TripOrder
from domain.trip.ending import outcome_of, trip_status
from domain.trip.facts import TripFacts
from domain.trip.keeping import holds_another_price
from domain.trip.outcomes import PARKED, TripOutcome
from domain.trip.plan import Close, next_step
from domain.trip.records import TripRow
from stores.ledger import CommandsWaiting, PivotVerdict, Superseded


def read(services: ActivityServices, order: TripOrder) -> TripAnswer:
    """Return the trip's facts to the saga that owns it. Every saga gets the facts of a trip that has ended."""
    return trip_answer(services, order.trip, order.epoch)


def trip_answer(services: ActivityServices, trip: str, epoch: int) -> TripAnswer:
    """Return the trip's facts, as `superseded` to a saga that does not own the trip any more, unless it has ended."""
    facts = services.ledger.facts(trip)
    # The end is the same for every saga, so an old one may return it as its result.
    if facts.outcome is None and facts.epoch != epoch:
        return TripAnswer(status="superseded", facts=facts)
    return TripAnswer(status="done", facts=facts)


def is_to_be_started(services: ActivityServices, row: TripRow) -> bool:
    """Return whether the trip's first saga is to be started: nothing else works on the trip, and it has not ended."""
    # Nothing but the opening is written at this version, so there is no more to read.
    if row.version == 1:
        return True
    # A repeat leaves alone what has ended or parked, and what another saga has taken over.
    facts = services.ledger.facts(row.id)
    if facts.outcome is not None or facts.epoch != 1:
        return False
    return trip_status(facts) not in PARKED


def pivot(services: ActivityServices, order: PivotOrder) -> TripAnswer:
    """Record the pivot if every hold and authorization has the margin left, otherwise that it is too late."""
    facts = services.ledger.facts(order.trip)
    verdict = _verdict(services, facts, order)
    result = services.ledger.pivot(order.trip, order.epoch, order.seen, verdict)
    answer = _answer(services, order, result)
    log_step(order.trip, "pivot", *_end_of_pivot(answer))
    return answer


def end_change(services: ActivityServices, order: EndChangeOrder) -> TripAnswer:
    """Record that a change was made, or that it was undone."""
    services.ledger.end_change(order.trip, order.epoch, order.command, order.done)
    log_step(order.trip, "change", "made" if order.done else "not_made")
    return trip_answer(services, order.trip, order.epoch)


def close(services: ActivityServices, order: CloseOrder) -> TripAnswer:
    """Record how the trip ended, unless commands came that the saga has not read, or the facts ask for more."""
    rows = services.ledger.rows(order.trip)
    facts = rows.facts
    if _asks_for_more(facts, order):
        log_step(order.trip, "close", "again", "facts_changed")
        return _answer(services, order, CommandsWaiting())
    outcome = outcome_of(facts, order.status, texts_of(services, facts))
    result = services.ledger.close(outcome, order.epoch, order.seen, rows.row.version)
    match result:
        case TripOutcome(status=status, error=error):
            log_step(order.trip, "close", status, error.code if error else None)
        case CommandsWaiting():
            log_step(order.trip, "close", "again", "facts_changed")
        case Superseded():
            log_step(order.trip, "close", "superseded", "later_saga")
    return _answer(services, order, result)


def texts_of(services: ActivityServices, facts: TripFacts) -> dict[str, str]:
    """Return the kept wording of each hold, by its key."""
    keys: list[str] = []
    for component in facts.components:
        for revision in component.revisions:
            keys.append(effect_key(component.id, "hold", revision.number))
    return services.ledger.texts(facts.id, keys)


def _asks_for_more(facts: TripFacts, order: CloseOrder) -> bool:
    """Return whether the owner of an open trip has another step to take than this close."""
    is_owner = facts.epoch == order.epoch
    if facts.outcome is not None or not is_owner:
        return False
    return next_step(facts) != Close(order.status)


def _verdict(services: ActivityServices, facts: TripFacts, order: PivotOrder) -> PivotVerdict:
    if order.give_up:
        return "no_answer"
    if holds_another_price(facts):
        return "price_changed"
    # By the later of both clocks, because the order may have waited in a queue.
    now = max(order.now, services.clock())
    last_moment = now + timedelta(seconds=order.margin_seconds)
    first_end = min(facts.expiries(), default=last_moment)
    return "hold_expired" if first_end < last_moment else "pivot"


def _end_of_pivot(answer: TripAnswer) -> tuple[str, str | None]:
    """Return the outcome and the reason of the step, for the log."""
    match answer.status:
        case "superseded":
            return "superseded", "later_saga"
        case "again":
            return "again", "facts_changed"
        case "done":
            return answer.facts.pivot, answer.facts.expired_because


def _answer(
    services: ActivityServices, order: TripOrder, result: TripOutcome | str | CommandsWaiting | Superseded
) -> TripAnswer:
    current = trip_answer(services, order.trip, order.epoch)
    match result:
        case Superseded():
            return current.model_copy(update={"status": "superseded"})
        case CommandsWaiting():
            return current.model_copy(update={"status": "again"})
        case _:
            return current
