"""Each sort of difference between ledger and books is planted once and must be found; nothing else may be."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import pytest
from support_trips import NOW, request

from domain.components import COMPONENTS, ComponentKind, Effect, TripKind
from domain.ids import component_id
from domain.money import Money
from domain.outcomes import BookResult, CancelResult, PayResult, TripEnd, TripOutcome
from scripts.audit_comparison import Line, TripAudit, compare_orphan, compare_trip, trip_of_key
from stores.ledger import Entry, TripRow
from suppliers.book import Record

TRIP = "trip-1"
PRICES: dict[ComponentKind, int] = {"flight": 45_000, "hotel": 87_500, "car_hire": 22_500}


def usd(minor: int) -> Money:
    return Money(currency="USD", minor=minor)


@dataclass
class Case:
    """A trip as ledger and books have it; starts in agreement, to be spoilt by a test."""

    kind: TripKind = "travel"
    end: TripEnd | None = None
    entries: list[Entry] = field(default_factory=list[Entry])
    lines: dict[tuple[str, str], Line] = field(default_factory=dict[tuple[str, str], Line])

    def component(self, kind: ComponentKind) -> str:
        return TRIP if self.kind == kind else component_id(TRIP, COMPONENTS[kind])

    def enter(self, kind: ComponentKind, effect: Effect, event: str, data: object) -> None:
        component = self.component(kind)
        key = f"{component}/{effect}"
        self.entries.append(
            Entry(len(self.entries), TRIP, NOW, event, component, kind, effect, key, data)  # type: ignore[arg-type]
        )

    def book(self, *kinds: ComponentKind) -> "Case":
        """Each kind is booked and paid, in both."""
        for kind in kinds:
            self.intend(kind, "book")
            self.conclude(
                kind, "book", BookResult(status="booked", text="", confirmation=f"C-{kind}", amount=price(kind))
            )
            self.intend(kind, "charge")
            self.conclude(kind, "charge", PayResult(status="captured", payment=f"P-{kind}"))
            self.record(kind, "book", "done")
            self.record(kind, "charge", "done")
        return self

    def cancel(self, *kinds: ComponentKind) -> "Case":
        """Each kind is cancelled and refunded, in both."""
        for kind in kinds:
            self.intend(kind, "cancel")
            self.conclude(kind, "cancel", CancelResult(status="cancelled", confirmation="C", refunded=price(kind)))
            self.record(kind, "book", "undone")
            self.record(kind, "charge", "undone")
        return self

    def intend(self, kind: ComponentKind, effect: Effect) -> None:
        self.enter(kind, effect, "intent", {"amount": price(kind).model_dump()} if effect == "charge" else {})

    def conclude(self, kind: ComponentKind, effect: Effect, result: BookResult | PayResult | CancelResult) -> None:
        self.enter(kind, effect, "outcome", result.model_dump(mode="json"))

    def record(self, kind: ComponentKind, effect: Effect, state: str, **changes: object) -> None:
        """Put a record into the company's book, in place of what is there under its key."""
        book = "payments" if effect == "charge" else kind
        key = f"{self.component(kind)}/{effect}"
        reference = f"{'P' if effect == 'charge' else 'C'}-{kind}"
        record = Record(key, state, "", reference, price(kind))  # type: ignore[arg-type]
        if state in ("refused", "tombstone"):
            record = replace(record, reference=None, amount=None)
        self.lines[book, key] = Line(book, replace(record, **changes))  # type: ignore[arg-type]

    def lose(self, kind: ComponentKind, effect: Effect) -> None:
        """Take the record out of the company's book."""
        del self.lines["payments" if effect == "charge" else kind, f"{self.component(kind)}/{effect}"]

    def forget(self, kind: ComponentKind, *effects: Effect, event: str | None = None) -> None:
        """Take entries out of the ledger."""
        self.entries = [
            entry
            for entry in self.entries
            if entry.kind != kind or entry.effect not in effects or event not in (None, entry.event)
        ]

    def audit(self, *, moving: bool = False) -> TripAudit:
        outcome = TripOutcome(status=self.end, id=TRIP, kind=self.kind) if self.end else None
        row = TripRow(TRIP, self.kind, request(self.kind), "c", 1, NOW, NOW, outcome)
        return compare_trip(row, self.entries, list(self.lines.values()), moving=moving)


def price(kind: ComponentKind) -> Money:
    return usd(PRICES[kind])


def codes(audit: TripAudit) -> set[str]:
    return {difference.code for difference in audit.differences}


def confirmed() -> Case:
    return Case(end="confirmed").book("flight", "hotel", "car_hire")


def failed() -> Case:
    case = Case(end="failed").book("flight", "hotel")
    case.intend("car_hire", "book")
    case.conclude("car_hire", "book", BookResult(status="rejected", text=""))
    case.record("car_hire", "book", "refused")
    return case.cancel("hotel", "flight")


