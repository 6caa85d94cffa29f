"""Each sort of difference between ledger and books is planted once and must be found, and nothing else."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from audit.comparison import AuditedTrip, compare_orphan, compare_trip
from audit.findings import Books, TripAudit, trip_of_key
from domain.amount import Money
from domain.components import COMPONENTS, ComponentKind, Effect, TripKind, parts_of
from domain.ids import component_id, effect_key
from domain.money.postings import Posting, of_decision, of_outcome
from domain.options import OnFailure, TripOptions
from domain.trip.command_bodies import read_body
from domain.trip.entry_data import CancelArguments, Resolved, read_entry_data
from domain.trip.facts import Item, TripFacts
from domain.trip.folding import trip_facts
from domain.trip.outcomes import TripEnd, TripOutcome
from domain.trip.records import Command, Entry, TripRow
from domain.trip.requests import TripRequest
from suppliers.ports import Booking, Payment
from support.suppliers.companies import DAY, NOW

TRIP = "trip-1"
KINDS: list[ComponentKind] = [part.kind for part in parts_of("travel")]
LATER = NOW + timedelta(seconds=1800)
PRICES: dict[ComponentKind, int] = {"flight": 45_000, "hotel": 87_500, "car_hire": 22_500}
REFUSAL = {"code": "no", "message": "No.", "dial": None}


def usd(minor: int) -> Money:
    return Money(currency="USD", minor=minor)


PRICE = {"currency": "USD", "minor": 105_000}


@dataclass
class AuditCase:
    """A trip in the ledger and in the books, which agree until a test spoils one of them."""

    kind: TripKind = "travel"
    end: TripEnd | None = None
    entries: list[Entry] = field(default_factory=list[Entry])
    commands: list[Command] = field(default_factory=list[Command])
    bookings: dict[str, Booking] = field(default_factory=dict[str, Booking])
    payments: dict[str, Payment] = field(default_factory=dict[str, Payment])
    posted: list[Posting] | None = None

    def key(self, kind: ComponentKind, effect: Effect, revision: int = 1) -> str:
        component = TRIP if self.kind == kind else component_id(TRIP, COMPONENTS[kind])
        return effect_key(component, effect, revision)

    def write(self, event: Any, kind: ComponentKind, effect: Effect, revision: int = 1, **data: object) -> None:
        key = self.key(kind, effect, revision)
        component = key.partition("/")[0]
        stored = read_entry_data(event, effect, dict(data)) if data or event == "intent" else None
        self.entries.append(Entry(len(self.entries), TRIP, NOW, event, component, kind, effect, revision, key, stored))

    def command(self, what: Any, **body: Any) -> None:
        number = len(self.commands) + 1
        self.commands.append(Command(TRIP, number, f"c{number}", what, NOW, "owner", read_body(what, body)))

    def mark(self, event: Any, **data: object) -> None:
        self.entries.append(
            Entry(len(self.entries), TRIP, NOW, event, data=read_entry_data(event, None, dict(data) or None))
        )

    def hold(
        self, *kinds: ComponentKind, revision: int = 1, price: int | None = None, pay: int | None = None
    ) -> "AuditCase":
        """Hold each kind and authorize its payment, in ledger and books."""
        for kind in kinds:
            cost = usd(price or PRICES[kind])
            self.write("intent", kind, "hold", revision, destination="Paris", date=DAY.isoformat(), units=None)
            self.write(
                "outcome",
                kind,
                "hold",
                revision,
                status="held",
                confirmation=f"C-{kind}-{revision}",
                amount=cost.model_dump(),
                details={},
                expires=LATER.isoformat(),
            )
            key = self.key(kind, "hold", revision)
            self.bookings[key] = Booking(key, kind, f"C-{kind}-{revision}", cost, {}, "held", LATER)
            due = usd(cost.minor if pay is None else pay)
            if due.minor:
                self.authorize(kind, revision, due)
        return self

    def authorize(self, kind: ComponentKind, revision: int, amount: Money) -> None:
        self.write("intent", kind, "authorize", revision, amount=amount.model_dump(), confirmation="C")
        self.write(
            "outcome",
            kind,
            "authorize",
            revision,
            status="authorized",
            payment=f"P-{kind}-{revision}",
            amount=amount.model_dump(),
            expires=LATER.isoformat(),
        )
        key = self.key(kind, "authorize", revision)
        self.payments[key] = Payment(key, f"P-{kind}-{revision}", amount, usd(0), usd(0), "authorized", LATER)

    def ticket(self, *kinds: ComponentKind, revision: int = 1) -> "AuditCase":
        """Confirm and capture each kind, in ledger and books."""
        for kind in kinds:
            self.write(
                "intent",
                kind,
                "confirm",
                revision,
                price=self.bookings[self.key(kind, "hold", revision)].amount.model_dump(),
            )
            self.write("outcome", kind, "confirm", revision, status="confirmed")
            self.in_book(kind, revision, status="confirmed")
            if payment := self.payments.get(self.key(kind, "authorize", revision)):
                self.write("intent", kind, "capture", revision)
                self.write("outcome", kind, "capture", revision, status="captured", amount=payment.amount.model_dump())
                self.paid(kind, revision, status="captured", captured=payment.amount)
        return self

    def cancel(self, *kinds: ComponentKind, revision: int = 1, fee: int = 0, agreed: int = 0) -> "AuditCase":
        """Cancel each kind in ledger and books, and leave its money as it is."""
        for kind in kinds:
            was = self.bookings[self.key(kind, "hold", revision)]
            kept = usd(fee) if was.status == "confirmed" else None
            self.write("intent", kind, "cancel", revision, fee_agreed=agreed)
            fee_row = kept.model_dump() if kept else None
            self.write("outcome", kind, "cancel", revision, status="cancelled", confirmation="C", fee=fee_row)
            self.in_book(kind, revision, status="cancelled" if kept else "released", fee=kept)
        return self

    def void(self, *kinds: ComponentKind) -> "AuditCase":
        for kind in kinds:
            self.write("intent", kind, "void")
            self.write("outcome", kind, "void", status="voided")
            self.paid(kind, status="voided")
        return self

    def refund(self, kind: ComponentKind, amount: int, number: int = 1, revision: int = 1) -> "AuditCase":
        self.write("intent", kind, "refund", number, target=revision, amount=amount)
        self.write("outcome", kind, "refund", number, status="refunded", amount=usd(amount).model_dump())
        payment = self.payments[self.key(kind, "authorize", revision)]
        refunded = payment.refunded + usd(amount)
        self.paid(kind, revision, refunded=refunded, status="refunded" if refunded == payment.captured else "captured")
        return self

    def in_book(self, kind: ComponentKind, revision: int = 1, **changes: Any) -> None:
        """Change the supplier's line of a booking."""
        key = self.key(kind, "hold", revision)
        self.bookings[key] = replace(self.bookings[key], **changes)

    def paid(self, kind: ComponentKind, revision: int = 1, **changes: Any) -> None:
        """Change the provider's line of a payment."""
        key = self.key(kind, "authorize", revision)
        self.payments[key] = replace(self.payments[key], **changes)

    def forget(self, kind: ComponentKind, *effects: Effect, event: str | None = None) -> None:
        """Take rows out of the ledger."""
        self.entries = [
            entry
            for entry in self.entries
            if entry.kind != kind or entry.effect not in effects or event not in (None, entry.event)
        ]

    def audit(self, *, moving: bool = False, now: Any = NOW, on_failure: OnFailure = "all_or_nothing") -> TripAudit:
        outcome = TripOutcome(status=self.end, id=TRIP, kind=self.kind) if self.end else None
        row = TripRow(
            id=TRIP,
            kind=self.kind,
            request=TripRequest(kind=self.kind, destination="Paris", date=DAY),
            options=TripOptions(on_failure=on_failure),
            conversation="c",
            turn=1,
            created=NOW,
            updated=NOW,
            version=1,
            epoch=1,
            saga=TRIP,
            commands=len(self.commands),
            box="closed" if self.end else "open",
            outcome=outcome,
        )
        facts = trip_facts(row, self.entries, self.commands)
        books = Books(list(self.bookings.values()), list(self.payments.values()))
        return compare_trip(AuditedTrip(row, facts, self.postings(facts), books), now, moving=moving)

    def postings(self, facts: TripFacts) -> list[Posting]:
        """Return `posted`, or what the ledger posts for these rows."""
        if self.posted is not None:
            return self.posted
        postings: list[Posting] = []
        agreed: dict[str | None, int] = {}
        for entry in self.entries:
            data: Any = entry.data
            if isinstance(data, CancelArguments):
                agreed[entry.key] = data.fee_agreed
            elif entry.event == "outcome" and entry.effect:
                postings += of_outcome(entry.sequence, entry.effect, data, agreed.get(entry.key, 0))
            elif isinstance(data, Resolved) and entry.effect and entry.kind and entry.component:
                amount = usd(PRICES[entry.kind])
                item = Item(component=entry.component, kind=entry.kind, effect=entry.effect, revision=1, amount=amount)
                postings += of_decision(entry.sequence, item, data.decision)
        return postings


