"""A trip as a whole: reading it, its pivot, the end of a change, its close."""

import logging
from datetime import timedelta

from activities.services import ActivityServices
from domain.ids import effect_key
from domain.trip.effects import CloseOrder, EndChangeOrder, PivotOrder, TripAnswer, TripOrder
from domain.trip.ending import outcome_of
from domain.trip.facts import TripFacts
from domain.trip.outcomes import TripOutcome
from domain.trip.plan import Close, next_step
from stores.ledger import CommandsWaiting, PivotVerdict, Superseded

log = logging.getLogger(__name__)


def read(services: ActivityServices, order: TripOrder) -> TripAnswer:
    """Return the trip's facts to the saga that owns it. A trip that has ended tells its end to every saga."""
    return known(services, order.trip, order.epoch)


def known(services: ActivityServices, trip: str, epoch: int) -> TripAnswer:
    """Return the trip's facts, as `superseded` to a saga that does not own the trip any more, unless it has ended."""
    facts = services.ledger.facts(trip)
    stale = facts.epoch != epoch and facts.outcome is None
    return TripAnswer(status="superseded" if stale else "done", facts=facts)


def pivot(services: ActivityServices, order: PivotOrder) -> TripAnswer:
    """Record the pivot while every hold and authorization has the margin left, otherwise that it is too late."""
    facts = services.ledger.facts(order.trip)
    done = services.ledger.pivot(order.trip, order.epoch, order.seen, _verdict(services, facts, order))
    log.info("trip_pivoted trip=%s status=%s", order.trip, done if isinstance(done, str) else type(done).__name__)
    return _answer(services, order, done)


def end_change(services: ActivityServices, order: EndChangeOrder) -> TripAnswer:
    """Record that a change is through, or that it was undone."""
    services.ledger.end_change(order.trip, order.epoch, order.command, order.done)
    return _answer(services, order, "done")


def close(services: ActivityServices, order: CloseOrder) -> TripAnswer:
    """Record how the trip ended, unless commands came that the saga has not seen, or the facts ask for more."""
    row, facts = services.ledger.trip(order.trip), services.ledger.facts(order.trip)
    if facts.outcome is None and facts.epoch == order.epoch and next_step(facts) != Close(order.status):
        return _answer(services, order, CommandsWaiting())
    outcome = outcome_of(facts, order.status, texts_of(services, facts))
    done = services.ledger.close(outcome, order.epoch, order.seen, row.version if row else None)
    if isinstance(done, TripOutcome):
        log.info("trip_closed trip=%s status=%s", done.id, done.status)
        return _answer(services, order, "done")
    return _answer(services, order, done)


def texts_of(services: ActivityServices, facts: TripFacts) -> dict[str, str]:
    """The kept wording of each hold, by its key."""
    keys = [effect_key(c.id, "hold", revision.number) for c in facts.components for revision in c.revisions]
    found = ((key, services.ledger.text(key)) for key in keys)
    return {key: text for key, text in found if text}


def _verdict(services: ActivityServices, facts: TripFacts, order: PivotOrder) -> PivotVerdict:
    """By the clock of whoever is later: the order may have waited in a queue."""
    if order.give_up:
        return "no_answer"
    last_moment = max(order.now, services.clock()) + timedelta(seconds=order.margin_seconds)
    return "hold_expired" if any(end < last_moment for end in facts.expiries()) else "pivot"


def _answer(services: ActivityServices, order: TripOrder, done: str | CommandsWaiting | Superseded) -> TripAnswer:
    answer = known(services, order.trip, order.epoch)
    if isinstance(done, Superseded):
        return answer.model_copy(update={"status": "superseded"})
    return answer.model_copy(update={"status": "again"}) if isinstance(done, CommandsWaiting) else answer