def declined() -> Case:
    case = Case(kind="flight", end="failed")
    case.intend("flight", "book")
    case.conclude(
        "flight", "book", BookResult(status="booked", text="", confirmation="C-flight", amount=price("flight"))
    )
    case.intend("flight", "charge")
    case.conclude("flight", "charge", PayResult(status="declined"))
    case.record("flight", "charge", "refused")
    case.intend("flight", "cancel")
    case.conclude("flight", "cancel", CancelResult(status="cancelled", confirmation="C-flight"))
    case.record("flight", "book", "undone")
    return case


def never_arrived() -> Case:
    case = Case(kind="hotel", end="failed")
    case.intend("hotel", "book")
    case.intend("hotel", "cancel")
    case.conclude("hotel", "cancel", CancelResult(status="cancelled"))
    case.record("hotel", "book", "tombstone")
    case.record("hotel", "charge", "tombstone")
    return case


def charge_unknown_then_refunded() -> Case:
    case = Case(kind="hotel", end="failed").book("hotel").cancel("hotel")
    case.forget("hotel", "charge", event="outcome")
    return case


def alone() -> Case:
    return Case(kind="car_hire", end="confirmed").book("car_hire")


def nothing_done() -> Case:
    return Case(end="failed")


GOOD: tuple[Callable[[], Case], ...] = (
    confirmed,
    failed,
    declined,
    never_arrived,
    charge_unknown_then_refunded,
    alone,
    nothing_done,
)


@pytest.mark.parametrize("case", GOOD)
def test_a_trip_that_went_right_has_no_difference(case: Callable[[], Case]) -> None:
    audit = case().audit()
    assert audit.differences == ()
    for sums in audit.totals.by_currency.values():
        assert sums.agreed == sums.kept == sums.book_kept


Planting = Callable[[Case], object]


def _ledger_forgets_flight(case: Case) -> None:
    case.forget("flight", "book", "charge")


def _ledger_amount(case: Case) -> None:
    result = BookResult(status="booked", text="", confirmation="C-flight", amount=usd(44_000))
    case.forget("flight", "book", event="outcome")
    case.conclude("flight", "book", result)


def _second_key(book: str) -> Planting:
    def plant(case: Case) -> None:
        key = f"{case.component('hotel')}/again"
        case.lines[book, key] = Line(book, Record(key, "done", "", "X-1", usd(1)))  # type: ignore[arg-type]

    return plant


def _refund_not_told(case: Case) -> None:
    case.forget("hotel", "cancel", event="outcome")
    case.conclude("hotel", "cancel", CancelResult(status="cancelled", confirmation="C"))


IN_A_CONFIRMED_TRIP: dict[str, tuple[Planting, set[str]]] = {
    "a booking is missing from the book": (lambda c: c.lose("hotel", "book"), {"not_in_book"}),
    "a payment is missing from the book": (lambda c: c.lose("hotel", "charge"), {"not_in_book", "money_differs"}),
    "the book refused the booking": (lambda c: c.record("hotel", "book", "refused"), {"not_in_book"}),
    "the book has a tombstone": (lambda c: c.record("hotel", "book", "tombstone"), {"not_in_book"}),
    "the book has cancelled a booking": (lambda c: c.record("hotel", "book", "undone"), {"undone_in_book"}),
    "the book has refunded a payment": (
        lambda c: c.record("hotel", "charge", "undone"),
        {"undone_in_book", "money_differs"},
    ),
    "another confirmation": (lambda c: c.record("hotel", "book", "done", reference="HT-x"), {"reference_differs"}),
    "another payment id": (lambda c: c.record("hotel", "charge", "done", reference="PAY-x"), {"reference_differs"}),
    "another price": (lambda c: c.record("hotel", "book", "done", amount=usd(1)), {"amount_differs"}),
    "another currency": (
        lambda c: c.record("hotel", "charge", "done", amount=Money(currency="EUR", minor=87_500)),
        {"amount_differs", "money_differs"},
    ),
    "another amount taken": (
        lambda c: c.record("hotel", "charge", "done", amount=usd(87_501)),
        {"amount_differs", "money_differs"},
    ),
    "the ledger agreed on less": (_ledger_amount, {"amount_differs", "money_differs"}),
    "the ledger has forgotten a component": (
        _ledger_forgets_flight,
        {"not_in_ledger", "not_confirmed", "money_differs"},
    ),
    "the ledger has forgotten a charge": (
        lambda c: c.forget("flight", "charge"),
        {"not_in_ledger", "not_confirmed", "money_differs"},
    ),
    "an intent without an outcome": (
        lambda c: c.forget("flight", "charge", event="outcome"),
        {"outcome_missing", "not_confirmed", "money_differs"},
    ),
    "a cancel without an outcome": (
        lambda c: c.intend("flight", "cancel"),
        {"outcome_missing", "not_confirmed", "money_differs"},
    ),
    "a second booking of a component": (_second_key("hotel"), {"doubled", "not_in_ledger"}),
    "a second charge for a component": (_second_key("payments"), {"doubled", "not_in_ledger", "money_differs"}),
    "a booking in another company's book": (_second_key("car_hire"), {"doubled", "not_in_ledger"}),
    "a confirmed trip with a cancelled part": (lambda c: c.cancel("hotel"), {"not_confirmed"}),
}

