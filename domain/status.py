"""What a trip is, read from its row and its entries in the ledger: the answer of `GET /api/travel-status/{id}`.

Pure rules. The saga itself adds one fact only, whether it can still go on; everything else stands in the ledger.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from domain.bookings import BookingView, Part, parts_of
from domain.components import COMPONENTS, Component, TripKind
from domain.ids import component_id
from domain.money import Money
from domain.outcomes import Compensation, ProblemNote, TripStatus, Value
from domain.records import Entry, TripRow
from domain.timeline import Moment, timeline

SagaState = Literal["alive", "stopped"]
"""Whether the saga can still go on; of no interest once the trip is closed."""

STOPPED = ProblemNote(
    code="saga_stopped",
    message=(
        "The booking stopped before its end was recorded. What is listed as confirmed is booked, what is listed as"
        " captured is paid, and what is unknown may be. Send the message again with its Idempotency-Key to go on."
    ),
)


class TripView(Value):
    """A trip, or one component of it, as a client sees it."""

    id: str
    kind: TripKind
    status: TripStatus
    request: dict[str, str | int]
    bookings: tuple[BookingView, ...]
    total: Money
    error: ProblemNote | None
    compensations: tuple[Compensation, ...]
    timeline: tuple[Moment, ...]
    created: datetime
    updated: datetime


def trip_status(row: TripRow, entries: Sequence[Entry], saga: SagaState) -> TripStatus:
    """Where the trip as a whole stands."""
    if row.outcome:
        return row.outcome.status
    if saga == "stopped":
        return "needs_attention"
    return "compensating" if any(_begins_cancel(entry) for entry in entries) else "running"


def trip_view(row: TripRow, entries: Sequence[Entry], saga: SagaState) -> TripView:
    """The whole trip."""
    status = trip_status(row, entries, saga)
    parts = parts_of(entries)
    return TripView(
        id=row.id,
        kind=row.kind,
        status=status,
        request=row.request.arguments(),
        bookings=tuple(part.booking(over=_is_over(status)) for part in parts),
        total=_total(parts),
        error=row.outcome.error if row.outcome else (STOPPED if saga == "stopped" else None),
        compensations=_compensations(entries, parts, over=_is_over(status)),
        timeline=timeline(entries),
        created=row.created,
        updated=row.updated,
    )


def component_view(row: TripRow, entries: Sequence[Entry], component: Component, saga: SagaState) -> TripView | None:
    """One component of a travel trip, seen as a trip of its own; None if it was never attempted."""
    identifier = component_id(row.id, component)
    own = [entry for entry in entries if entry.component == identifier]
    if not own:
        return None
    [part] = parts_of(own)
    over = _is_over(trip_status(row, entries, saga))
    return TripView(
        id=identifier,
        kind=component.kind,
        status=part.status(over=over),
        request=row.request.of_component(component.kind).arguments(),
        bookings=(part.booking(over=over),),
        total=_total([part]),
        error=_component_error(part, row, saga),
        compensations=_compensations(own, [part], over=over),
        timeline=timeline(own),
        created=own[0].at,
        updated=own[-1].at,
    )


def _component_error(part: Part, row: TripRow, saga: SagaState) -> ProblemNote | None:
    """Why the component failed, if it did."""
    outcomes = row.outcome.components if row.outcome else ()
    recorded = next((outcome.error for outcome in outcomes if outcome.id == part.id and outcome.error), None)
    if recorded:
        return recorded
    if part.refusal:
        return ProblemNote(code=part.refusal.code, message=part.refusal.message)
    if row.outcome:
        return row.outcome.error if part.cancelling else None
    return STOPPED if saga == "stopped" and not part.captured else None


def _compensations(entries: Sequence[Entry], parts: Sequence[Part], *, over: bool) -> tuple[Compensation, ...]:
    """Every cancel in the order in which they began."""
    part_of = {part.id: part for part in parts}
    cancelled = [part_of[entry.component] for entry in entries if _begins_cancel(entry) and entry.component]
    return tuple(
        Compensation(
            activity=COMPONENTS[part.kind].cancel,
            confirmation=part.confirmation,
            status="cancelled" if part.cancel else ("failed" if over else "running"),
        )
        for part in cancelled
    )


def _total(parts: Sequence[Part]) -> Money:
    return sum((part.paid() for part in parts), start=Money.zero())


def _begins_cancel(entry: Entry) -> bool:
    return entry.event == "intent" and entry.effect == "cancel"


def _is_over(status: TripStatus) -> bool:
    return status not in ("running", "compensating")
