"""Doing what the plan says: each step is one activity under its key, and answers with what is then known."""

from datetime import timedelta
from typing import Any

from domain.amount import Money
from domain.components import COMPONENTS, Component, Effect
from domain.ids import effect_key
from domain.trip.effects import (
    AuthorizeOrder,
    CancelOrder,
    CaptureOrder,
    CloseOrder,
    ConfirmOrder,
    EffectAnswer,
    EffectOrder,
    EndChangeOrder,
    GiveUpOrder,
    HoldOrder,
    PivotOrder,
    TripAnswer,
    TripOrder,
)
from domain.trip.facts import TripFacts
from domain.trip.outcomes import SagaInput, TripEnd
from domain.trip.plan import EndChange, Forward, ForwardEffect, Undo
from orchestrators.frame import ATTEMPTS, Context, Flow, StepFailedError, compensation_waits, pause, perform, require

READ = "read_trip_activity"
GIVE_UP = "give_up_activity"
PIVOT = "record_pivot_activity"
END_CHANGE = "end_change_activity"
CLOSE = "close_trip_activity"


class SupersededError(Exception):
    """Another saga owns the trip now: this one is to do nothing more."""


class Steps:
    """The steps of one saga."""

    def __init__(self, context: Context, saga: SagaInput) -> None:
        self._context = context
        self._saga = saga

    def read(self) -> Flow[TripFacts]:
        """What is known of the trip now, all commands included."""
        answer = yield from require(self._context, READ, self._order(0), TripAnswer)
        return self.of_owner(answer)

    def forward(self, facts: TripFacts, step: Forward) -> Flow[TripFacts]:
        """Hold, authorize, confirm or capture."""
        component = COMPONENTS[step.kind]
        order = self._forward_order(facts, component, step)
        activity = _activity(component, step.effect)
        return (yield from self._effect(activity, order, list(ATTEMPTS)))

    def undo(self, facts: TripFacts, step: Undo) -> Flow[TripFacts]:
        """Cancel a revision of a component, with all that belongs to it."""
        component = COMPONENTS[step.kind]
        order = CancelOrder(**self._named(facts, component, "cancel", step.revision), fee_agreed=step.fee_agreed)
        waits = compensation_waits(self._saga.policy.compensation_attempts)
        return (yield from self._effect(component.cancel, order, list(waits)))

    def lose(self, facts: TripFacts, component: Component, identifier: str) -> Flow[TripFacts]:
        """The component's saga brought no result: all that it may have done counts as failed."""
        order = GiveUpOrder(
            trip=facts.id,
            component=identifier,
            kind=component.kind,
            revision=1,
            epoch=self._saga.epoch,
            activity=None,
        )
        return self.of_owner((yield from require(self._context, GIVE_UP, order, TripAnswer)))

    def pivot(self, facts: TripFacts, give_up: bool = False) -> Flow[TripFacts]:
        """Record that the trip goes forward from here, or that it is too late for that."""
        order = PivotOrder(
            **self._whole(facts),
            now=self._context.current_utc_datetime,
            margin_seconds=self._saga.policy.pivot_margin_seconds,
            give_up=give_up,
        )
        return self.of_owner((yield from require(self._context, PIVOT, order, TripAnswer)))

    def end_change(self, facts: TripFacts, step: EndChange) -> Flow[TripFacts]:
        order = EndChangeOrder(**self._whole(facts), command=step.command, done=step.done)
        return self.of_owner((yield from require(self._context, END_CHANGE, order, TripAnswer)))

    def close(self, facts: TripFacts, status: TripEnd) -> Flow[TripFacts]:
        """Close the trip, unless commands came that these facts don't have."""
        order = CloseOrder(**self._whole(facts), status=status)
        return self.of_owner((yield from require(self._context, CLOSE, order, TripAnswer)))

    def _effect(self, activity: str, order: EffectOrder, waits: list[timedelta]) -> Flow[TripFacts]:
        """Try until there is an outcome; when the attempts are used up, say so in the ledger."""
        for wait in waits:
            yield from pause(self._context, wait)
            answer = yield from self._once_free(activity, order)
            if answer and answer.status == "superseded":
                raise SupersededError
            if answer and answer.status in ("done", "refused"):
                return answer.facts
        given_up = GiveUpOrder(
            trip=order.trip,
            component=order.component,
            kind=order.kind,
            revision=order.revision,
            epoch=order.epoch,
            activity=activity,
            fee_agreed=order.fee_agreed if isinstance(order, CancelOrder) else None,
        )
        return self.of_owner((yield from require(self._context, GIVE_UP, given_up, TripAnswer)))

    def _once_free(self, activity: str, order: EffectOrder) -> Flow[EffectAnswer | None]:
        """One attempt; while another delivery works on the key, wait it out first."""
        while True:
            answer = yield from perform(self._context, activity, order, EffectAnswer, waits=(timedelta(0),))
            if answer is None or answer.status != "busy" or answer.until is None:
                return answer
            wait = max(answer.until - self._context.current_utc_datetime, timedelta(milliseconds=100))
            yield from pause(self._context, wait)

    def _forward_order(self, facts: TripFacts, component: Component, step: Forward) -> EffectOrder:
        named = self._named(facts, component, step.effect, step.revision)
        if step.effect == "hold":
            request = self._saga.request
            change = facts.change if step.revision > 1 else None
            return HoldOrder(
                **named,
                destination=request.destination,
                date=change.date if change else request.date,
                units=change.units if change else request.units_of(component.kind),
                booked_at=self._context.current_utc_datetime,
            )
        known = facts.component(component.kind)
        revision = known.revision(step.revision) if known else None
        if revision is None or revision.price is None or revision.confirmation is None:
            raise StepFailedError(f"There is no hold of the {component.noun} to {step.effect}.")
        match step.effect:
            case "authorize":
                amount = Money(currency=facts.currency, minor=step.amount)
                return AuthorizeOrder(**named, amount=amount, confirmation=revision.confirmation)
            case "confirm":
                return ConfirmOrder(**named, price=revision.price)
            case "capture":
                return CaptureOrder(**named)

    def _named(self, facts: TripFacts, component: Component, effect: Effect, revision: int) -> dict[str, Any]:
        known = facts.component(component.kind)
        identifier = known.id if known else self._saga.component or self._saga.trip
        return {
            "trip": facts.id,
            "component": identifier,
            "kind": component.kind,
            "revision": revision,
            "key": effect_key(identifier, effect, revision),
            "epoch": self._saga.epoch,
        }

    def _whole(self, facts: TripFacts) -> dict[str, Any]:
        return {"trip": facts.id, "epoch": self._saga.epoch, "seen": facts.commands}

    def _order(self, seen: int) -> TripOrder:
        return TripOrder(trip=self._saga.trip, epoch=self._saga.epoch, seen=seen)

    def of_owner(self, answer: TripAnswer) -> TripFacts:
        """The facts of an answer. Raises `SupersededError` when another saga owns the trip now."""
        if answer.status == "superseded":
            raise SupersededError
        return answer.facts


def _activity(component: Component, effect: ForwardEffect) -> str:
    match effect:
        case "hold":
            return component.book
        case "authorize":
            return component.pay
        case "confirm":
            return component.confirm
        case "capture":
            return component.capture
