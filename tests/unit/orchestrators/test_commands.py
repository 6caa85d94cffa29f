"""Cancel, change, answer and decisions: each acts exactly once, at whatever moment it comes."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from activities.services import serving
from domain.components import CAR_HIRE, FLIGHT, HOTEL, SAGA_OF, parts_of
from domain.options import SagaPolicy
from domain.trip.effects import HoldOrder
from domain.trip.entry_data import Expired
from domain.trip.facts import Item
from domain.trip.outcomes import TurnLink
from domain.trip.plan import Close, next_step
from stores.errors import StorageError
from support.orchestrations.faults import Schedule
from support.orchestrations.installation import MemoryInstallation, quick_folder, real_activities
from support.orchestrations.invariant import books_of, require_invariant
from support.orchestrations.memory_host import VERSION, MemoryHost
from support.orchestrations.services import RealActivities

PARTS = parts_of("travel")

TRIP = "trip-1"
Build = Callable[..., MemoryInstallation]
UNDONE = [component.cancel for component in reversed(PARTS)]
STEPS = [
    "read_trip_activity",
    *(name for c in PARTS for name in (c.book, c.pay)),
    "record_pivot_activity",
    *(name for c in PARTS for name in (c.confirm, c.capture)),
    "close_trip_activity",
]


def flow_with(step: str) -> str:
    """Return a version in which the step is a separate activity: since 1.2 a hold and the pivot go on by themselves."""
    return "1.1" if step.startswith(("process_", "confirm_", "capture_", "close_trip_")) else VERSION


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


def once(house: MemoryInstallation, step: str, act: Callable[[], Any], after: bool = False) -> None:
    """Let something happen around the first delivery of an activity: before it is done, or after."""
    left = [act]

    def before(name: str, argument: Any) -> None:
        if name == step and left and not after:
            left.pop()()

    house.before = before
    if after:
        function = house.host._activities[step]  # pyright: ignore[reportPrivateUsage]

        def deliver(argument: Any) -> Any:
            result = function(argument)
            if left:
                left.pop()()
            return result

        house.host._activities = {**house.host._activities, step: deliver}  # pyright: ignore[reportPrivateUsage]


def fail(house: MemoryInstallation, step: str, times: int) -> list[Any]:
    """Let the storage be out for the next deliveries of an activity, and return their arguments."""
    sent: list[Any] = []

    def deliver(argument: Any) -> Any:
        sent.append(argument)
        if len(sent) == times:
            del house.overrides[step]
        raise StorageError("the storage is out")

    house.overrides[step] = deliver
    return sent


def events(house: MemoryInstallation) -> list[str]:
    return [entry.event for entry in house.ledger.entries(TRIP) if entry.kind is None]


def total(house: MemoryInstallation) -> int:
    return house.view().total.minor


def item(house: MemoryInstallation, identifier: str) -> Item:
    return next(open_item for open_item in house.facts().items if open_item.id == identifier)


class TestACancel:
    @pytest.mark.parametrize("parallel", [False, pytest.param(True, marks=pytest.mark.slow)])
    @pytest.mark.parametrize("after", [pytest.param(False, marks=pytest.mark.slow), True], ids=["before", "after"])
    @pytest.mark.parametrize("step", STEPS)
    def test_at_any_step_acts_once_and_leaves_nothing(
        self, build: Build, step: str, after: bool, parallel: bool
    ) -> None:
        house = build(version=flow_with(step))
        once(house, step, house.cancel, after)
        house.book(parallel=parallel)
        assert house.view().status == "cancelled"
        cancels = [compensation.activity for compensation in house.view().compensations]
        assert len(cancels) == len(set(cancels))
        assert cancels == [name for name in UNDONE if name in cancels]
        assert house.host.living() == []

    def test_before_the_pivot_undoes_for_free(self, build: Build) -> None:
        house = build(version=flow_with(CAR_HIRE.pay))
        once(house, CAR_HIRE.pay, house.cancel)
        house.book()
        assert total(house) == 0
        assert "pivot" not in events(house)
        assert {booking.status for booking in books_of(house, TRIP).bookings} == {"released"}

    def test_that_the_saga_has_not_seen_stops_the_pivot(self, build: Build) -> None:
        house = build()
        once(house, "record_pivot_activity", house.cancel)
        house.book()
        assert "pivot" not in events(house)

    def test_that_comes_while_the_saga_closes_is_done_by_that_saga(self, build: Build) -> None:
        house = build(version=flow_with("close_trip_activity"))
        once(house, "close_trip_activity", house.cancel)
        house.book()
        assert house.row().saga == TRIP
        assert house.row().outcome
        assert house.delivered.count("close_trip_activity") == 2

    def test_after_the_end_is_done_by_a_follow_up_on_the_suppliers_terms(self, build: Build) -> None:
        house = build()
        house.book()
        house.cancel()
        house.go_on()
        assert house.row().saga == f"{TRIP}-command-1"
        assert house.view().status == "cancelled"
        assert total(house) == 15500
        assert house.effects()[-3:] == UNDONE

    def test_of_an_undone_trip_only_closes_it_again(self, build: Build) -> None:
        house = build(refusing=frozenset({"car/hold"}))
        house.book()
        before = len(house.effects())
        house.cancel()
        house.go_on()
        assert (house.view().status, len(house.effects())) == ("cancelled", before)

    def test_raised_again_and_again_acts_once(self, build: Build) -> None:
        house = build()
        house.book()
        house.cancel()
        for _ in range(3):
            house.wake(TRIP)
        house.go_on()
        house.wake(TRIP)
        house.go_on()
        assert house.effects().count(FLIGHT.cancel) == 1

    def test_alone_of_one_component(self, build: Build) -> None:
        house = build(version=flow_with(HOTEL.capture))
        once(house, HOTEL.confirm, house.cancel, after=True)
        house.book("hotel")
        assert (house.view().status, total(house)) == ("cancelled", 0), "the fee was not told, so we bear it"

    def test_bears_the_fee_that_was_agreed_although_no_attempt_came_as_far_as_writing_it_down(
        self, build: Build
    ) -> None:
        house = build()
        house.book("flight")
        fail(house, FLIGHT.cancel, 5)
        house.cancel()
        house.go_on()
        assert (house.view().status, total(house)) == ("cancelled", 4500)
        assert "write_off" not in [posting.what for posting in house.ledger.postings(TRIP)]


class TestAChange:
    def confirmed(self, build: Build, **more: Any) -> MemoryInstallation:
        house = build(**more)
        house.book()
        house.delivered.clear()
        return house

    def test_to_something_dearer_holds_authorizes_confirms_captures_then_cancels_the_old(self, build: Build) -> None:
        house = self.confirmed(build)
        house.change("hotel", 7)
        house.go_on()
        assert house.effects() == [HOTEL.book, HOTEL.pay, HOTEL.confirm, HOTEL.cancel]
        assert house.view().status == "confirmed"
        assert total(house) == 155000 + 2 * 17500 + 8750
        assert events(house)[-2:] == ["changed", "closed"]

    def test_to_something_cheaper_refunds_the_fall_less_the_fee_at_last(self, build: Build) -> None:
        house = self.confirmed(build)
        house.change("hotel", 3)
        house.go_on()
        assert house.effects() == [HOTEL.book, HOTEL.confirm, HOTEL.cancel]
        assert total(house) == 155000 - 2 * 17500 + 8750

    @pytest.mark.parametrize("operation", ["hold", "authorize", "confirm", "capture"])
    def test_that_fails_undoes_the_new_and_leaves_the_old_untouched(self, build: Build, operation: str) -> None:
        house = self.confirmed(build)
        house.schedule.refusing = frozenset({f"hotel/{operation}"})
        old = house.view().bookings[1].confirmation
        house.change("hotel", 7)
        house.go_on()
        assert (house.view().status, total(house)) == ("confirmed", 155000)
        assert house.view().bookings[1].confirmation == old
        assert events(house)[-2:] == ["not_changed", "closed"]

    @pytest.mark.parametrize("operation", ["hold", "authorize"])
    def test_whose_new_booking_stays_unknown_is_undone_by_key(self, build: Build, operation: str) -> None:
        house = self.confirmed(build)
        house.schedule.stuck = frozenset({f"hotel/{operation}"})
        house.change("hotel", 7)
        house.go_on()
        assert (house.view().status, total(house)) == ("confirmed", 155000)

    @pytest.mark.parametrize("step", [HOTEL.book, HOTEL.pay, HOTEL.confirm, HOTEL.capture, HOTEL.cancel])
    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    def test_is_overtaken_by_a_cancel_at_its_next_step(self, build: Build, step: str, after: bool) -> None:
        house = self.confirmed(build, version=flow_with(step))
        once(house, step, house.cancel, after)
        house.change("hotel", 7)
        house.go_on()
        assert house.view().status == "cancelled"
        statuses = {booking.status for booking in books_of(house, TRIP).bookings}
        assert statuses <= {"cancelled", "released"}

    def test_of_a_change(self, build: Build) -> None:
        house = self.confirmed(build)
        for nights in (7, 2, 9):
            house.change("hotel", nights)
            house.go_on()
        assert house.view().status == "confirmed"
        bookings = books_of(house, TRIP).bookings
        assert [b.status for b in bookings if b.kind == "hotel"].count("confirmed") == 1

    def test_while_the_trip_is_being_ticketed_waits_its_turn(self, build: Build) -> None:
        house = build(fates={"car/confirm": ["fault"]})
        once(house, CAR_HIRE.confirm, lambda: house.change("flight", 1))
        house.book()
        assert house.view().status == "confirmed"
        assert events(house)[-2:] == ["changed", "closed"]


class TestAChoice:
    def waiting(self, build: Build, **more: Any) -> MemoryInstallation:
        house = build(refusing=frozenset({"car/hold"}), **more)
        house.book(on_failure="ask_me", policy=SagaPolicy(ask_me_seconds=600))
        return house

    def asked(self, build: Build, meanwhile: Callable[[MemoryInstallation], Any]) -> MemoryInstallation:
        """Book a trip that waits for a choice, and do something before its deadline."""
        house = build(refusing=frozenset({"car/hold"}))
        left = [meanwhile]

        def before_timer() -> None:
            if house.view().status == "waiting" and left:
                left.pop()(house)

        house.host.before_timer = before_timer
        house.book(on_failure="ask_me", policy=SagaPolicy(ask_me_seconds=600))
        return house

    def test_to_keep_confirms_what_stands(self, build: Build) -> None:
        house = self.asked(build, lambda house: house.answer("keep"))
        assert house.view().status == "partly_confirmed"
        assert total(house) == 132500
        assert not set(house.effects()) & set(UNDONE)

    def test_to_undo_undoes_it(self, build: Build) -> None:
        house = self.asked(build, lambda house: house.answer("undo"))
        assert house.view().status == "failed"
        assert house.effects()[-2:] == [HOTEL.cancel, FLIGHT.cancel]

    def test_that_never_comes_means_undo(self, build: Build) -> None:
        house = self.waiting(build)
        assert house.view().status == "failed"
        error = house.view().error
        assert error
        expired = next(entry for entry in house.ledger.entries(TRIP) if entry.event == "expired")
        assert expired.data == Expired(reason="no_answer")
        assert timedelta(seconds=600) <= expired.at - house.row().created < timedelta(seconds=601)

    def test_has_a_deadline_before_the_first_hold_ends(self, build: Build) -> None:
        house = build(refusing=frozenset({"car/hold"}))
        house.book(on_failure="ask_me")
        expired = next(entry for entry in house.ledger.entries(TRIP) if entry.event == "expired")
        # A hold lasts 1800 seconds, and two minutes are left to confirm it.
        assert timedelta(seconds=1679) < expired.at - house.row().created < timedelta(seconds=1681)

    def test_that_comes_with_the_deadline_counts_when_it_was_stored_first(self, build: Build) -> None:
        house = build(refusing=frozenset({"car/hold"}))

        def before(name: str, argument: Any) -> None:
            if name == "record_pivot_activity" and argument["give_up"] and house.row().commands == 0:
                house.answer("keep")

        house.before = before
        house.book(on_failure="ask_me", policy=SagaPolicy(ask_me_seconds=600))
        assert house.view().status == "partly_confirmed"

    def test_that_comes_after_the_deadline_changes_nothing(self, build: Build) -> None:
        house = self.waiting(build)
        house.answer("keep")
        house.go_on()
        assert house.view().status == "failed"

    def test_is_not_asked_for_before_everything_was_tried(self, build: Build) -> None:
        house = build(refusing=frozenset({"flight/hold"}))
        statuses: list[str] = []
        house.before = lambda name, argument: statuses.append(house.view().status)
        house.book(on_failure="ask_me")
        assert "waiting" not in statuses[: house.delivered.index(CAR_HIRE.book)]
        assert "waiting" in statuses

    def test_is_not_asked_for_when_nothing_stands(self, build: Build) -> None:
        house = build(refusing=frozenset({"flight/hold", "hotel/hold", "car/hold"}))
        house.book(on_failure="ask_me")
        assert (house.view().status, events(house)) == ("failed", ["opened", "closed"])

    def test_can_be_a_cancel(self, build: Build) -> None:
        house = self.asked(build, lambda house: house.cancel())
        assert house.view().status == "cancelled"

    def test_spurious_events_change_nothing(self, build: Build) -> None:
        house = self.asked(build, lambda house: [house.host.raise_event(TRIP, f"command-{n}") for n in (1, 1, 2)])
        assert house.view().status == "failed"


class TestAttention:
    def parked(self, build: Build, **more: Any) -> MemoryInstallation:
        house = build(refusing=frozenset({"car/capture"}), stuck=frozenset({"hotel/refund"}), **more)
        instance = house.book()
        assert not instance.ended
        return house

    def test_a_retry_is_one_more_bounded_round(self, build: Build) -> None:
        house = self.parked(build)
        sent = house.schedule.delivered.count(f"refund {TRIP}-hotel/refund/1")
        # As many attempts as one round has.
        assert sent == 5
        house.decide(item(house, "hotel-refund-1"), "retry")
        house.go_on()
        assert house.schedule.delivered.count(f"refund {TRIP}-hotel/refund/1") == 10
        assert house.view().status == "needs_attention"
        house.schedule.mend()
        house.decide(item(house, "hotel-refund-1"), "retry")
        house.go_on()
        assert (house.view().status, total(house)) == ("failed", 0)

    @pytest.mark.parametrize(("decision", "account"), [("settled", "settled"), ("written_off", "write_off")])
    def test_a_decision_closes_the_item_and_the_saga_goes_on(self, build: Build, decision: str, account: str) -> None:
        house = self.parked(build)
        house.decide(item(house, "hotel-refund-1"), decision)
        house.go_on()
        assert house.view().status == "failed"
        assert account in [posting.what for posting in house.ledger.postings(TRIP)]
        assert house.host.living() == []

    @pytest.mark.parametrize("operation", ["confirm", "capture"])
    @pytest.mark.parametrize("decision", ["retry", "settled", "written_off"])
    def test_a_step_forward_is_retried_or_turns_the_trip_round(
        self, build: Build, operation: str, decision: str
    ) -> None:
        house = build(stuck=frozenset({f"hotel/{operation}"}))
        house.book()
        house.schedule.mend()
        house.decide(item(house, f"hotel-{operation}-1"), decision)
        house.go_on()
        assert house.view().status == ("confirmed" if decision == "retry" else "failed")

    @pytest.mark.parametrize("operation", ["confirm", "capture"])
    def test_a_cancel_undoes_what_was_uncertain_and_leaves_nothing_to_settle(
        self, build: Build, operation: str
    ) -> None:
        house = build(stuck=frozenset({f"hotel/{operation}"}))
        house.book()
        house.cancel()
        house.go_on()
        assert house.view().status == "cancelled"

    def test_a_retry_of_a_cancellation_whose_key_was_closed_stays_open(self, build: Build) -> None:
        house = build(refusing=frozenset({"hotel/authorize"}), stuck=frozenset({"hotel/cancel"}))
        house.book()
        house.schedule.mend()
        house.books.booking["hotel"].close(f"{TRIP}-hotel/cancel/1")
        house.decide(item(house, "hotel-cancel-1"), "retry")
        house.go_on()
        assert house.view().status == "needs_attention"
        house.decide(item(house, "hotel-cancel-1"), "written_off")
        house.go_on()
        assert house.view().status == "failed"

    def test_several_items_are_settled_one_by_one(self, build: Build) -> None:
        house = build(refusing=frozenset({"car/capture"}), stuck=frozenset({"hotel/cancel", "flight/refund"}))
        house.book()
        assert [open_item.id for open_item in house.facts().items] == ["flight-refund-1", "hotel-cancel-1"]
        house.decide(item(house, "flight-refund-1"), "settled")
        house.go_on()
        assert house.view().status == "needs_attention"
        house.decide(item(house, "hotel-cancel-1"), "written_off")
        house.go_on()
        assert house.view().status == "failed"

    @pytest.mark.parametrize("decision", ["retry", "settled", "written_off"])
    def test_a_refund_that_was_given_up_keeps_no_other_of_its_component_from_being_tried(
        self, build: Build, decision: str
    ) -> None:
        """Cancel after a dearer change, which was paid for by itself, so that two payments are refunded."""
        house = build()
        house.book()
        house.change("hotel", 7)
        house.go_on()
        house.schedule.stuck = frozenset({"hotel/refund"})
        house.cancel()
        house.go_on()
        assert [open_item.id for open_item in house.facts().items] == ["hotel-refund-1", "hotel-refund-2"]
        hotel = house.facts().component("hotel")
        assert hotel
        assert sum(open_item.amount.minor for open_item in house.facts().items) == hotel.due(None)
        house.schedule.mend()
        for identifier in ("hotel-refund-1", "hotel-refund-2"):
            house.decide(item(house, identifier), decision)
            house.go_on()
        assert house.view().status == "cancelled"

    def test_a_decision_made_while_the_saga_parks_is_not_missed(self, build: Build) -> None:
        house = build(refusing=frozenset({"car/capture"}), stuck=frozenset({"hotel/refund"}))

        def decide(name: str, argument: Any) -> None:
            if name == "read_trip_activity" and house.facts().items and not house.row().commands:
                house.decide(item(house, "hotel-refund-1"), "settled")

        house.before = decide
        house.book()
        assert house.view().status == "failed"

    def test_a_command_whose_event_a_lost_wait_has_swallowed_wakes_the_parked_saga(self, build: Build) -> None:
        """Let the deadline pass and undoing fail, and decide while the saga reads before it waits again."""
        house = build(refusing=frozenset({"car/hold"}), stuck=frozenset({"hotel/cancel"}))
        read = house.host._activities["read_trip_activity"]  # pyright: ignore[reportPrivateUsage]

        def deliver(argument: Any) -> Any:
            result = read(argument)
            if house.facts().items and not house.row().commands:
                house.decide(item(house, "hotel-cancel-1"), "written_off")
            return result

        house.host._activities = {  # pyright: ignore[reportPrivateUsage]
            **house.host._activities,  # pyright: ignore[reportPrivateUsage]
            "read_trip_activity": deliver,
        }
        house.book(on_failure="ask_me")
        assert house.view().status == "failed"
        assert house.host.living() == []

    @pytest.mark.parametrize(("operation", "activity"), [("confirm", FLIGHT.confirm), ("capture", FLIGHT.capture)])
    def test_an_outcome_that_comes_after_all_wakes_the_saga_that_parked_for_it(
        self, build: Build, operation: str, activity: str
    ) -> None:
        house = build(version=flow_with(activity))
        sent = fail(house, activity, 5)
        house.book("flight")
        assert [open_item.id for open_item in house.facts().items] == [f"flight-{operation}-1"]
        with serving(house.services):
            house.host._activities[activity](sent[0])  # pyright: ignore[reportPrivateUsage]
        assert house.facts().items == ()
        house.wake(TRIP)
        house.go_on()
        assert house.view().status == "confirmed"
        assert house.host.living() == []

    @pytest.mark.parametrize(
        ("closing", "before_the_facts"),
        [("close_trip_activity", True), ("close_trip_activity", False), ("record_pivot_activity", False)],
    )
    def test_a_booking_that_arrives_while_its_trip_is_closed_is_undone_first(
        self, build: Build, closing: str, before_the_facts: bool
    ) -> None:
        """Let a booking arrive whose saga was terminated, when the rest of its trip has come to the end."""
        house = build(version=flow_with(closing))
        house.host.doomed[f"{TRIP}-car"] = 1
        sent: list[Any] = []
        book = house.host._activities[CAR_HIRE.book]  # pyright: ignore[reportPrivateUsage]
        late = HoldOrder.model_validate(
            {
                "trip": TRIP,
                "component": f"{TRIP}-car",
                "kind": "car_hire",
                "revision": 1,
                "epoch": 1,
                "key": f"{TRIP}-car/hold/1",
                "destination": "Paris",
                "date": "2026-03-02",
                "units": 5,
                "booked_at": house.clock(),
            }
        ).model_dump(mode="json")

        def arrive() -> None:
            if not sent:
                sent.append(late)
                book(late)

        def after_the_facts(trip: str) -> Any:
            rows = real_rows(trip)
            if house.delivered[-1] == closing and isinstance(next_step(rows.facts), Close):
                arrive()
            return rows

        real_rows = house.ledger.rows
        if before_the_facts:
            once(house, closing, arrive)
        else:
            house.ledger.rows = after_the_facts
        house.book(on_failure="keep_what_works")
        assert sent
        assert house.view().status == "partly_confirmed"
        assert [b.status for b in books_of(house, TRIP).bookings if b.kind == "car_hire"] == ["released"]

    def test_an_outcome_that_comes_after_the_end_opens_no_box(self, build: Build) -> None:
        house = build()
        # Later than the last attempt at the booking, and later than the end of the trip.
        house.host.delay = lambda name: timedelta(hours=1) if name == CAR_HIRE.book else timedelta(0)
        house.book()
        assert (house.view().status, house.row().box) == ("failed", "closed")

    @pytest.mark.parametrize("step", [HOTEL.book, HOTEL.pay])
    def test_what_was_given_up_before_the_pivot_is_failed_although_its_outcome_comes_before_it_is_undone(
        self, build: Build, step: str
    ) -> None:
        house = build(version=flow_with(step))
        real = house.host._activities[step]  # pyright: ignore[reportPrivateUsage]
        sent = fail(house, step, 5)
        once(house, HOTEL.cancel, lambda: real(sent[0]))
        house.book(on_failure="all_or_nothing")
        assert house.view().status == "failed"
        assert {booking.status for booking in books_of(house, TRIP).bookings} == {"released"}


class TestRecovery:
    @pytest.mark.parametrize("parallel", [False, pytest.param(True, marks=pytest.mark.slow)])
    @pytest.mark.parametrize("step", STEPS)
    def test_a_trip_whose_sagas_were_terminated_at_any_step_is_finished_or_undone(
        self, build: Build, step: str, parallel: bool
    ) -> None:
        house = build(version=flow_with(step))

        def kill() -> None:
            for instance in house.host.living():
                house.host.terminate(instance)

        once(house, step, kill)
        house.book(parallel=parallel)
        pivoted = "pivot" in events(house)
        # By the last step the trip is closed, and nothing is left to be taken over.
        if step not in ("record_pivot_activity", "close_trip_activity"):
            house.take_over()
            house.go_on()
            assert house.row().saga == f"{TRIP}-recovery-2"
        assert house.view().status == ("confirmed" if pivoted else "failed")

    def test_an_old_saga_that_lives_on_is_superseded_and_can_not_hold_pivot_or_close(self, build: Build) -> None:
        house = build(version=flow_with(HOTEL.pay))
        once(house, HOTEL.pay, house.take_over)
        first = house.book()
        assert first.output == {"status": "superseded", "id": TRIP}
        assert house.view().status == "failed"
        assert CAR_HIRE.book not in house.effects()

    @pytest.mark.parametrize("step", [*STEPS[8:], "end_change_activity", HOTEL.cancel])
    def test_a_change_taken_over_in_the_middle_is_finished_once(self, build: Build, step: str) -> None:
        house = build(version=flow_with(step))
        house.book()
        once(house, step, house.take_over)
        house.change("hotel", 7)
        house.go_on()
        assert house.view().status == "confirmed"
        hotel = [b.status for b in books_of(house, TRIP).bookings if b.kind == "hotel"]
        assert sorted(hotel) == ["cancelled", "confirmed"]
        assert house.host.living() == []

    @pytest.mark.parametrize("on_failure", ["all_or_nothing", "ask_me"])
    def test_a_parked_saga_that_its_trip_is_taken_from_ends(self, build: Build, on_failure: Any) -> None:
        house = build(refusing=frozenset({"car/hold"}), stuck=frozenset({"hotel/cancel"}))
        taken: list[Any] = []

        def take_over() -> None:
            if house.view().status == "waiting" and not taken:
                taken.append(house.take_over())

        house.host.before_timer = take_over
        house.book(on_failure=on_failure)
        if not taken:
            house.take_over()
        house.go_on()
        assert house.host.living() == [f"{TRIP}-recovery-2"]
        assert house.host.instances[TRIP].output == {"status": "superseded", "id": TRIP}

    def test_a_parked_trip_taken_over_parks_again(self, build: Build) -> None:
        house = build(stuck=frozenset({"hotel/confirm"}))
        house.book()
        house.host.terminate(TRIP)
        house.take_over()
        house.go_on()
        assert house.view().status == "needs_attention"
        house.schedule.mend()
        house.decide(item(house, "hotel-confirm-1"), "retry")
        house.go_on()
        assert house.view().status == "confirmed"


class TestTellingTheTurn:
    def test_is_done_once_when_the_trip_parks_and_survives_that_nobody_waits(self, build: Build) -> None:
        house = build(stuck=frozenset({"flight/confirm"}))
        request = house.open(kind="flight")
        link = TurnLink(instance="chat-1", event="parked-0")
        house.run(SAGA_OF["flight"], TRIP, house.order(TRIP, request, turn=link))
        for _ in range(2):
            house.decide(item(house, "flight-confirm-1"), "retry")
            house.go_on()
        assert house.delivered.count("tell_turn_activity") == 1
        assert house.view().status == "needs_attention"
