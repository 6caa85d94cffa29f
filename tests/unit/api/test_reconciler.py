"""Each run starts what should be at work and is not, and leaves alone whatever is."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.background.reconciler import RECOVERY_WAITS, Reconciler
from api.durable_port import InstanceState
from api.services import ApiServices
from domain.components import FOLLOW_UP_SAGA, RECOVERY_SAGA
from domain.conversation.turn import TripCall
from domain.ids import chat_turn_id
from domain.options import TripOptions
from domain.trip.command_bodies import CancelBody, DecisionBody
from domain.trip.ending import trip_status
from domain.trip.outcomes import SagaInput, TripOutcome
from domain.trip.records import NewTrip, TripRow
from domain.trip.requests import TripRequest
from settings import Settings
from stores.conversations import Post
from stores.opening import open_stores
from support.app.durable import FakeDurable

ROME = TripRequest(kind="flight", destination="Rome", date=date(2026, 5, 1))
TRIP = "trip-1"


class ReconcilerApp:
    """A decided turn with one open trip, on real stores; the clock is ahead of what was written by `later`."""

    def __init__(self, state: Path, later: timedelta = timedelta(seconds=10)) -> None:
        settings = Settings(state_dir=state)
        self.stores = open_stores(settings)
        self.durable = FakeDurable()
        self.later = later
        self.services = ApiServices(settings, self.stores, lambda: datetime.now(UTC) + self.later)
        claimed = datetime.now(UTC)
        self.turn = self.stores.conversations.claim(Post("a flight to Rome", "c1", None, "hash", claimed))
        self.stores.conversations.take_start(self.turn, claimed)
        self.stores.conversations.started(self.turn)
        call = TripCall(trip=TRIP, kind="flight", request=ROME)
        self.stores.conversations.decide(self.turn, (call,), None, None, "offline")
        self.stores.ledger.open(NewTrip(TRIP, "flight", ROME, TripOptions(), "c1", 1))
        secret = self.stores.conversations.installation_secret()
        self.instance_of_turn = chat_turn_id(secret, "c1", 1, 1)

    @property
    def row(self) -> TripRow:
        row = self.stores.ledger.trip(TRIP)
        assert row is not None
        return row

    def close(self) -> None:
        outcome = TripOutcome(status="confirmed", id=TRIP, kind="flight")
        assert self.stores.ledger.close(outcome, self.row.epoch, self.row.commands) == outcome

    def cancel(self) -> None:
        self.stores.ledger.accept(TRIP, "cancel", "command", "somebody", CancelBody(fees=()), self.row.version)

    def has(self, **instances: InstanceState) -> None:
        names = {"turn": self.instance_of_turn, "trip": TRIP}
        self.durable.instances = {names.get(name, f"{TRIP}-{name}"): state for name, state in instances.items()}

    def run(self) -> list[tuple[str, str]]:
        """Return the instances that one run starts, without those of turns."""
        before = len(self.durable.others)
        asyncio.run(Reconciler(self.services, self.durable).run())
        return [(orchestrator, instance) for orchestrator, instance, _ in self.durable.others[before:]]


@pytest.fixture
def app(tmp_path: Path) -> ReconcilerApp:
    return ReconcilerApp(tmp_path)


def test_a_trip_whose_turn_is_about_to_start_its_saga_is_left_alone(app: ReconcilerApp) -> None:
    app.has(turn="alive")
    assert app.run() == []
    assert app.row.epoch == 1


def test_a_saga_at_work_is_left_alone(app: ReconcilerApp) -> None:
    app.has(turn="ended", trip="alive")
    assert app.run() == []
    assert (app.durable.started, app.durable.events) == ([], [])


@pytest.mark.parametrize("turn", ["ended", "alive"])
def test_a_trip_whose_saga_has_died_is_taken_over_once(app: ReconcilerApp, turn: Any) -> None:
    app.has(turn=turn, trip="ended")
    assert app.run() == [(RECOVERY_SAGA, f"{TRIP}-recovery-2")]
    order = app.durable.others[0][2]
    assert isinstance(order, SagaInput)
    assert (order.trip, order.epoch, order.turn) == (TRIP, 2, None)
    assert (app.row.saga, app.row.epoch) == (f"{TRIP}-recovery-2", 2)
    assert app.run() == []


def test_a_trip_whose_turn_and_saga_are_missing_is_taken_over(app: ReconcilerApp) -> None:
    assert app.run() == [(RECOVERY_SAGA, f"{TRIP}-recovery-2")]


def test_a_recovery_that_was_never_started_is_started(app: ReconcilerApp) -> None:
    app.stores.ledger.take_over(TRIP, app.row.version)
    assert app.run() == [(RECOVERY_SAGA, f"{TRIP}-recovery-2")]


def test_a_recovery_that_died_is_recovered(app: ReconcilerApp) -> None:
    app.run()
    app.durable.end_all()
    assert app.run() == [(RECOVERY_SAGA, f"{TRIP}-recovery-3")]


def test_recoveries_come_after_growing_waits_and_then_a_person_is_needed(app: ReconcilerApp) -> None:
    for number, wait in enumerate(RECOVERY_WAITS):
        app.later = wait - timedelta(seconds=10)
        assert app.run() == []
        app.later = wait + timedelta(seconds=10)
        assert app.run() == [(RECOVERY_SAGA, f"{TRIP}-recovery-{number + 2}")]
        app.durable.end_all()
    app.later = timedelta(days=1)
    for _ in range(2):
        assert app.run() == []
    [(row, item)] = app.stores.ledger.attention()
    assert (row.id, item.id, item.kind) == (TRIP, f"trip-recovery-{app.row.epoch}", None)
    assert trip_status(app.stores.ledger.facts(TRIP)) == "needs_attention"
    assert [entry.event for entry in app.stores.ledger.entries(TRIP)].count("stranded") == 1


def test_a_stranded_trip_that_is_to_be_tried_again_is_recovered_anew(app: ReconcilerApp) -> None:
    app.has(trip="ended")
    app.stores.ledger.strand(TRIP, app.row.version)
    assert app.run() == []
    body = DecisionBody(item="trip-recovery-1", decision="retry", reason="mended", reference="")
    app.stores.ledger.accept(TRIP, "decision", "decision-1", "somebody", body, app.row.version)
    assert app.stores.ledger.attention() == []
    assert app.run() == [(RECOVERY_SAGA, f"{TRIP}-recovery-2")]


def test_a_saga_that_a_trip_is_taken_from_is_woken_so_that_it_ends(tmp_path: Path) -> None:
    # Later than a saga at work can have written its last row.
    app = ReconcilerApp(tmp_path, later=timedelta(seconds=901))
    app.has(turn="ended", trip="alive")
    app.cancel()
    assert app.run() == [(RECOVERY_SAGA, f"{TRIP}-recovery-2")]
    assert app.durable.events == [(TRIP, "command-1"), (TRIP, "command-2")]


def test_a_saga_that_could_not_be_woken_before_the_recovery_is_woken_with_it(app: ReconcilerApp) -> None:
    app.has(turn="ended", trip="alive")
    app.stores.ledger.take_over(TRIP, app.row.version)
    assert app.run() == [(RECOVERY_SAGA, f"{TRIP}-recovery-2")]
    assert app.durable.events == [(TRIP, "command-1")]


def test_a_follow_up_that_was_never_started_is_started(app: ReconcilerApp) -> None:
    app.close()
    app.cancel()
    assert app.run() == [(FOLLOW_UP_SAGA, f"{TRIP}-command-1")]
    assert app.run() == []


def test_a_follow_up_that_died_is_recovered(app: ReconcilerApp) -> None:
    app.close()
    app.cancel()
    app.run()
    app.durable.end_all()
    assert app.run() == [(RECOVERY_SAGA, f"{TRIP}-recovery-3")]


def test_the_events_of_commands_that_the_saga_has_not_acted_on_are_raised_again(app: ReconcilerApp) -> None:
    app.has(turn="alive", trip="alive")
    app.cancel()
    assert app.run() == []
    assert app.durable.events == [(TRIP, "command-1")]


def test_a_saga_that_has_written_nothing_for_too_long_is_taken_over(tmp_path: Path) -> None:
    app = ReconcilerApp(tmp_path, later=timedelta(seconds=901))
    app.has(turn="alive", trip="alive")
    assert app.run() == [(RECOVERY_SAGA, f"{TRIP}-recovery-2")]


def test_what_was_written_just_now_is_left_to_whoever_wrote_it(tmp_path: Path) -> None:
    app = ReconcilerApp(tmp_path, later=timedelta(0))
    assert app.run() == []
    assert app.durable.started == []


def test_a_closed_trip_is_no_concern(app: ReconcilerApp) -> None:
    app.close()
    app.has(turn="alive")
    assert app.run() == []


def test_a_turn_that_died_is_started_again_once_its_trips_have_ended(app: ReconcilerApp) -> None:
    app.has(turn="ended", trip="ended")
    app.run()
    assert app.durable.started == []
    app.close()
    app.run()
    assert [(ref.conversation, ref.turn) for ref in app.durable.started] == [("c1", 1)]


def test_a_claimed_turn_that_was_never_started_is_started(tmp_path: Path) -> None:
    app = ReconcilerApp(tmp_path)
    app.close()
    app.has(turn="alive")
    app.stores.conversations.claim(Post("hello", "c2", None, "hash", datetime.now(UTC)))
    app.run()
    assert [ref.conversation for ref in app.durable.started] == ["c2"]
    app.run()
    assert len(app.durable.started) == 1


def test_one_that_fails_keeps_no_other_from_its_turn(app: ReconcilerApp, caplog: pytest.LogCaptureFixture) -> None:
    app.has(turn="alive", trip="alive")
    other = NewTrip("trip-2", "flight", ROME, TripOptions(), "c1", 1)
    app.stores.ledger.open(other)
    state = app.durable.state

    async def failing(instance_id: str) -> InstanceState:
        if instance_id == TRIP:
            raise RuntimeError("no answer")
        return await state(instance_id)

    app.durable.state = failing
    # Without its turn, the other trip counts as abandoned.
    app.durable.instances.pop(app.instance_of_turn)
    assert app.run() == [(RECOVERY_SAGA, "trip-2-recovery-2")]
    assert f"reconcile_failed of={TRIP}" in caplog.text
