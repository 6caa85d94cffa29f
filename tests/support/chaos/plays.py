"""What a seed means: which trip, what companies and ledger do to it, what its traveller asks for and when."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.attention.decisions import Decision
from domain.components import COMPONENTS, TripKind
from domain.options import OnFailure, SagaPolicy
from support.orchestrations.faults import POINTS, REFUSABLE, UNDOING, EffectPoint, FaultKind, Schedule

KINDS = (
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
"""What is to happen in a run of many schedules, each at least once."""
_DECISIVE = ("record_pivot_activity", "close_trip_activity", "end_change_activity", "give_up_activity")
"""After these a command comes too late for what they decide."""
_FATES: tuple[FaultKind, ...] = ("works", "fault", "timeout", "lost answer", "late")


@dataclass
class Play:
    """What a seed means.

    `commands` are given just before the n-th activity or timer, `later` ones once the trip is at rest, the one of
    `just_before` before the first delivery of an activity. `regret` is how
    likely a traveller cancels before each activity or timer of a change. `doomed` is the episode before which the
    trip's saga is terminated.
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
    dice: random.Random
    met: Counter[str] = field(default_factory=Counter[str])
    """What happened, for the table."""


def drawn(seed: int) -> Play:
    """The schedule of a seed."""
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
    """What goes wrong at the companies; at a `fair` one nothing that a repeat does not mend, until a change is made."""
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
    """The points that a trip of this kind comes to."""
    if kind == "travel":
        return list(points)
    return [point for point in points if point.startswith(COMPONENTS[kind].suffix)]