IN_A_FAILED_TRIP: dict[str, tuple[Planting, set[str]]] = {
    "a booking still stands": (lambda c: c.record("hotel", "book", "done"), {"not_undone", "left_behind"}),
    "a payment was not refunded": (
        lambda c: c.record("hotel", "charge", "done"),
        {"not_undone", "refund_differs", "left_behind"},
    ),
    "a rejected booking stands": (lambda c: c.record("car_hire", "book", "done"), {"not_undone", "left_behind"}),
    "a payment that nobody intended": (
        lambda c: c.record("car_hire", "charge", "done"),
        {"not_in_ledger", "left_behind"},
    ),
    "a refund that never happened": (lambda c: c.lose("hotel", "charge"), {"refund_differs"}),
    "a refund of another amount": (
        lambda c: c.record("hotel", "charge", "undone", amount=usd(1)),
        {"refund_differs"},
    ),
    "a refund that the ledger does not tell": (_refund_not_told, {"refund_differs"}),
    "nothing was cancelled": (lambda c: c.book("car_hire"), {"left_behind"}),
    "the ledger alone has it booked": (
        lambda c: (c.book("car_hire"), c.lose("car_hire", "book"), c.lose("car_hire", "charge")),
        {"left_behind", "not_in_book"},
    ),
    "a cancel without an outcome": (
        lambda c: c.forget("hotel", "cancel", event="outcome"),
        {"outcome_missing"},
    ),
}


def plantings(planted: dict[str, tuple[Planting, set[str]]]) -> Iterable[object]:
    return [pytest.param(plant, found, id=name) for name, (plant, found) in planted.items()]


@pytest.mark.parametrize(("plant", "found"), plantings(IN_A_CONFIRMED_TRIP))
def test_a_difference_planted_in_a_confirmed_trip_is_found(plant: Planting, found: set[str]) -> None:
    case = confirmed()
    plant(case)
    audit = case.audit()
    assert codes(audit) == found
    assert all(difference.explanation is None for difference in audit.differences)


@pytest.mark.parametrize(("plant", "found"), plantings(IN_A_FAILED_TRIP))
def test_a_difference_planted_in_a_failed_trip_is_found(plant: Planting, found: set[str]) -> None:
    case = failed()
    plant(case)
    audit = case.audit()
    assert codes(audit) == found
    assert all(difference.explanation is None for difference in audit.differences)


@pytest.mark.parametrize("plant", [plant for plant, _ in IN_A_CONFIRMED_TRIP.values()])
def test_a_running_trip_explains_every_difference(plant: Planting) -> None:
    case = confirmed()
    case.end = None
    plant(case)
    assert all(difference.explanation for difference in case.audit(moving=True).differences)


def test_an_open_item_explains_only_its_own_component() -> None:
    case = Case(end="needs_attention").book("flight", "hotel")
    case.intend("hotel", "cancel")
    case.record("hotel", "book", "undone")
    case.record("flight", "book", "undone")
    explanations = {(item.component, item.code): item.explanation for item in case.audit().differences}
    assert explanations["trip-1-hotel", "outcome_missing"]
    assert explanations["trip-1-flight", "undone_in_book"] is None


def test_a_parked_trip_without_open_items_explains_nothing() -> None:
    case = Case(end="needs_attention").book("flight")
    case.record("flight", "charge", "undone")
    assert [item.explanation for item in case.audit().differences] == [None]


def test_a_standing_booking_of_an_unknown_trip_is_found_and_counted() -> None:
    charge = Record("trip-9-hotel/charge", "done", "", "PAY-1", usd(500))
    difference, totals = compare_orphan(Line("payments", charge))
    assert difference is not None
    assert (difference.trip, difference.component, difference.code) == ("trip-9", "trip-9-hotel", "not_in_ledger")
    assert totals.of("USD").book_captured == 500
    undone, totals = compare_orphan(Line("payments", replace(charge, state="undone")))
    assert undone is None
    assert totals.of("USD").book_kept == 0


@pytest.mark.parametrize(
    ("key", "trip"),
    [("trip-a/book", "trip-a"), ("trip-a-hotel/charge", "trip-a"), ("trip-a-car/book/2", "trip-a"), ("odd", "odd")],
)
def test_a_key_names_its_trip(key: str, trip: str) -> None:
    assert trip_of_key(key) == trip


def test_money_is_counted_as_both_sides_have_it() -> None:
    case = Case(end="failed").book("flight", "hotel").cancel("hotel")
    sums = case.audit().totals.of("USD")
    assert (sums.agreed, sums.captured, sums.refunded) == (45_000, 132_500, 87_500)
    assert (sums.book_captured, sums.book_refunded, sums.book_kept) == (132_500, 87_500, 45_000)