def codes(audit: TripAudit) -> set[str]:
    return {difference.code for difference in audit.differences}


def unexplained(audit: TripAudit) -> set[str]:
    return {difference.code for difference in audit.differences if difference.explanation is None}


def confirmed() -> AuditCase:
    case = AuditCase(end="confirmed").hold(*KINDS)
    case.mark("pivot")
    return case.ticket(*KINDS)


def failed() -> AuditCase:
    """Return a trip whose flight and hotel were held when the car was refused."""
    case = AuditCase(end="failed").hold("flight", "hotel")
    case.write("intent", "car_hire", "hold", destination="Paris", date=DAY.isoformat(), units=5)
    case.write("outcome", "car_hire", "hold", status="refused", refusal=REFUSAL)
    return case.cancel("hotel").void("hotel").cancel("flight").void("flight")


def cancelled() -> AuditCase:
    """Return a trip that was cancelled after it was confirmed, on the agreed terms."""
    case = confirmed()
    case.end = "cancelled"
    case.command("cancel", fees=[{"kind": kind, "revision": 1, "amount": PRICES[kind] // 10} for kind in PRICES])
    for kind in KINDS:
        fee = PRICES[kind] // 10
        case.cancel(kind, fee=fee, agreed=fee).refund(kind, PRICES[kind] - fee)
    return case


def turned_round() -> AuditCase:
    """Return a trip whose hotel was gone after the pivot, so that the flight is cancelled at our loss."""
    case = AuditCase(end="failed").hold(*KINDS)
    case.mark("pivot")
    case.ticket("flight")
    case.write("intent", "hotel", "confirm", price=PRICE)
    case.write("outcome", "hotel", "confirm", status="refused", refusal=REFUSAL)
    case.cancel("car_hire", "hotel").void("car_hire", "hotel")
    return case.cancel("flight", fee=4_500).refund("flight", 45_000)


def partly() -> AuditCase:
    case = confirmed()
    case.end = "partly_confirmed"
    return case.cancel("car_hire", fee=2_250).refund("car_hire", 22_500)


def never_arrived() -> AuditCase:
    case = AuditCase(kind="hotel", end="failed")
    case.write("intent", "hotel", "hold", destination="Paris", date=DAY.isoformat(), units=5)
    case.write("given_up", "hotel", "hold")
    case.write("intent", "hotel", "cancel", fee_agreed=0)
    case.write("outcome", "hotel", "cancel", status="cancelled", confirmation=None, fee=None)
    return case


def captured_after_all() -> AuditCase:
    """Return a trip whose capture lost its answer, so that voiding found the money taken."""
    case = AuditCase(kind="hotel", end="cancelled").hold("hotel")
    case.mark("pivot")
    case.write("intent", "hotel", "confirm", price=PRICE)
    case.write("outcome", "hotel", "confirm", status="confirmed")
    case.in_book("hotel", status="confirmed")
    case.write("intent", "hotel", "capture")
    case.paid("hotel", status="captured", captured=usd(87_500))
    case.command("cancel", fees=[])
    case.cancel("hotel", fee=8_750)
    case.write("intent", "hotel", "void")
    case.write("outcome", "hotel", "void", status="captured", amount=usd(87_500).model_dump())
    return case.refund("hotel", 87_500)


def made_dearer() -> AuditCase:
    """Return a trip changed to more nights: old price 87500, new price 105000, fee 8750."""
    case = AuditCase(kind="hotel", end="confirmed").hold("hotel")
    case.mark("pivot")
    case.ticket("hotel")
    case.command("change", kind="hotel", revision=2, replaces=1, date=DAY.isoformat(), units=6, fee=8_750)
    # To pay: the rise of the price (17500) and the fee of the old booking.
    case.hold("hotel", revision=2, price=105_000, pay=26_250).ticket("hotel", revision=2)
    case.cancel("hotel", fee=8_750, agreed=8_750)
    case.mark("changed", command=1)
    return case


def made_cheaper() -> AuditCase:
    """Return a trip changed to fewer nights: old price 87500, new price 52500, fee 8750."""
    case = AuditCase(kind="hotel", end="confirmed").hold("hotel")
    case.mark("pivot")
    case.ticket("hotel")
    case.command("change", kind="hotel", revision=2, replaces=1, date=DAY.isoformat(), units=3, fee=8_750)
    # Nothing to pay: the fall of the price (35000) is refunded less the fee.
    case.hold("hotel", revision=2, price=52_500, pay=0).ticket("hotel", revision=2)
    case.cancel("hotel", fee=8_750, agreed=8_750).refund("hotel", 26_250)
    case.mark("changed", command=1)
    return case


def settled() -> AuditCase:
    """Return a trip with refunds and a cancel that failed, decided by an operator."""
    case = confirmed()
    case.end = "cancelled"
    case.command("cancel", fees=[])
    case.cancel("car_hire", "hotel")
    decisions: tuple[tuple[ComponentKind, str], ...] = (("car_hire", "settled"), ("hotel", "written_off"))
    for kind, decision in decisions:
        case.write("intent", kind, "refund", target=1, amount=PRICES[kind])
        case.write("given_up", kind, "refund")
        case.write("resolved", kind, "refund", decision=decision, reason="", reference="", by="op", command=2)
    case.write("intent", "flight", "cancel", fee_agreed=0)
    case.write("given_up", "flight", "cancel")
    case.write("resolved", "flight", "cancel", decision="written_off", reason="", reference="", by="op", command=3)
    return case.refund("flight", 45_000)


def nothing_done() -> AuditCase:
    return AuditCase(end="failed")


GOOD: tuple[Callable[[], AuditCase], ...] = (
    confirmed,
    failed,
    cancelled,
    turned_round,
    partly,
    never_arrived,
    captured_after_all,
    made_dearer,
    made_cheaper,
    settled,
    nothing_done,
)


@pytest.mark.parametrize("case", GOOD)
def test_a_trip_that_went_right_has_no_difference(case: Callable[[], AuditCase]) -> None:
    audit = case().audit()
    assert audit.differences == ()
    assert audit.items == ()
    for sums in audit.totals.by_currency.values():
        assert sums.agreed + sums.fees + sums.adjusted == sums.kept == sums.book_kept


@pytest.mark.parametrize("case", GOOD)
def test_time_that_passes_makes_no_difference(case: Callable[[], AuditCase]) -> None:
    assert case().audit(now=LATER + timedelta(days=1)).differences == ()


Planting = Callable[[AuditCase], object]


def _second(case: AuditCase) -> None:
    case.bookings["x"] = replace(case.bookings[case.key("hotel", "hold")], key=case.key("hotel", "hold", 9))


def _second_payments(case: AuditCase) -> None:
    for number in (8, 9):
        key = case.key("hotel", "authorize", number)
        case.payments[key] = replace(
            case.payments[case.key("hotel", "authorize")], key=key, status="authorized", captured=usd(0)
        )


def _changed_amount(case: AuditCase) -> None:
    case.forget("flight", "hold", "authorize", "confirm", "capture")
    key, pay = case.key("flight", "hold"), case.key("flight", "authorize")
    booking, payment = case.bookings[key], case.payments[pay]
    case.hold("flight", price=44_000).ticket("flight")
    case.bookings[key], case.payments[pay] = booking, payment


IN_A_CONFIRMED_TRIP: dict[str, tuple[Planting, set[str]]] = {
    "a booking is missing from the book": (
        lambda c: c.bookings.pop(c.key("hotel", "hold")),
        {"not_in_book", "captured_without_booking"},
    ),
    "a payment is missing from the book": (lambda c: c.payments.pop(c.key("hotel", "authorize")), {"not_in_book"}),
    "the book has only held a booking": (
        lambda c: c.in_book("hotel", status="held"),
        {"state_differs", "left_behind", "captured_without_booking"},
    ),
    "the book has cancelled a booking": (
        lambda c: c.in_book("hotel", status="cancelled", fee=usd(8_750)),
        {"state_differs", "captured_without_booking"},
    ),
    "the book has refunded a payment": (
        lambda c: c.paid("hotel", status="refunded", refunded=usd(87_500)),
        {"refund_differs"},
    ),
    "the book has given back a part": (lambda c: c.paid("hotel", refunded=usd(1)), {"refund_differs"}),
    "the book has only authorized": (
        lambda c: c.paid("hotel", status="authorized", captured=usd(0)),
        {"state_differs", "amount_differs", "left_behind"},
    ),
    "another confirmation": (lambda c: c.in_book("hotel", confirmation="HT-x"), {"reference_differs"}),
    "another payment id": (lambda c: c.paid("hotel", id="PAY-x"), {"reference_differs"}),
    "another price": (lambda c: c.in_book("hotel", amount=usd(1)), {"amount_differs"}),
    "another currency": (
        lambda c: c.paid("hotel", amount=Money(currency="EUR", minor=87_500)),
        {"amount_differs"},
    ),
    "another amount taken": (lambda c: c.paid("hotel", captured=usd(87_501)), {"amount_differs"}),
    "the ledger agreed on less": (_changed_amount, {"amount_differs"}),
    "the ledger has forgotten a component": (
        lambda c: c.forget("flight", "hold", "authorize", "confirm", "capture"),
        {"not_in_ledger", "not_confirmed"},
    ),
    "the ledger has forgotten a payment": (
        lambda c: c.forget("flight", "authorize", "capture"),
        {"not_in_ledger", "money_differs"},
    ),
    "a confirmation without an outcome": (
        lambda c: c.forget("flight", "confirm", event="outcome"),
        {"left_behind", "not_confirmed", "money_differs"},
    ),
    "a capture without an outcome": (
        lambda c: c.forget("flight", "capture", event="outcome"),
        {"left_behind", "money_differs"},
    ),
    "a cancel without an outcome": (
        lambda c: c.write("intent", "flight", "cancel", fee_agreed=0),
        {"outcome_missing", "not_confirmed", "money_differs"},
    ),
    "a refund without an outcome": (
        lambda c: c.write("intent", "flight", "refund", target=1, amount=1),
        {"outcome_missing"},
    ),
    "an item is open": (
        lambda c: c.write("given_up", "flight", "cancel"),
        {"item_open", "outcome_missing", "not_confirmed", "money_differs"},
    ),
    "no money was posted": (lambda c: setattr(c, "posted", []), {"postings_differ"}),
    "a posting that moves nothing": (
        lambda c: setattr(c, "posted", [Posting(1, "capture", "payments", "payments", usd(1))]),
        {"postings_differ"},
    ),
    "a second booking of a component": (_second, {"doubled", "not_in_ledger"}),
    "two authorizations of a component": (_second_payments, {"doubled", "not_in_ledger", "left_behind"}),
    "a confirmed trip with a cancelled part": (lambda c: c.cancel("hotel").refund("hotel", 87_500), {"not_confirmed"}),
    "a part that was cancelled and not refunded": (
        lambda c: c.cancel("hotel"),
        {"not_confirmed", "money_differs", "captured_without_booking"},
    ),
}

IN_A_FAILED_TRIP: dict[str, tuple[Planting, set[str]]] = {
    "a booking is still held": (lambda c: c.in_book("hotel", status="held"), {"state_differs", "left_behind"}),
    "a booking is confirmed": (lambda c: c.in_book("hotel", status="confirmed"), {"state_differs"}),
    "a payment is still authorized": (
        lambda c: c.paid("hotel", status="authorized"),
        {"state_differs", "left_behind"},
    ),
    "a payment was captured": (
        lambda c: c.paid("hotel", status="captured", captured=usd(87_500)),
        {"state_differs", "captured_without_booking"},
    ),
    "a refused booking stands": (
        lambda c: c.bookings.update(
            {"x": Booking(c.key("car_hire", "hold"), "car_hire", "CR-1", usd(1), {}, "held", LATER)}
        ),
        {"not_in_ledger", "left_behind"},
    ),
    "a fee that the ledger does not know": (lambda c: c.in_book("hotel", fee=usd(1)), {"fee_differs"}),
    "the cancel was never begun": (
        lambda c: c.forget("hotel", "cancel"),
        {"state_differs", "left_behind"},
    ),
    "the void was never begun": (lambda c: c.forget("hotel", "void"), {"state_differs", "left_behind"}),
    "a cancel without an outcome": (lambda c: c.forget("hotel", "cancel", event="outcome"), {"outcome_missing"}),
    "a void without an outcome": (lambda c: c.forget("hotel", "void", event="outcome"), {"outcome_missing"}),
}


def plantings(planted: dict[str, tuple[Planting, set[str]]]) -> Iterable[object]:
    return [pytest.param(plant, expected, id=name) for name, (plant, expected) in planted.items()]


@pytest.mark.parametrize(("plant", "expected"), plantings(IN_A_CONFIRMED_TRIP))
def test_a_difference_planted_in_a_confirmed_trip_is_found(plant: Planting, expected: set[str]) -> None:
    case = confirmed()
    plant(case)
    audit = case.audit()
    assert codes(audit) == unexplained(audit) == expected


@pytest.mark.parametrize(("plant", "expected"), plantings(IN_A_FAILED_TRIP))
def test_a_difference_planted_in_a_failed_trip_is_found(plant: Planting, expected: set[str]) -> None:
    case = failed()
    plant(case)
    audit = case.audit()
    assert codes(audit) == unexplained(audit) == expected


@pytest.mark.parametrize("plant", [plant for plant, _ in IN_A_CONFIRMED_TRIP.values()])
def test_a_trip_that_moved_meanwhile_explains_every_difference(plant: Planting) -> None:
    case = confirmed()
    plant(case)
    assert unexplained(case.audit(moving=True)) == set()


def test_a_running_trip_explains_every_difference() -> None:
    case = AuditCase().hold("flight", "hotel")
    case.paid("flight", status="captured", captured=usd(45_000))
    audit = case.audit()
    assert audit.status == "running"
    assert codes(audit) == {"state_differs"}
    assert unexplained(audit) == set()


def parked() -> AuditCase:
    """Return a cancelled trip whose hotel could not be cancelled and whose flight could not be refunded."""
    case = confirmed()
    case.end = None
    case.command("cancel", fees=[])
    case.cancel("car_hire").refund("car_hire", 22_500)
    case.write("intent", "hotel", "cancel", fee_agreed=0)
    case.write("given_up", "hotel", "cancel")
    case.refund("hotel", 87_500).cancel("flight")
    case.write("intent", "flight", "refund", target=1, amount=45_000)
    case.write("given_up", "flight", "refund")
    return case


def test_a_parked_trip_lists_exactly_its_open_items() -> None:
    audit = parked().audit()
    assert audit.status == "needs_attention"
    assert [(item.id, str(item.amount)) for item in audit.items] == [
        ("flight-refund-1", "$450.00"),
        ("hotel-cancel-1", "$875.00"),
    ]
    assert unexplained(audit) == set()


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (lambda c: c.in_book("hotel", status="cancelled"), set[str]()),
        (lambda c: c.in_book("hotel", confirmation="x"), set[str]()),
        (lambda c: c.paid("hotel", refunded=usd(1)), {"refund_differs"}),
        (lambda c: c.paid("flight", refunded=usd(45_000), status="refunded"), set[str]()),
        (lambda c: c.in_book("flight", status="confirmed"), {"state_differs"}),
        (
            lambda c: c.paid("car_hire", refunded=usd(1), status="captured"),
            {"refund_differs", "captured_without_booking"},
        ),
    ],
)
def test_an_open_item_explains_only_its_own_side_of_its_own_component(plant: Planting, expected: set[str]) -> None:
    case = parked()
    plant(case)
    audit = case.audit()
    assert unexplained(audit) == expected


def test_a_change_that_needs_a_person_explains_both_bookings() -> None:
    case = AuditCase(kind="hotel").hold("hotel")
    case.mark("pivot")
    case.ticket("hotel")
    case.command("change", kind="hotel", revision=2, replaces=1, date=DAY.isoformat(), units=6, fee=8_750)
    case.hold("hotel", revision=2, price=105_000, pay=26_250)
    case.write("intent", "hotel", "confirm", 2, price=PRICE)
    case.write("outcome", "hotel", "confirm", 2, status="confirmed")
    case.in_book("hotel", 2, status="confirmed")
    case.write("intent", "hotel", "capture", 2)
    case.write("given_up", "hotel", "capture", 2)
    audit = case.audit()
    assert (audit.status, [item.id for item in audit.items]) == ("needs_attention", ["hotel-capture-2"])
    assert codes(audit) == {"doubled", "money_differs"}
    assert unexplained(audit) == set()


def test_a_trip_that_waits_for_the_traveller_explains_nothing() -> None:
    case = AuditCase().hold("flight", "hotel")
    case.write("intent", "car_hire", "hold", destination="Paris", date=DAY.isoformat(), units=5)
    case.write("outcome", "car_hire", "hold", status="refused", refusal=REFUSAL)
    assert case.audit(on_failure="ask_me").status == "waiting"
    assert case.audit(on_failure="ask_me").differences == ()
    case.in_book("flight", status="confirmed")
    assert unexplained(case.audit(on_failure="ask_me")) == {"state_differs"}


def test_what_binds_anybody_for_an_unknown_trip_is_found_and_counted() -> None:
    key = "trip-9-hotel/authorize/1"
    taken = Payment(key, "PAY-1", usd(500), usd(500), usd(100), "captured", LATER)
    difference, totals = compare_orphan(taken, NOW)
    assert difference is not None
    assert (difference.trip, difference.component, difference.code) == ("trip-9", "trip-9-hotel", "not_in_ledger")
    assert totals.of("USD").book_kept == 400
    for gone in (
        replace(taken, status="refunded", refunded=usd(500)),
        replace(taken, status="voided", captured=usd(0)),
    ):
        assert compare_orphan(gone, NOW)[0] is None
    held = Booking("trip-9-hotel/hold/1", "hotel", "HT-1", usd(500), {}, "held", LATER)
    assert compare_orphan(held, NOW)[0] is not None
    assert compare_orphan(held, LATER)[0] is None


@pytest.mark.parametrize(
    ("key", "trip"),
    [
        ("trip-a/hold/1", "trip-a"),
        ("trip-a-hotel/capture/1", "trip-a"),
        ("trip-a-car/refund/2", "trip-a"),
        ("odd", "odd"),
    ],
)
def test_a_key_names_its_trip(key: str, trip: str) -> None:
    assert trip_of_key(key) == trip


def test_money_is_counted_as_both_sides_have_it() -> None:
    sums = cancelled().audit().totals.of("USD")
    assert (sums.agreed, sums.captured, sums.refunded, sums.fees) == (0, 155_000, 139_500, 15_500)
    assert (sums.book_captured, sums.book_refunded, sums.book_fees) == (155_000, 139_500, 15_500)
