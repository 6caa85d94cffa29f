"""The steps of a plan: each calls one activity under its key and returns the trip facts after it."""

from datetime import timedelta
from typing import Any

from domain.components import COMPONENTS, Component, Effect
from domain.trip.effects import (
    CancelOrder,
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
from domain.trip.facts import InputWithFacts, TripFacts
from domain.trip.orders import named, order_of
from domain.trip.outcomes import SagaInput, TripEnd
from domain.trip.plan import EndChange, Forward, Undo
from domain.value import Value
from orchestrators.frame import (
    ATTEMPTS,
    Context,
    Flow,
    StepFailedError,
    compensation_waits,
    goes_on_at_once,
    pause,
    perform,
    require,
)

READ = "read_trip_activity"
GIVE_UP = "give_up_activity"
PIVOT = "record_pivot_activity"
END_CHANGE = "end_change_activity"
CLOSE = "close_trip_activity"


class SupersededError(Exception):
    """Another saga owns the trip now, so this one must do nothing more."""


class Steps:
    """The steps of one saga.

    Each raises `SupersededError` when another saga owns the trip, and `StepFailedError` when an activity that the trip
    cannot go on without failed in every attempt.
    """

    def __init__(self, context: Context, saga: SagaInput) -> None:
        self._context = context
        self._saga = saga
        self._has_gone_on = False
        """True if the last activity may have tried the steps after its own."""

    def read(self) -> Flow[TripFacts]:
        """Return the trip facts as the ledger has them now, with all commands."""
        return (yield from self._owned(READ, TripOrder(trip=self._saga.trip, epoch=self._saga.epoch, seen=0)))

    def first_facts(self) -> Flow[TripFacts]:
        """Return the facts that the saga was started with, or read them."""
        if isinstance(self._saga, InputWithFacts):
            return self._saga.facts
        return (yield from self.read())

    def forward(self, facts: TripFacts, step: Forward) -> Flow[TripFacts]:
        """Hold, authorize, confirm or capture one revision."""
        component = COMPONENTS[step.kind]
        order = self._forward_order(facts, component, step)
        activity = component.forward_activity(step.effect)
        waits = list(ATTEMPTS)
        if self._has_gone_on and _is_tried(facts, step):
            # The first attempt was made there, so the next one has to be waited for.
            waits = waits[1:]
        self._has_gone_on = isinstance(order, HoldOrder | ConfirmOrder) and order.goes_on
        return (yield from self._effect(activity, order, waits))

    def undo(self, facts: TripFacts, step: Undo) -> Flow[TripFacts]:
        """Undo a revision of a component: cancel the booking, void the authorization, refund what is due."""
        component = COMPONENTS[step.kind]
        order = CancelOrder(**self._named(facts, component, "cancel", step.revision), fee_agreed=step.fee_agreed)
        waits = compensation_waits(self._saga.policy.compensation_attempts)
        return (yield from self._effect(component.cancel, order, list(waits)))

    def lose(self, facts: TripFacts, component: Component, identifier: str) -> Flow[TripFacts]:
        """Record that the component's saga failed without a result: all that it may have done counts as failed."""
        order = GiveUpOrder(
            trip=facts.id,
            component=identifier,
            kind=component.kind,
            # Its saga books the first revision; later ones belong to changes, which have no saga of a component.
            revision=1,
            epoch=self._saga.epoch,
            activity=None,
        )
        return (yield from self._owned(GIVE_UP, order))

    def pivot(self, facts: TripFacts, give_up: bool = False) -> Flow[TripFacts]:
        """Record the pivot, or that the trip cannot go forward because its holds or the traveller's time are over."""
        order = PivotOrder(
            **self._whole(facts),
            now=self._context.current_utc_datetime,
            margin_seconds=self._saga.policy.pivot_margin_seconds,
            give_up=give_up,
            goes_on=goes_on_at_once(self._context),
        )
        self._has_gone_on = order.goes_on
        return (yield from self._owned(PIVOT, order))

    def end_change(self, facts: TripFacts, step: EndChange) -> Flow[TripFacts]:
        """Record that a change is through, or that it was undone."""
        order = EndChangeOrder(**self._whole(facts), command=step.command, done=step.done)
        return (yield from self._owned(END_CHANGE, order))

    def close(self, facts: TripFacts, status: TripEnd) -> Flow[TripFacts]:
        """Close the trip, unless commands came that these facts do not have; the facts returned then have them."""
        order = CloseOrder(**self._whole(facts), status=status)
        return (yield from self._owned(CLOSE, order))

    def _effect(self, activity: str, order: EffectOrder, waits: list[timedelta]) -> Flow[TripFacts]:
        """Repeat the activity until the effect has an outcome; record in the ledger when the attempts are used up."""
        for wait in waits:
            yield from pause(self._context, wait)
            result = yield from self._attempt(activity, order)
            if result and result.status == "superseded":
                raise SupersededError
            # A refusal is an outcome too: the plan says what follows from it.
            if result and result.status in ("done", "refused"):
                return result.facts
        given_up = GiveUpOrder(
            trip=order.trip,
            component=order.component,
            kind=order.kind,
            revision=order.revision,
            epoch=order.epoch,
            activity=activity,
            fee_agreed=order.fee_agreed if isinstance(order, CancelOrder) else None,
        )
        return (yield from self._owned(GIVE_UP, given_up))

    def _attempt(self, activity: str, order: EffectOrder) -> Flow[EffectAnswer | None]:
        """Make one attempt. While another delivery has the key, wait until its lease ends; that is no attempt."""
        while True:
            result = yield from perform(self._context, activity, order, EffectAnswer, waits=(timedelta(0),))
            if result is None or result.status != "busy" or result.until is None:
                return result
            # The clocks of host and store differ: by this clock the lease may be over, so there is a least wait.
            wait = max(result.until - self._context.current_utc_datetime, timedelta(milliseconds=100))
            yield from pause(self._context, wait)

    def _forward_order(self, facts: TripFacts, component: Component, step: Forward) -> EffectOrder:
        if step.effect == "hold":
            return self._hold_order(facts, component, step.revision)
        order = order_of(facts, step, self._saga.epoch, goes_on_at_once(self._context))
        if order is None:
            raise StepFailedError(f"There is no hold of the {component.noun} to {step.effect}.")
        return order

    def _hold_order(self, facts: TripFacts, component: Component, revision: int) -> HoldOrder:
        request = self._saga.request
        date, units = request.date, request.units_of(component.kind)
        # The request is that of the first revision; each later one belongs to a change, with its own day and length.
        if revision > 1 and facts.change:
            date, units = facts.change.date, facts.change.units
        return HoldOrder(
            **self._named(facts, component, "hold", revision),
            destination=request.destination,
            date=date,
            units=units,
            booked_at=self._context.current_utc_datetime,
            shape=request.shape_of(component.kind),
            # What a change is to pay follows from its terms, which its own saga goes by.
            goes_on=revision == 1 and goes_on_at_once(self._context),
        )

    def _named(self, facts: TripFacts, component: Component, effect: Effect, revision: int) -> dict[str, Any]:
        booked = facts.component(component.kind)
        # A component that is a whole trip by itself has the trip's id.
        identifier = booked.id if booked else self._saga.component or self._saga.trip
        return named(facts.id, identifier, component.kind, effect, revision, self._saga.epoch)

    def _whole(self, facts: TripFacts) -> dict[str, Any]:
        return {"trip": facts.id, "epoch": self._saga.epoch, "seen": facts.commands}

    def _owned(self, activity: str, order: Value) -> Flow[TripFacts]:
        """Call an activity of the trip and return the facts, if this saga still owns the trip."""
        result = yield from require(self._context, activity, order, TripAnswer)
        if result.status == "superseded":
            raise SupersededError
        return result.facts


def _is_tried(facts: TripFacts, step: Forward) -> bool:
    """Return whether the effect was begun and has no outcome."""
    component = facts.component(step.kind)
    if component is None or len(component.revisions) < step.revision:
        return False
    return component.revision(step.revision).mark(step.effect) == "intended"
