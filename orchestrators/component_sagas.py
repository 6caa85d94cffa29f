"""One component: book it, then charge it; when the charge fails, cancel it.

Flight, hotel and car hire share the flow and differ by their `Component`.
"""

from domain.components import Component
from domain.ids import effect_key
from domain.outcomes import (
    BookOrder,
    BookResult,
    Compensation,
    ComponentOutcome,
    PayOrder,
    PayResult,
    ProblemNote,
    SagaInput,
    TripOutcome,
)
from orchestrators import notes
from orchestrators.frame import Compensations, Context, Flow, Json, perform
from orchestrators.trip_record import close, failed_end, recall, trip_of_one


def component_saga(context: Context, component: Component) -> Flow[Json]:
    """Returns a `ComponentOutcome` as JSON.

    Alone, the component is the whole trip and its saga closes it; inside a travel trip the parent does.
    """
    saga = SagaInput.model_validate(context.get_input())
    recorded = yield from recall(context, saga)
    if recorded:
        return _recorded(component, saga, recorded).model_dump(mode="json")
    outcome = yield from _book_and_charge(context, component, saga)
    if _is_alone(saga):
        outcome = (yield from close(context, trip_of_one(outcome))).components[0]
    return outcome.model_dump(mode="json")


def _book_and_charge(context: Context, component: Component, saga: SagaInput) -> Flow[ComponentOutcome]:
    undo = Compensations(context, saga.trip)

    undo.register(component, _identifier(saga))
    booked = yield from perform(context, component.book, _book_order(context, component, saga), BookResult)
    if booked is None:
        undone = yield from undo.run()
        return _failed(component, saga, booked, notes.unknown(component, "booking"), undone)
    if booked.status == "rejected":
        return _failed(component, saga, booked, notes.rejected(component, booked.refusal), ())

    undo.arrived(booked.confirmation)
    paid = yield from perform(context, component.pay, _pay_order(component, saga, booked), PayResult)
    if paid is None:
        undone = yield from undo.run()
        return _failed(component, saga, booked, notes.unknown(component, "payment"), undone)
    if paid.status == "declined":
        undone = yield from undo.run()
        return _failed(component, saga, booked, notes.declined(component, paid.refusal), undone)

    return ComponentOutcome(
        status="confirmed",
        id=_identifier(saga),
        kind=component.kind,
        text=booked.text,
        confirmation=booked.confirmation,
        amount=booked.amount,
    )


def _failed(
    component: Component,
    saga: SagaInput,
    booked: BookResult | None,
    cause: ProblemNote,
    undone: tuple[Compensation, ...],
) -> ComponentOutcome:
    rejected = booked is not None and booked.status == "rejected"
    return ComponentOutcome(
        status=failed_end(undone),
        id=_identifier(saga),
        kind=component.kind,
        text=booked.text if booked and rejected else cause.message,
        confirmation=booked.confirmation if booked else None,
        amount=booked.amount if booked else None,
        error=notes.of_trip(cause, undone) if _is_alone(saga) else cause,
        compensations=undone,
    )


def _recorded(component: Component, saga: SagaInput, trip: TripOutcome) -> ComponentOutcome:
    ended = notes.ended(component)
    never = ComponentOutcome(
        status="failed", id=_identifier(saga), kind=component.kind, text=ended.message, error=ended
    )
    return next((part for part in trip.components if part.id == never.id), never)


def _book_order(context: Context, component: Component, saga: SagaInput) -> BookOrder:
    return BookOrder(
        trip=saga.trip,
        component=_identifier(saga),
        kind=component.kind,
        key=effect_key(_identifier(saga), "book"),
        destination=saga.request.destination,
        date=saga.request.date,
        units=saga.request.units_of(component.kind),
        booked_at=context.current_utc_datetime,
    )


def _pay_order(component: Component, saga: SagaInput, booked: BookResult) -> PayOrder:
    return PayOrder.model_validate(
        {
            "trip": saga.trip,
            "component": _identifier(saga),
            "kind": component.kind,
            "key": effect_key(_identifier(saga), "charge"),
            "confirmation": booked.confirmation,
            "amount": booked.amount,
        }
    )


def _identifier(saga: SagaInput) -> str:
    return saga.component or saga.trip


def _is_alone(saga: SagaInput) -> bool:
    return _identifier(saga) == saga.trip
