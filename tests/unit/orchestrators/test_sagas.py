"""The sagas step by step, on the real ledger and simulators: holding, the pivot, ticketing, compensation."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from domain.components import CAR_HIRE, FLIGHT, HOTEL, SAGA_OF, Component, parts_of
from domain.ids import effect_key
from domain.options import SagaPolicy
from domain.trip.entry_data import HoldArguments
from domain.trip.outcomes import SagaInput, TripOutcome
from stores.ledger import EffectKey, KeyClaim
from support.orchestrations.faults import Schedule
from support.orchestrations.installation import MemoryInstallation, quick_folder, real_activities
from support.orchestrations.invariant import books_of, require_invariant
from support.orchestrations.memory_host import VERSION, MemoryHost
from support.orchestrations.services import RealActivities
from support.suppliers.companies import NOW

PARTS = parts_of("travel")

TRIP = "trip-1"
Build = Callable[..., MemoryInstallation]
HELD = [c.book for c in PARTS]
UNDONE = [component.cancel for component in reversed(PARTS)]


@pytest.fixture(scope="module")
def activities() -> Iterator[RealActivities]:
    with real_activities() as real:
        yield real


@pytest.fixture
def build(activities: RealActivities) -> Iterator[Build]:
    """Build installations; at the end, every trip of each must keep the invariant."""
    built: list[MemoryInstallation] = []
    with quick_folder() as folder:

        def make(version: str = VERSION, **more: Any) -> MemoryInstallation:
            host = partial(MemoryHost, version=version)
            built.append(MemoryInstallation(folder, activities, Schedule(**more), host))
            return built[-1]

        yield make
        for house in built:
            house.schedule.arrive()
            for row in house.ledger.trips():
                require_invariant(house, row.id)


def message(house: MemoryInstallation) -> str:
    error = house.view().error
    assert error
    return error.message


def compensated(outcome: TripOutcome) -> list[str]:
    return [compensation.activity for compensation in outcome.compensations]


def test_a_trip_holds_everything_then_pivots_then_confirms_and_captures_in_this_order(build: Build) -> None:
    house = build()
    instance = house.book()
    assert house.effects() == HELD, "the payments are in these, and the rest is one activity"
    assert house.delivered.index("record_pivot_activity") == house.delivered.index(CAR_HIRE.book) + 1
    assert instance.output == house.outcome().model_dump(mode="json")
    outcome = house.outcome()
    assert (outcome.status, outcome.error, outcome.compensations) == ("confirmed", None, ())
    assert [part.id for part in outcome.components] == [f"{TRIP}-flight", f"{TRIP}-hotel", f"{TRIP}-car"]
    assert [part.amount.minor for part in outcome.components if part.amount] == [45000, 87500, 22500]
    assert outcome.kept
    assert outcome.kept.minor == 155000
    assert house.delivered[-1] == "record_pivot_activity"


def test_before_1_2_each_payment_and_all_that_follows_the_pivot_is_an_activity(build: Build) -> None:
    house = build(version="1.1")
    house.book()
    held = [name for c in PARTS for name in (c.book, c.pay)]
    assert house.effects() == held + [name for c in PARTS for name in (c.confirm, c.capture)]
    assert house.delivered[-1] == "close_trip_activity"
    assert house.outcome().status == "confirmed"


def test_every_effect_has_the_key_of_its_component_effect_and_revision(build: Build) -> None:
    house = build()
    house.book()
    keys = [entry.key for entry in house.ledger.entries(TRIP) if entry.event == "intent"]
    sagas = [f"{TRIP}-{component.suffix}" for component in PARTS]
    held = [effect_key(saga, effect, 1) for saga in sagas for effect in ("hold", "authorize")]
    assert keys == held + [effect_key(saga, effect, 1) for saga in sagas for effect in ("confirm", "capture")]


@pytest.mark.parametrize(
    ("refused", "cancels"),
    [
        ("flight/hold", []),
        ("flight/authorize", [FLIGHT.cancel]),
        ("hotel/hold", [FLIGHT.cancel]),
        ("hotel/authorize", [HOTEL.cancel, FLIGHT.cancel]),
        ("car/hold", [HOTEL.cancel, FLIGHT.cancel]),
        ("car/authorize", UNDONE),
        ("flight/confirm", UNDONE),
        ("flight/capture", UNDONE),
        ("hotel/confirm", UNDONE),
        ("hotel/capture", UNDONE),
        ("car/confirm", UNDONE),
        ("car/capture", UNDONE),
    ],
)
def test_a_refusal_is_never_tried_again_and_undoes_all_in_exact_reverse(
    build: Build, refused: str, cancels: list[str]
) -> None:
    house = build(refusing=frozenset({refused}))
    house.book()
    outcome = house.outcome()
    assert outcome.status == "failed"
    assert compensated(outcome) == cancels
    assert house.effects()[len(house.effects()) - len(cancels) :] == cancels
    component, operation = refused.split("/")
    assert house.schedule.delivered.count(f"{operation} {TRIP}-{component}/{operation}/1") == 1
    assert all(compensation.status == "cancelled" for compensation in outcome.compensations)
    assert message(house).endswith("Nothing of this trip stays charged. You can ask for another date, place or trip.")
    assert "simulated" in message(house)


def test_before_the_pivot_undoing_costs_nothing_and_nothing_is_captured(build: Build) -> None:
    house = build(refusing=frozenset({"car/authorize"}))
    house.book()
    books = books_of(house, TRIP)
    assert {booking.status for booking in books.bookings} == {"released"}
    assert {payment.status for payment in books.payments} == {"voided"}
    assert house.ledger.postings(TRIP) == []


@pytest.mark.parametrize(
    ("refused", "code"), [("hotel/confirm", "price_changed"), ("hotel/capture", "capture_refused")]
)
def test_after_the_pivot_the_suppliers_fee_is_our_loss(build: Build, refused: str, code: str) -> None:
    house = build(refusing=frozenset({refused}))
    house.book()
    outcome = house.outcome()
    assert outcome.error
    assert (outcome.error.code, outcome.kept and outcome.kept.minor) == (code, 0)
    posted = [(posting.what, posting.amount.minor) for posting in house.ledger.postings(TRIP)]
    fees = [4500] if refused == "hotel/confirm" else [8750, 4500]
    assert posted[0][0] == "capture"
    assert [amount for what, amount in posted if what == "fee"] == fees
    assert [amount for what, amount in posted if what == "write_off"] == fees


def test_a_hold_that_was_gone_when_it_was_to_be_confirmed_turns_the_trip_round(build: Build) -> None:
    # Since 1.2 a saga comes to this activity only after a fault.
    house = build(fates={"hotel/confirm": ["fault"]})

    def expire(name: str, argument: Any) -> None:
        if name == HOTEL.confirm:
            house.clock.move(timedelta(hours=1))

    house.before = expire
    house.book()
    outcome = house.outcome()
    assert outcome.error
    assert (outcome.status, outcome.error.code) == ("failed", "hold_gone")
    assert compensated(outcome) == UNDONE


def test_the_pivot_is_not_recorded_without_the_margin(build: Build) -> None:
    house = build()

    def dawdle(name: str, argument: Any) -> None:
        if name == CAR_HIRE.book:
            # A hold lasts 1800 seconds, and two minutes before its end it is too late for the pivot.
            house.clock.move(timedelta(seconds=1800 - 119))

    house.before = dawdle
    house.book()
    outcome = house.outcome()
    assert outcome.error
    assert (outcome.status, outcome.error.code) == ("failed", "hold_expired")
    assert all(component.first.confirm == "none" for component in house.facts().components)
    assert compensated(outcome) == UNDONE


@pytest.mark.parametrize("operation", ["hold", "authorize"])
@pytest.mark.parametrize("component", PARTS, ids=lambda c: c.kind)
@pytest.mark.parametrize("fate", ["fault", "late"])
def test_a_hold_or_authorization_given_up_is_cancelled_by_key(
    build: Build, component: Component, operation: str, fate: Any
) -> None:
    # All five attempts, and what is late arrives when the test is over.
    house = build(fates={f"{component.suffix}/{operation}": [fate] * 5}, lateness=1000)
    house.book()
    outcome = house.outcome()
    assert outcome.error
    assert (outcome.status, outcome.error.code) == ("failed", "outcome_unknown")
    assert compensated(outcome) == UNDONE[PARTS[::-1].index(component) :]
    assert house.schedule.delivered.count(f"{operation} {TRIP}-{component.suffix}/{operation}/1") == 5


@pytest.mark.parametrize("operation", ["hold", "authorize", "confirm", "capture"])
def test_after_a_lost_answer_the_enquiry_tells_and_nothing_is_sent_again(build: Build, operation: str) -> None:
    house = build(fates={f"hotel/{operation}": ["lost answer"]})
    house.book()
    assert house.outcome().status == "confirmed"
    assert house.schedule.delivered.count(f"{operation} {TRIP}-hotel/{operation}/1") == 1


@pytest.mark.parametrize("operation", ["confirm", "capture"])
def test_a_confirmation_or_capture_given_up_parks_the_trip_and_is_never_undone(build: Build, operation: str) -> None:
    house = build(stuck=frozenset({f"hotel/{operation}"}))
    instance = house.book()
    assert not instance.ended
    assert [(item.id, item.amount.minor) for item in house.facts().items] == [(f"hotel-{operation}-1", 87500)]
    assert house.view().status == "needs_attention"
    assert not set(house.effects()) & set(UNDONE)
    assert "needs attention" in message(house)


@pytest.mark.parametrize("operation", ["cancel", "void", "refund"])
def test_what_can_not_be_undone_parks_the_trip_and_does_not_stop_the_others(build: Build, operation: str) -> None:
    house = build(refusing=frozenset({"car/capture"}), stuck=frozenset({f"hotel/{operation}", "car/void"}))
    house.book()
    effects = house.effects()
    if operation == "void":
        assert [item.id for item in house.facts().items] == ["car-void-1"], "what is captured needs no void"
    else:
        assert [item.id for item in house.facts().items] == [f"hotel-{operation}-1", "car-void-1"]
        assert effects.count(HOTEL.cancel) == 5
    assert effects.count(CAR_HIRE.cancel) == 5
    assert effects[-1] == FLIGHT.cancel
    compensations = {compensation.activity: compensation.status for compensation in house.view().compensations}
    assert compensations[FLIGHT.cancel] == "cancelled"
    assert compensations[CAR_HIRE.cancel] == "failed"


def test_the_waits_double_on_durable_timers(build: Build) -> None:
    house = build(stuck=frozenset({"flight/hold", "flight/cancel"}))
    instance = house.book("flight")
    # 10 and 11 are the types of TimerCreated and TimerFired.
    fired = [e["TimerId"] for e in instance.history if e["EventType"] == 11]
    created = {e["EventId"]: e for e in instance.history if e["EventType"] == 10}
    waits = [at(created[timer]["FireAt"]) - at(created[timer]["Timestamp"]) for timer in fired]
    assert waits == [timedelta(seconds=s) for s in (0.5, 1, 2, 4, 2, 4, 8, 16)]


def at(text: str) -> datetime:
    # Python reads microseconds, and histories have ticks of 100 ns.
    return datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00")


def test_the_attempts_at_undoing_are_as_many_as_the_policy_says(build: Build) -> None:
    house = build(stuck=frozenset({"flight/cancel"}), refusing=frozenset({"flight/authorize"}))
    house.book("flight", policy=SagaPolicy(compensation_attempts=2))
    assert house.effects() == [FLIGHT.book, FLIGHT.cancel, FLIGHT.cancel]


@pytest.mark.parametrize("component", PARTS, ids=lambda c: c.kind)
class TestAComponentAlone:
    def test_holds_authorizes_pivots_confirms_and_captures(self, build: Build, component: Component) -> None:
        house = build()
        house.book(component.kind)
        assert house.delivered == [
            "read_trip_activity",
            component.book,
            "record_pivot_activity",
        ]
        assert house.outcome().status == "confirmed"
        assert [part.id for part in house.outcome().components] == [TRIP]

    @pytest.mark.parametrize("operation", ["hold", "authorize", "confirm", "capture"])
    def test_undoes_itself_when_it_is_refused(self, build: Build, component: Component, operation: str) -> None:
        house = build(refusing=frozenset({f"{component.suffix}/{operation}"}))
        house.book(component.kind)
        assert house.outcome().status == "failed"
        assert compensated(house.outcome()) == ([] if operation == "hold" else [component.cancel])


@pytest.mark.parametrize("fate", ["fault", "lost answer", "late"])
def test_faults_lost_and_late_answers_of_every_step_are_survived(build: Build, fate: Any) -> None:
    points = [f"{c.suffix}/{o}" for c in PARTS for o in ("hold", "authorize", "confirm", "capture")]
    house = build(fates={point: [fate] * 2 for point in points}, lateness=1)
    house.book()
    assert house.outcome().status == "confirmed"


def test_a_hold_that_arrives_after_it_was_given_up_and_cancelled_is_refused(build: Build) -> None:
    house = build(fates={"flight/hold": ["late"] * 5}, lateness=1000)
    house.book()
    assert house.outcome().status == "failed"
    house.schedule.arrive()
    assert books_of(house, TRIP).bookings == []


def test_the_pivot_is_not_recorded_when_it_waited_in_a_queue_until_the_margin_was_gone(build: Build) -> None:
    house = build()
    house.before = lambda name, argument: house.clock.move(timedelta(seconds=1400 if name == CAR_HIRE.book else 0))
    house.host.delay = lambda name: timedelta(seconds=300 if name == "record_pivot_activity" else 0)
    house.book()
    error = house.outcome().error
    assert error
    assert error.code == "hold_expired"


@pytest.mark.parametrize("parallel", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("lost", PARTS, ids=lambda c: c.kind)
@pytest.mark.parametrize("episode", range(2))
def test_a_child_that_was_terminated_is_cancelled_by_key(
    build: Build, lost: Component, episode: int, parallel: bool
) -> None:
    house = build()
    house.host.doomed[f"{TRIP}-{lost.suffix}"] = episode
    house.book(parallel=parallel)
    outcome = house.outcome()
    assert outcome.status == "failed"
    stood = list(PARTS) if parallel else list(PARTS[: PARTS.index(lost) + 1])
    # A child that was terminated before its first episode has booked nothing.
    begun = [c.cancel for c in reversed(stood) if c is not lost or episode > 0]
    assert compensated(outcome) == begun


def test_a_child_that_fails_makes_its_trip_fail_and_leaves_nothing(build: Build) -> None:
    house = build(stuck=frozenset({"hotel/hold"}))

    def break_down(name: str, argument: Any) -> None:
        # Of the hotel alone: the trip's own saga gives the whole component up, and names no activity.
        if name == "give_up_activity" and argument["activity"] == HOTEL.book:
            raise RuntimeError("the ledger is down")

    house.before = break_down
    house.book()
    assert house.outcome().status == "failed"
    assert compensated(house.outcome()) == [HOTEL.cancel, FLIGHT.cancel]


class TestInParallel:
    def test_all_are_held_at_once_and_the_rest_is_the_same(self, build: Build) -> None:
        house = build()
        house.book(parallel=True)
        assert house.effects()[:3] == [c.book for c in PARTS]
        assert house.delivered[-1] == "record_pivot_activity"
        assert house.outcome().status == "confirmed"

    @pytest.mark.parametrize("refused", ["flight/hold", "hotel/authorize", "car/hold"])
    def test_compensations_run_in_the_same_reverse_once_all_have_ended(self, build: Build, refused: str) -> None:
        house = build(refusing=frozenset({refused}))
        house.book(parallel=True)
        left = [name for name in house.effects() if name in UNDONE]
        spared = [c.cancel for c in PARTS if refused == f"{c.suffix}/hold"]
        assert left == [name for name in UNDONE if name not in spared]


class TestKeepWhatWorks:
    @pytest.mark.parametrize("operation", ["hold", "authorize", "confirm", "capture"])
    @pytest.mark.parametrize("component", PARTS, ids=lambda c: c.kind)
    def test_a_component_that_fails_is_undone_alone(self, build: Build, component: Component, operation: str) -> None:
        house = build(refusing=frozenset({f"{component.suffix}/{operation}"}))
        house.book(on_failure="keep_what_works")
        outcome = house.outcome()
        assert outcome.status == "partly_confirmed"
        assert compensated(outcome) == ([] if operation == "hold" else [component.cancel])
        confirmed = {part.kind for part in outcome.components if part.status == "confirmed"}
        assert confirmed == {c.kind for c in PARTS if c is not component}

    @pytest.mark.parametrize("component", PARTS, ids=lambda c: c.kind)
    def test_what_works_is_confirmed_and_paid_also_when_staff_have_to_settle_the_rest(
        self, build: Build, component: Component
    ) -> None:
        suffix = component.suffix
        house = build(refusing=frozenset({f"{suffix}/capture"}), stuck=frozenset({f"{suffix}/cancel"}))
        house.book(on_failure="keep_what_works")
        assert [item.id for item in house.facts().items] == [f"{suffix}-cancel-1"]
        settled = {c.kind: (b.booked, b.capture) for c in house.facts().components for b in c.revisions[:1]}
        assert {kind for kind, how in settled.items() if how == (True, "done")} == {
            c.kind for c in PARTS if c is not component
        }

    def test_nothing_that_works_is_a_failed_trip(self, build: Build) -> None:
        house = build(refusing=frozenset({"flight/hold", "hotel/hold", "car/authorize"}))
        house.book(on_failure="keep_what_works")
        assert house.outcome().status == "failed"


class TestKeys:
    @pytest.mark.parametrize("refused", [frozenset[str](), frozenset({"car/hold"}), frozenset({"hotel/capture"})])
    def test_a_finished_trip_run_again_returns_the_record_without_any_effect(
        self, build: Build, refused: frozenset[str]
    ) -> None:
        house = build(refusing=refused)
        first = house.book()
        before = house.ledger.entries(TRIP), list(house.effects())
        again = house.run(SAGA_OF["travel"], TRIP, house.order(TRIP, house.row().request))
        assert again.output == first.output
        for component in PARTS:
            identifier = f"{TRIP}-{component.suffix}"
            saga_input = SagaInput(trip=TRIP, component=identifier, request=house.row().request)
            house.run(component.saga, identifier, saga_input.model_dump(mode="json"))
        assert (house.ledger.entries(TRIP), house.effects()) == before

    @pytest.mark.parametrize("times", [2, 3])
    def test_activities_delivered_several_times_have_one_effect(self, build: Build, times: int) -> None:
        house = build(refusing=frozenset({"car/capture"}))
        functions = dict(house.host._activities)  # pyright: ignore[reportPrivateUsage]

        def often(function: Any) -> Any:
            return lambda argument: [function(argument) for _ in range(times)].pop()

        house.host._activities = {n: often(f) for n, f in functions.items()}  # pyright: ignore[reportPrivateUsage]
        house.book()
        assert house.outcome().status == "failed"
        keys = [entry.key for entry in house.ledger.entries(TRIP) if entry.event == "outcome"]
        assert len(keys) == len(set(keys))

    def test_a_key_that_somebody_works_on_is_waited_out_and_costs_no_attempt(self, build: Build) -> None:
        house = build(fates={"flight/hold": ["fault"] * 4})
        house.open(kind="flight")
        key = EffectKey(TRIP, TRIP, "flight", "hold", 1, f"{TRIP}/hold/1")
        arguments = HoldArguments(destination="Paris", date=date(2026, 3, 2), units=None)
        claimed = house.ledger.claim(key, arguments, 1, 15)
        assert isinstance(claimed, KeyClaim)
        instance = house.run(SAGA_OF["flight"], TRIP, house.order(TRIP, house.row().request))
        assert house.outcome().status == "confirmed"
        # The first timer lasts as long as the lease that was claimed above.
        fired = [e["TimerId"] for e in instance.history if e["EventType"] == 11]
        first = next(e for e in instance.history if e["EventType"] == 10 and e["EventId"] == fired[0])
        assert at(first["FireAt"]) == NOW + timedelta(seconds=15)


class TestTheFrame:
    def test_an_activity_that_lies_in_its_queue_is_no_timeout(self, build: Build) -> None:
        house = build()
        # Less than the ten minutes after which a saga sends an activity again.
        house.host.delay = lambda name: timedelta(minutes=9 if name == FLIGHT.book else 0)
        house.book("flight")
        assert house.effects().count(FLIGHT.book) == 1
        assert house.outcome().status == "confirmed"

    def test_the_first_flow_sends_the_same_key_again_past_the_backstop(self, build: Build) -> None:
        house = build(version="1.0")
        waits = iter([timedelta(minutes=11)])
        house.host.delay = lambda name: next(waits, timedelta(0)) if name == FLIGHT.book else timedelta(0)
        house.book("flight")
        assert house.effects().count(FLIGHT.book) == 2
        assert len(books_of(house, TRIP).bookings) == 1
        assert house.outcome().status == "confirmed"

    def test_later_flows_wait_for_an_activity_as_long_as_the_host_lets_it_run(self, build: Build) -> None:
        house = build()
        house.host.delay = lambda name: timedelta(minutes=11 if name == FLIGHT.book else 0)
        house.book("flight")
        assert house.effects().count(FLIGHT.book) == 1
        assert house.outcome().status == "confirmed"

    def test_an_answer_that_can_not_be_read_is_a_fault(self, build: Build) -> None:
        house = build()
        answers: Iterator[Any] = iter([None, "done", {"status": "fine"}, {"status": "done"}])
        house.overrides[FLIGHT.book] = lambda argument: next(answers)
        house.book("flight")
        assert house.effects().count(FLIGHT.book) == 5
        assert house.outcome().status == "failed"

    def test_nothing_is_booked_while_the_ledger_does_not_answer(self, build: Build) -> None:
        house = build()
        house.overrides["read_trip_activity"] = lambda argument: {}
        instance = house.book("flight")
        assert "read_trip_activity failed 5 times" in (instance.error or "")
        assert house.effects() == []
        house.overrides.clear()
        house.take_over()
        house.go_on()
        assert house.outcome().status == "failed"

    def test_custom_status_holds_the_current_step_only(self, build: Build) -> None:
        house = build()
        instance = house.book("flight")
        steps = [body.get("customStatus") for _, body in instance.episodes]
        assert steps[:3] == [{"step": name} for name in ("read_trip_activity", FLIGHT.book, "record_pivot_activity")]

    def test_children_get_their_parents_version(self, build: Build) -> None:
        house = build()
        request = house.open()
        house.host.start(SAGA_OF["travel"], TRIP, house.order(TRIP, request), version="0.9")
        house.go_on()
        assert {instance.version for instance in house.host.instances.values()} == {"0.9"}
        assert house.host.instances[TRIP].body["actions"][0][1]["version"] == "0.9"
