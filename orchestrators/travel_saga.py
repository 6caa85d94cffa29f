"""A whole trip: flight, then hotel, then car hire; what fails undoes all that was booked before it."""

from domain.components import IN_BOOKING_ORDER, Component
from domain.ids import component_id
from domain.outcomes import Compensation, ComponentOutcome, ProblemNote, SagaInput, TripOutcome
from orchestrators import notes
from orchestrators.frame import Compensations, Context, Flow, Json, run_child
from orchestrators.trip_record import close, failed_end, recall


def travel_saga(context: Context) -> Flow[Json]:
    """Returns a `TripOutcome` as JSON, the one that was recorded first."""
    saga = SagaInput.model_validate(context.get_input())
    recorded = yield from recall(context, saga)
    if recorded:
        return recorded.model_dump(mode="json")
    outcome = yield from _book_all(context, saga)
    return (yield from close(context, outcome)).model_dump(mode="json")


def _book_all(context: Context, saga: SagaInput) -> Flow[TripOutcome]:
    undo = Compensations(context, saga.trip)
    booked: list[ComponentOutcome] = []
    for component in IN_BOOKING_ORDER:
        identifier = component_id(saga.trip, component)
        undo.register(component, identifier)
        order = SagaInput(trip=saga.trip, component=identifier, request=saga.request)
        part = yield from run_child(context, component.saga, order, identifier, ComponentOutcome)
        if part and part.status == "confirmed":
            undo.arrived(part.confirmation)
            booked.append(part)
            continue
        if part:
            undo.nothing_to_undo()
        undone = yield from undo.run()
        return _failed(saga, booked, part or _lost(component, identifier, undone), undone)
    return TripOutcome(status="confirmed", id=saga.trip, kind="travel", components=tuple(booked))


def _lost(component: Component, identifier: str, undone: tuple[Compensation, ...]) -> ComponentOutcome:
    """A component whose saga brought no result; its effects were cancelled first, by their keys."""
    cause = notes.lost(component)
    return ComponentOutcome(
        status=failed_end(undone[:1]), id=identifier, kind=component.kind, text=cause.message, error=cause
    )


def _failed(
    saga: SagaInput, booked: list[ComponentOutcome], part: ComponentOutcome, undone: tuple[Compensation, ...]
) -> TripOutcome:
    compensations = part.compensations + undone
    cause = part.error or ProblemNote(code=notes.OUTCOME_UNKNOWN, message=part.text)
    return TripOutcome(
        status=failed_end(compensations),
        id=saga.trip,
        kind="travel",
        error=notes.of_trip(cause, compensations),
        components=(*booked, part),
        compensations=compensations,
    )
