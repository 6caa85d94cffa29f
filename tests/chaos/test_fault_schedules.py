"""Seeded schedules of everything that can go wrong at once, played on the real sagas, activities, ledger and companies.

A seed fixes what companies and ledger do, in which order work is done, what the traveller asks for meanwhile and when,
and which sagas die: the same seed plays the same schedule again.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from domain.attention.decisions import Decision
from domain.components import SAGA_OF, ComponentKind, TripKind, has_parts, parts_of
from domain.options import OnFailure, SagaPolicy
from domain.trip.facts import TripFacts
from stores.errors import StorageError
from stores.ledger import StaleVersionError
from support.chaos.runs import seeds, telling
from support.orchestrations.faults import (
    POINTS,
    REFUSABLE,
    UNDOING,
    EffectPoint,
    FaultKind,
    Schedule,
    ShakyStorage,
)
from support.orchestrations.installation import MemoryInstallation
from support.orchestrations.invariant import require_invariant
from support.orchestrations.memory_host import VERSION, MemoryHost
from support.orchestrations.services import RealActivities

SCHEDULE_KINDS = (
    "rejection",
    "decline",
    "fault",
    "timeout",
    "lost answer",
    "late answer",
    "failing compensation",
    "refused capture",
    "expired hold",
    "price change",
    "cancel before the pivot",
    "cancel after the pivot",
    "cancel after the end",
    "cancel of a change under way",
    "change",
    "change refused on its way",
    "answer",
    "activity past its back-stop",
    "storage fault",
    "storage answer lost",
    "saga dead",
    "decision accepted",
    "decision already_done",
)
"""Mishaps that are to happen in a run of many schedules, each at least once."""
_DECISIVE = ("record_pivot_activity", "close_trip_activity", "end_change_activity", "give_up_activity")
"""After these a command comes too late for what they decide."""
_FATES: tuple[FaultKind, ...] = ("works", "fault", "timeout", "lost answer", "late")
_MOST_DECISIONS = 12
_MOST_MOMENTS = 2_000


@dataclass
class Play:
    """The meaning of a seed.

    `commands` are given just before the n-th activity or timer, `later` ones once the trip is at rest, the one of
    `just_before` before the first delivery of an activity. `regret` is how likely a traveller cancels before each
    activity or timer of a change. `doomed` is the episode before which the trip's saga is terminated.
    """

    seed: int
    kind: TripKind
    on_failure: OnFailure
    parallel: bool
    policy: SagaPolicy
    schedule: Schedule
    dials: dict[str, Any]
    commands: list[tuple[int, str]]
    later: list[str]
    just_before: tuple[str, str] | None
    regret: float
    doomed: int | None
    storage_faults: float
    slow: float
    decision: Decision | None
    dice: random.Random = field(repr=False)
    met: Counter[str] = field(default_factory=Counter[str], repr=False)


def drawn(seed: int) -> Play:
    """Return the schedule of a seed."""
    dice = random.Random(seed)
    kind: TripKind = dice.choice(("travel", "travel", "travel", "travel", "flight", "hotel", "car_hire"))
    fair = dice.random() < 0.4
    return Play(
        seed=seed,
        kind=kind,
        on_failure=dice.choice(("all_or_nothing", "all_or_nothing", "keep_what_works", "ask_me")),
        parallel=dice.random() < 0.3,
        policy=SagaPolicy(
            compensation_attempts=dice.randint(1, 5), ask_me_seconds=dice.choice((60, 3600)), pivot_margin_seconds=120
        ),
        schedule=_companies(dice, kind, fair),
        dials={"sim_hold_seconds": dice.choice((1800, 1800, 1800, 1800, 130, 60))},
        commands=sorted(
            (dice.randint(0, 60), dice.choice(("cancel", "change", "answer")))
            for _ in range(dice.choice((0, 1, 1, 2, 3)))
        ),
        later=[
            dice.choice(("cancel", "change", "change")) for _ in range(dice.choice((1, 2, 3) if fair else (0, 0, 1)))
        ],
        just_before=(dice.choice(_DECISIVE), "cancel") if dice.random() < 0.2 else None,
        regret=dice.choice((0, 0, 0, 0.1)),
        doomed=dice.randint(0, 25) if dice.random() < 0.15 else None,
        storage_faults=dice.choice((0, 0, 0.01, 0.03)),
        slow=dice.choice((0, 0, 0, 0.02)),
        decision=dice.choice(("retry", "settled", "written_off", None)),
        dice=dice,
    )


def _companies(dice: random.Random, kind: TripKind, fair: bool) -> Schedule:
    """Draw what goes wrong at the companies; if `fair`, a repeat mends all of it until a change is made."""
    points, refusable = _of_kind(kind, POINTS), _of_kind(kind, REFUSABLE)
    fates: dict[EffectPoint, list[FaultKind]] = {
        point: [dice.choice(_FATES) for _ in range(dice.randint(1, 3 if fair else 6))]
        for point in dice.sample(points, dice.randint(0, len(points) // (4 if fair else 2)))
    }
    if not fair and dice.random() < 0.2:
        fates[dice.choice([point for point in points if point.endswith(("/hold", "/authorize"))])] = ["late"] * 9
    refusing = dice.sample(refusable, dice.choice((0, 0, 1, 1, 2)))
    stuck = dice.sample(points, dice.choice((0, 0, 0, 1, 2, 4)))
    if dice.random() < 0.2:
        stuck = [point for point in points if point.endswith(UNDOING) and dice.random() < 0.5]
    return Schedule(
        fates=fates,
        stuck=frozenset() if fair else frozenset(stuck),
        refusing=frozenset(f"{point}/2" for point in refusing) if fair else frozenset(refusing),
        lateness=dice.choice((1, 3, 9, 1_000)),
    )


def _of_kind(kind: TripKind, points: Sequence[EffectPoint]) -> list[EffectPoint]:
    """Return the points that a trip of this kind comes to."""
    return [point for point in points if has_parts(kind) or point.startswith(parts_of(kind)[0].suffix)]


@pytest.mark.slow
@seeds(40, 2_000, on_tables=(2, 60))
def test_the_invariant_holds_in_fault_schedules(
    seed: int, folder: Path, activities: RealActivities, dials: dict[str, Any], met: Counter[str]
) -> None:
    met.update(dict.fromkeys(SCHEDULE_KINDS, 0))
    player = _Player(drawn(seed), folder, activities, dials)
    with telling(player.told):
        player.run()
    met.update(player.play.met)


class _Player:
    def __init__(self, play: Play, folder: Path, activities: RealActivities, dials: dict[str, Any]) -> None:
        self.play = play
        self._drawing = str(play)
        self._dice = play.dice
        self.house = house = MemoryInstallation(
            folder,
            activities,
            play.schedule,
            # Only the first flow has a back-stop.
            host=partial(MemoryHost, dice=random.Random(play.seed), version="1.0" if play.slow else VERSION),
            **{**play.dials, **dials},
        )
        storage = ShakyStorage(random.Random(play.seed + 1), play.storage_faults, lambda: house.is_working, play.met)
        house.services = replace(house.services, ledger=storage.over(house.ledger))
        house.before = lambda name, order: self._moment(name)
        house.host.before_timer = self._moment
        house.host.delay = self._delay
        self._moments = 0

    def run(self) -> None:
        play, house = self.play, self.house
        request = house.open("trip-1", play.kind, play.on_failure)
        if play.doomed is not None:
            house.host.doomed["trip-1"] = play.doomed
        order = house.order("trip-1", request, parallel=play.parallel, policy=play.policy)
        house.host.start(SAGA_OF[play.kind], "trip-1", order)
        house.settle()
        for command in play.later:
            self._command(command)
            house.settle()
        require_invariant(house)
        self._decide()
        # Calls that are still on their way must find their keys closed.
        play.schedule.arrive()
        facts = house.facts()
        play.met[house.status()] += 1
        play.met += play.schedule.met
        play.met["expired hold"] += facts.expired_because == "hold_expired"
        later = [revision for component in facts.components for revision in component.revisions[1:]]
        play.met["change refused on its way"] += any(revision.failed for revision in later)
        require_invariant(house)

    def told(self) -> list[str]:
        entries = self.house.ledger.entries("trip-1")
        rows = [f"  {row.sequence} {row.event} {row.key or ''} {row.data}" for row in entries]
        return [self._drawing, *self.house.timeline(), "rows:", *rows]

    def _moment(self, activity: str = "") -> None:
        """Let the traveller ask for something just before an activity or a timer."""
        play = self.play
        self._moments += 1
        # The clock jumps from timer to timer, so that a loop would never come to a time-out.
        if self._moments > _MOST_MOMENTS:
            # No `Exception`, so that nothing of the app takes it for a failed activity.
            pytest.fail(f"after {_MOST_MOMENTS} activities and timers the trip still goes on")
        if play.on_failure == "ask_me" and self._dice.random() < 0.2:
            self._command("answer")
        if play.regret and self.house.facts().change and self._dice.random() < play.regret:
            self._command("cancel")
        if play.just_before and play.just_before[0] == activity:
            self._command(play.just_before[1])
            play.just_before = None
        while play.commands and play.commands[0][0] <= self._moments:
            _, command = play.commands.pop(0)
            self._command(command)

    def _command(self, command: str) -> None:
        """Give a command that the API would accept at this moment; anything else it would refuse."""
        house, facts, status, met = self.house, self.house.facts(), self.house.status(), self.play.met
        try:
            if command == "cancel" and facts.cancel is None and status != "failed":
                met[_moment_of_cancel(facts)] += 1
                house.cancel()
            elif command == "answer" and status == "waiting" and facts.choice is None:
                met["answer"] += 1
                house.answer(self._dice.choice(("keep", "undo")))
            elif command == "change" and facts.outcome and status in ("confirmed", "partly_confirmed"):
                self._change(facts)
        except (StorageError, StaleVersionError):
            met["command refused"] += 1

    def _change(self, facts: TripFacts) -> None:
        kinds: list[ComponentKind] = [component.kind for component in facts.components if component.kind != "flight"]
        if kinds and not facts.change:
            try:
                self.house.change(self._dice.choice(kinds), self._dice.randint(1, 9))
            except AssertionError:
                return
            self.play.met["change"] += 1

    def _decide(self) -> None:
        """Let a person decide on all open items, if the schedule has one; the companies work again by then."""
        if self.play.decision is None:
            return
        for _ in range(_MOST_DECISIONS):
            items = self.house.facts().items
            if not items or self.house.status() != "needs_attention":
                return
            # A person decides when the companies are back; otherwise the same item would open for ever.
            self.play.schedule.mend()
            decision: Decision = self.play.decision if self._dice.random() < 0.7 else "retry"
            status = self.house.decide(self._dice.choice(items), decision)
            self.play.met[f"decision {status}"] += 1
            self.house.settle()

    def _delay(self, name: str) -> timedelta:
        if self.play.slow and self._dice.random() < self.play.slow:
            self.play.met["activity past its back-stop"] += 1
            return timedelta(minutes=11)
        return timedelta(0)


def _moment_of_cancel(facts: TripFacts) -> str:
    if facts.change:
        return "cancel of a change under way"
    if facts.outcome:
        return "cancel after the end"
    return "cancel before the pivot" if facts.pivot == "none" else "cancel after the pivot"
