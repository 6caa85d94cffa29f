"""Each field of each view is changed on purpose, as wrong code would, and the audit must notice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from activities.trips import texts_of
from agents.wording import code_reply
from audit.books import open_audit
from audit.comparison import status_of
from audit.findings import Books, Difference
from audit.recounted.recount import Recount, recount
from audit.view_checks.trip import view_differences
from audit.views import TripViews, trip_views
from domain.amount import Money
from domain.attention.open_items import OpenItem
from domain.components import COMPONENTS
from domain.money.terms import CancelTerm, CancelTerms
from domain.trip.ending import outcome_for_people
from domain.trip.outcomes import Compensation, ComponentOutcome, ProblemNote, TripOutcome
from domain.trip.status import BookingView, PaymentView, TripView
from domain.trip.timeline import Moment
from settings import Settings
from suppliers.opening import snapshots
from support.orchestrations.installation import MemoryInstallation, quick_folder, real_activities
from support.orchestrations.invariant import books_of
from support.orchestrations.services import RealActivities

VIEWS: tuple[type[BaseModel], ...] = (
    TripView,
    BookingView,
    PaymentView,
    Compensation,
    ProblemNote,
    Moment,
    TripOutcome,
    ComponentOutcome,
    CancelTerms,
    CancelTerm,
    OpenItem,
)
PROSE = {
    (ProblemNote, "message"),
    (Moment, "text"),
    (ComponentOutcome, "text"),
    (OpenItem, "reason"),
    (CancelTerms, "note"),
}
"""Sentences: the figures and numbers in them are compared, their words are not."""
WITHOUT_COMPARISON = {
    (Moment, "event"): "the name of a row, not a fact about it: when it happened and every figure are compared",
}


@dataclass(frozen=True)
class ViewedTrip:
    """Every view of one trip, and the recount of it from rows and books."""

    views: TripViews
    recount: Recount
    status: Any

    def notices(self, views: TripViews) -> Difference | None:
        """Return the first difference between these views and the recount."""
        return next(view_differences(views, self.recount, self.status), None)

    def differences(self, views: TripViews | None = None) -> list[Difference]:
        return list(view_differences(views or self.views, self.recount, self.status))


def open_house(folder: Path, activities: RealActivities) -> MemoryInstallation:
    """Open an installation whose agents have words. The audit goes by the real time."""
    return MemoryInstallation(folder, activities, now=datetime.now(UTC), chats=True)


def shown(house: MemoryInstallation, trip: str) -> ViewedTrip:
    row, facts = house.row(trip), house.facts(trip)
    status = status_of(row, facts)
    reply = code_reply([outcome_for_people(facts, status, texts_of(house.services, facts))], [row.request])
    entries, commands, claims = house.ledger.entries(trip), house.ledger.commands(trip), house.ledger.claims(trip)
    views = replace(trip_views(row, entries, commands, claims), reply=reply)
    return ViewedTrip(views, recount(row, entries, commands, claims, books_of(house, trip)), status)


def confirmed(house: MemoryInstallation) -> None:
    house.book(trip="trip-confirmed")


def failed(house: MemoryInstallation) -> None:
    house.schedule.refusing = frozenset({"car/hold"})
    house.book(trip="trip-failed")
    house.schedule.refusing = frozenset()


def parked(house: MemoryInstallation, trip: str = "trip-parked") -> None:
    house.book(trip=trip)
    house.schedule.stuck = frozenset(f"{component.suffix}/refund" for component in COMPONENTS.values())
    house.cancel(trip)
    house.settle(trip)
    house.schedule.mend()


def closed(house: MemoryInstallation) -> None:
    """Settle a refund, write another one off and retry the third."""
    parked(house, "trip-closed")
    for item, decision in (("flight", "settled"), ("hotel", "written_off"), ("car", "retry")):
        assert house.decide(f"{item}-refund-1", decision, "trip-closed") == "accepted"
    house.settle("trip-closed")


def changed(house: MemoryInstallation) -> None:
    """Move the hotel of a trip away from its flight."""
    house.book(trip="trip-changed")
    house.change("hotel", 7, trip="trip-changed")
    house.go_on()


def waiting(house: MemoryInstallation) -> None:
    """Leave a trip waiting for its traveller, who does not answer."""
    house.schedule.refusing = frozenset({"car/hold"})
    request = house.open("trip-waiting", on_failure="ask_me")
    house.host.start("travel_booking_saga", "trip-waiting", house.order("trip-waiting", request))
    # One step after the other: with nothing else to do, the clock would go on to the end of the wait.
    while house.status("trip-waiting") != "waiting":
        house.go_on(most_steps=1)
    house.schedule.refusing = frozenset()


@pytest.fixture(scope="module")
def activities() -> Iterator[RealActivities]:
    with real_activities() as real:
        yield real


@pytest.fixture(scope="module")
def trips(activities: RealActivities) -> Iterator[list[ViewedTrip]]:
    with quick_folder() as folder:
        house = open_house(folder, activities)
        makers = (confirmed, failed, parked, closed, changed, waiting)
        for make in makers:
            make(house)
        yield [shown(house, f"trip-{make.__name__}") for make in makers]


def test_the_right_words_make_no_difference(trips: list[ViewedTrip]) -> None:
    statuses = ["confirmed", "failed", "needs_attention", "cancelled", "confirmed", "waiting"]
    assert [trip.status for trip in trips] == statuses
    assert [trip.differences() for trip in trips] == [[] for _ in trips]


def test_each_field_that_is_changed_on_purpose_is_noticed(trips: list[ViewedTrip]) -> None:
    changed: set[tuple[type[BaseModel], str]] = set()
    unnoticed: list[str] = []
    for trip in trips:
        for where, wrong in spoilt(trip.views):
            changed.add(where)
            if where not in WITHOUT_COMPARISON and trip.notices(wrong) is None:
                unnoticed.append(f"{trip.status}: {where[0].__name__}.{where[1]}")
    assert unnoticed == []
    every = {(view, name) for view in VIEWS for name in view.model_fields}
    assert every - changed == set(), "nothing in these trips has this field"
    assert set(WITHOUT_COMPARISON) <= every


def test_a_recovery_that_is_told_with_other_work_is_noticed(tmp_path: Path, activities: RealActivities) -> None:
    house = open_house(tmp_path, activities)
    house.open("trip-1")
    for _ in range(2):
        house.take_over()
    house.ledger.strand("trip-1", house.row().version)
    assert house.decide(house.facts().items[0], "retry") == "accepted"
    house.ledger.strand("trip-1", house.row().version)
    trip = shown(house, "trip-1")
    [item] = trip.views.items
    assert (item.effect, item.attempts, item.given_up, item.by) == ("recovery", 2, 2, "tester")
    assert trip.differences() == []
    for changes in ({"attempts": 3}, {"given_up": 1}, {"by": None}, {"allowed": ("retry", "settled")}):
        wrong = replace(trip.views, items=(item.model_copy(update=changes),))
        assert trip.notices(wrong), changes


def test_an_operator_who_had_an_effect_tried_again_is_named(tmp_path: Path, activities: RealActivities) -> None:
    house = open_house(tmp_path, activities)
    parked(house)
    house.schedule.stuck = frozenset({"flight/refund"})
    assert house.decide("flight-refund-1", "retry", "trip-parked") == "accepted"
    house.settle("trip-parked")
    trip = shown(house, "trip-parked")
    tried_again = next(item for item in trip.views.items if item.item == "flight-refund-1")
    # Two rounds of five attempts each.
    assert (tried_again.attempts, tried_again.given_up, tried_again.by) == (10, 2, "tester")
    assert trip.differences() == []


def spoilt(views: TripViews) -> Iterator[tuple[tuple[type[BaseModel], str], TripViews]]:
    """Yield all views with one field of one of them changed, for each field."""
    for field in fields(views):
        for where, wrong in _wrong_values(getattr(views, field.name)):
            yield where, replace(views, **{field.name: wrong})


def _wrong_values(value: Any) -> Iterator[tuple[tuple[type[BaseModel], str], Any]]:
    """Yield the value with one field of one view somewhere in it changed, for each field."""
    if isinstance(value, tuple):
        for index, part in enumerate(value):
            for where, wrong in _wrong_values(part):
                yield where, (*value[:index], wrong, *value[index + 1 :])
    if not isinstance(value, VIEWS):
        return
    view = type(value)
    for name, field in view.model_fields.items():
        current = getattr(value, name)
        for where, wrong in _wrong_values(current):
            yield where, value.model_copy(update={name: wrong})
        for wrong in _others(current, field.annotation, prose=(view, name) in PROSE):
            yield (view, name), value.model_copy(update={name: wrong})


def _others(value: Any, annotation: Any, *, prose: bool) -> Iterator[Any]:
    """Yield other values that a field of this type could have."""
    kinds = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    if value is not None and type(None) in kinds:
        yield None
    match value:
        case str() if prose:
            yield f"{value} It was $1.23."
            yield f"{value} Its number is FL-20200101000000-AAAA."
        case str():
            literals = [other for kind in kinds for other in _literals(kind)]
            yield from (other for other in literals or [f"{value}x"] if other != value)
        case Money():
            yield Money(currency=value.currency, minor=value.minor + 1)
            yield Money(currency="EUR", minor=value.minor)
        case int():
            yield value + 1
        case datetime():
            yield value + timedelta(seconds=1)
        case tuple() if value:
            yield value[:-1]
        case dict() if value:
            for name, old in value.items():
                yield {**value, name: old + 1 if isinstance(old, int) else f"{old}x"}
                yield {other: item for other, item in value.items() if other != name}
        case None:
            yield from (_MADE_UP[kind] for kind in kinds if kind in _MADE_UP)
            yield from (other for kind in kinds for other in _literals(kind))
        case _:
            pass


def _literals(kind: Any) -> list[str]:
    return list(get_args(kind)) if get_origin(kind) is Literal else []


_MADE_UP: dict[Any, Any] = {
    str: "FL-20200101000000-AAAA",
    Money: Money(currency="USD", minor=1),
    ProblemNote: ProblemNote(code="wrong", message="It went wrong."),
    PaymentView: PaymentView(id="PAY-1", status="captured"),
}


@pytest.mark.parametrize(
    "pattern",
    [
        r"\$[\d,.]+\d",
        r"(?:FL|HT|CR)-\d{14}-[A-Z0-9]{4}",
        r"Paris",
        r"\d{4}-\d\d-\d\d",
        r"is booked for",
        r"trip-confirmed",
    ],
)
def test_each_figure_number_place_day_and_end_of_a_reply_is_compared(trips: list[ViewedTrip], pattern: str) -> None:
    trip = trips[0]
    reply = trip.views.reply
    assert reply
    matches = list(re.finditer(pattern, reply))
    assert matches
    for match in matches[-1:] if pattern == r"\d{4}-\d\d-\d\d" else matches:
        wrong = {"is booked for": "was not booked."}.get(match[0], _another(match[0]))
        # A place or a day may be named again in an agent's sentence: every mention is changed at once.
        spoilt = (
            reply.replace(match[0], wrong)
            if pattern in ("Paris", r"\d{4}-\d\d-\d\d")
            else (reply[: match.start()] + wrong + reply[match.end() :])
        )
        assert trip.differences(replace(trip.views, reply=spoilt)), spoilt


def _another(text: str) -> str:
    last = {"9": "8"}.get(text[-1], "9")
    return text[:-1] + last


@pytest.mark.parametrize("sentence", ["Nothing of this trip stays charged.", "$9.99 of this trip stays charged."])
def test_an_error_that_says_what_is_not_so_of_the_money_is_noticed(trips: list[ViewedTrip], sentence: str) -> None:
    trip = trips[2]
    error = trip.views.view.error
    assert error is None or error.code == "needs_attention"
    wrong = ProblemNote(code="needs_attention", message=sentence)
    view = trip.views.view.model_copy(update={"error": wrong})
    assert trip.differences(replace(trip.views, view=view))


def test_what_was_written_off_is_told_as_not_paid_back(trips: list[ViewedTrip]) -> None:
    """Keep a refund that an operator closed in the total: it was once shown as refunded and left out."""
    view = trips[3].views.view
    payments = [(b.payment.status, b.payment.not_paid_back) for b in view.bookings if b.payment]
    lost = Money(currency="USD", minor=78_750)
    assert payments == [("settled", None), ("written_off", lost), ("refunded", None)]
    assert view.total == Money(currency="USD", minor=15_500 + 78_750)
    assert {c.activity: c.status for c in view.compensations} == {
        "cancel_flight_activity": "settled",
        "cancel_hotel_activity": "written_off",
        "cancel_car_activity": "cancelled",
    }
    assert view.timeline[-1].text == "The trip is cancelled. Not paid back: $787.50, written off by staff."


def test_a_view_that_tells_a_written_off_refund_as_refunded_is_noticed(trips: list[ViewedTrip]) -> None:
    trip = trips[3]
    bookings = tuple(
        booking.model_copy(update={"payment": PaymentView(id=booking.payment.id, status="refunded")})
        for booking in trip.views.view.bookings
        if booking.payment
    )
    view = trip.views.view.model_copy(update={"bookings": bookings})
    texts = [difference.text for difference in trip.differences(replace(trip.views, view=view))]
    assert "the payment of trip-closed-hotel is told as refunded, and is written_off" in texts


def test_the_audit_asks_for_every_view(
    tmp_path: Path, activities: RealActivities, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong function is found when the whole installation is audited."""
    open_house(tmp_path, activities).book()

    def wrong(row: Any, *rest: Any) -> TripView:
        from domain.trip.status import trip_view

        return trip_view(row, *rest).model_copy(update={"total": Money.zero()})

    monkeypatch.setattr("audit.views.trip_view", wrong)
    with open_audit(Settings(state_dir=tmp_path)) as audit:
        assert audit
        [trip] = audit.trips()
    assert [(difference.code, difference.explanation) for difference in trip.differences] == [("told_differs", None)]


def _elsewhere(line: Any, **changes: Any) -> Any:
    return replace(line, **changes)


@pytest.mark.parametrize(
    "changes", [{"destination": "Oslo"}, {"date": date(2001, 1, 1)}, {"units": 9}], ids=["place", "day", "length"]
)
def test_a_booking_of_something_else_is_found(
    tmp_path: Path, activities: RealActivities, changes: dict[str, Any]
) -> None:
    from audit.orders import order_differences

    house = open_house(tmp_path, activities)
    house.book()
    row, facts = house.row(), house.facts()
    with snapshots(Settings(state_dir=tmp_path)) as books:
        [line] = books.booking["hotel"].everything()
        payments = list(books.payments.everything())
    assert list(order_differences(row, facts, Books([line], payments))) == []
    [difference] = order_differences(row, facts, Books([_elsewhere(line, **changes)], payments))
    assert (difference.code, difference.component) == ("order_differs", "trip-1-hotel")
    other = _elsewhere(payments[0], reference="CR-other")
    [difference] = order_differences(row, facts, Books([], [other]))
    assert (difference.code, difference.side) == ("order_differs", "payment")
