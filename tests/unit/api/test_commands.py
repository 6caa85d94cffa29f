"""A command that was stored wakes the saga, whichever of the trip's commands it waits for."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.background.reconciler import Reconciler
from api.services import ApiServices
from api.trips.commands import Commands
from domain.components import Effect
from settings import Settings
from stores.opening import open_stores
from support.app.callers import HOLDER
from support.app.durable import FakeDurable
from support.stores.ledgers import ANSWERS, TRIP, claimed, effect, new_trip, paid


class CommandsApp:
    """A paid trip whose saga lives and waits for its next command."""

    def __init__(self, state: Path) -> None:
        settings = Settings(state_dir=state)
        stores = open_stores(settings)
        self.ledger = stores.ledger
        self.durable = FakeDurable(instances={TRIP: "alive"})
        self.services = ApiServices(settings, stores, lambda: datetime.now(UTC) + timedelta(seconds=10))
        self.ledger.open(new_trip())
        paid(self.ledger)

    def tell_late(self, *names: Effect) -> None:
        """Give effects up, so that the saga parks, and conclude them after that."""
        # Claimed before they are given up, because only an effect that was begun can have an outcome.
        claims = [claimed(self.ledger, effect(name)) for name in names]
        for name in names:
            self.ledger.give_up(effect(name), 1)
        for claim in claims:
            self.ledger.conclude(claim, ANSWERS[claim.effect.effect])

    def cancel(self) -> None:
        asyncio.run(Commands(self.services, self.durable, HOLDER).cancel(TRIP))


@pytest.fixture
def app(tmp_path: Path) -> CommandsApp:
    return CommandsApp(tmp_path)


def test_a_command_raises_its_own_event(app: CommandsApp) -> None:
    app.cancel()
    assert app.durable.events == [(TRIP, "command-1")]


def test_a_command_after_late_outcomes_wakes_the_saga_that_waits_for_the_first_of_them(app: CommandsApp) -> None:
    app.tell_late("void", "cancel")
    app.cancel()
    assert app.durable.events == [(TRIP, f"command-{number}") for number in (1, 2, 3)]


def test_the_reconciler_wakes_the_saga_for_each_of_several_late_outcomes(app: CommandsApp) -> None:
    app.tell_late("void", "cancel")
    asyncio.run(Reconciler(app.services, app.durable).run())
    assert app.durable.events == [(TRIP, "command-1"), (TRIP, "command-2")]


def test_what_the_saga_has_read_is_not_raised_again(app: CommandsApp) -> None:
    app.tell_late("cancel")
    claimed(app.ledger, effect("refund"))
    app.cancel()
    assert app.durable.events == [(TRIP, "command-2")]


def test_a_command_that_was_stored_is_accepted_although_nobody_could_be_woken(app: CommandsApp) -> None:
    app.durable.is_down = True
    app.cancel()
    assert [command.kind for command in app.ledger.commands(TRIP)] == ["cancel"]
    app.durable.is_down = False
    asyncio.run(Reconciler(app.services, app.durable).run())
    assert app.durable.events == [(TRIP, "command-1")]
