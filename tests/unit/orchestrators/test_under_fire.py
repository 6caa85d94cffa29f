"""Random refusals, faults, lost and late answers, deaths and commands at random steps: the promises always hold."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.components import SAGA_OF, ComponentKind, parts_of
from domain.money.terms import change_of
from domain.options import SagaPolicy
from support.orchestrations.faults import POINTS, REFUSABLE, FaultKind, Schedule, ShakyStorage
from support.orchestrations.installation import MemoryInstallation, quick_folder, real_activities
from support.orchestrations.invariant import require_invariant
from support.orchestrations.memory_host import MemoryHost
from support.orchestrations.services import RealActivities

PARTS = parts_of("travel")

TRIP = "trip-1"


@pytest.fixture(scope="module")
def activities() -> Iterator[RealActivities]:
    with real_activities() as real:
        yield real


class Storm:
    """One trip with all that the seed lets happen to it."""

    def __init__(self, seed: int, state_dir: Path, activities: RealActivities) -> None:
        self.dice = random.Random(seed)
        dice = self.dice if self.dice.random() < 0.5 else None
        self.house = MemoryInstallation(
            state_dir,
            activities,
            self._schedule(),
            host=lambda table, clock: MemoryHost(table, clock, dice=dice),
            # Some holds run out in the middle of a trip whose activities lie in their queues.
            sim_hold_seconds=self.dice.choice((1800, 1800, 400)),
        )
        rate = self.dice.choice((0.0, 0.0, 0.01, 0.05))
        self.storage = ShakyStorage(self.dice, rate, lambda: self.house.is_working)
        self.house.services = replace(self.house.services, ledger=self.storage.over(self.house.ledger))
        self.rounds = 0
        self.house.before = self._meddle
        self.house.host.delay = self._delay
        self.busy = self.dice.choice((0.0, 0.03, 0.15))

    def run(self) -> None:
        house, dice = self.house, self.dice
        kind = dice.choice(("travel", "travel", "travel", "flight", "hotel"))
        for component in PARTS:
            if dice.random() < 0.05:
                house.host.doomed[f"{TRIP}-{component.suffix}"] = dice.randrange(6)
        house.book(
            kind,
            on_failure=dice.choice(("all_or_nothing", "keep_what_works", "ask_me")),
            parallel=dice.random() < 0.4,
            policy=SagaPolicy(compensation_attempts=2, ask_me_seconds=600),
        )
        while self._goes_on():
            self.rounds += 1
            house.go_on()
            # Trouble that never ends would keep the trip from its end as well.
            if self.rounds == 20:
                self._calm()
            assert self.rounds < 60, "the trip comes to no end"
        self._run_again(kind)

    def _goes_on(self) -> bool:
        """Act on a trip that rests, as somebody would. Return False when nothing is to be done any more."""
        house, facts, dice = self.house, self.house.facts(), self.dice
        if house.has_died() or house.is_overdue():
            house.take_over()
            return True
        house.schedule.arrive()
        require_invariant(house)
        if facts.items:
            house.decide(dice.choice(facts.items), dice.choice(("retry", "retry", "settled", "written_off")))
        elif house.row().box == "open":
            house.answer(dice.choice(("keep", "undo")))
        elif facts.cancel is not None or dice.random() < 0.3:
            return False
        elif dice.random() < 0.5:
            house.cancel()
        else:
            return self._change()
        return True

    def _calm(self) -> None:
        self.house.schedule.mend()
        self.storage.rate = self.busy = 0.0

    def _run_again(self, kind: Any) -> None:
        """Start the first saga anew after the end: it returns the recorded end and does nothing."""
        house, outcome = self.house, self.house.outcome()
        self._calm()
        before = (len(house.schedule.delivered), house.row().version)
        again = house.run(SAGA_OF[kind], TRIP, house.order(TRIP, house.row().request))
        assert again.output == outcome.model_dump(mode="json")
        assert (len(house.schedule.delivered), house.row().version) == before

    def _schedule(self) -> Schedule:
        dice, trouble = self.dice, self.dice.choice((0.0, 0.1, 0.4))
        fates: tuple[FaultKind, ...] = ("fault", "lost answer", "late", "works")
        return Schedule(
            fates={p: dice.choices(fates, k=dice.randint(1, 6)) for p in POINTS if dice.random() < trouble},
            stuck=frozenset(p for p in POINTS if dice.random() < trouble / 4),
            refusing=frozenset(p for p in REFUSABLE if dice.random() < dice.choice((0, trouble / 3))),
            lateness=dice.choice((1, 3, 8)),
        )

    def _meddle(self, name: str, argument: Any) -> None:
        """Let a command come, perhaps, while an activity is about to be done."""
        if self.dice.random() < self.busy:
            self._command()

    def _delay(self, name: str) -> timedelta:
        # A minute more than a saga waits before it sends an activity again.
        return timedelta(minutes=11 if self.dice.random() < self.busy / 10 else 0)

    def _command(self) -> None:
        """Let a traveller or the reconciler act in the middle."""
        house, facts = self.house, self.house.facts()
        what = self.dice.choice(("cancel", "change", "wake", "terminate", "take over"))
        if what == "cancel" and facts.cancel is None:
            house.cancel()
        elif what == "change" and facts.cancel is None and facts.change is None and facts.pivot == "recorded":
            self._change()
        elif what == "wake":
            house.wake(TRIP)
        elif what == "terminate" and house.row().saga in house.host.instances and self.dice.random() < 0.3:
            house.host.terminate(house.row().saga)
        elif what == "take over" and house.is_overdue() and self.dice.random() < 0.3:
            house.take_over()

    def _change(self) -> bool:
        facts = self.house.facts()
        kinds: list[ComponentKind] = [part.kind for part in PARTS]
        kind = self.dice.choice(kinds)
        if facts.items or not change_of(facts, facts.commands + 1, kind, None, 3):
            return False
        self.house.change(kind, self.dice.choice((2, 5, 9)))
        return True


def survive(seeds: range, activities: RealActivities) -> None:
    for seed in seeds:
        with quick_folder() as folder:
            try:
                Storm(seed, folder, activities).run()
            except Exception as error:
                # The seed is all that is needed to repeat the run.
                raise AssertionError(f"seed {seed}: {error}") from error


@pytest.mark.parametrize("block", range(4))
def test_a_trip_keeps_what_was_promised_whatever_happens(block: int, activities: RealActivities) -> None:
    survive(range(block * 4, block * 4 + 4), activities)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(2))
def test_many_trips_keep_what_was_promised(block: int, activities: RealActivities) -> None:
    survive(range(1000 + block * 20, 1020 + block * 20), activities)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(2, 50))
def test_a_thousand_trips_keep_what_was_promised(block: int, activities: RealActivities) -> None:
    survive(range(1000 + block * 20, 1020 + block * 20), activities)
