"""Operators decide on open items while a company's answer is on its way: before, while and after it arrives.

A seed fixes which effect has no answer and why, who decides what, what the others do in the middle of a decision, and
when the answer comes. Afterwards nothing is both done by a company and settled or written off, nobody was refused for
ever, and the trip has come to its end.
"""

import random
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from activities import attention
from domain.attention.decisions import Decision, DecisionOrder
from domain.components import TripKind
from domain.options import SagaPolicy
from domain.trip.command_bodies import DecisionBody
from domain.trip.facts import Item
from support.chaos.late import LATE_BY, STEP, Fate, Line
from support.chaos.runs import SEED, seeds, telling
from support.orchestrations.installation import MemoryInstallation, quick_folder
from support.orchestrations.invariant import ENDS, require_invariant
from support.orchestrations.services import RealActivities

DECISIONS: tuple[Decision, ...] = ("retry", "settled", "written_off")
EFFECTS = ("refund", "cancel", "void", "confirm", "capture")
LATE_KINDS = (
    *(f"no answer to {effect}" for effect in EFFECTS),
    *(f"{decision} chosen" for decision in DECISIONS),
    "decided before the answer",
    "decided while the answer arrives",
    "decided after the answer",
    "several operators",
    "saga went on in the middle of a decision",
    "call carried out late",
    "call lost",
    "told accepted",
    "told already_done",
    "told provider_unavailable",
)
"""Courses that are to occur in a run of many of these plays, each at least once."""
_TIMES = 200
_MOST_ROUNDS, _PATIENT_ROUNDS = 24, 8
_MOST_MOMENTS = 14
"""About as many moments as a decision has."""


@dataclass
class DecisionPlay:
    """The meaning of a seed.

    `early` is how many moments before the answer's arrival the first operator begins. Each of the other operators
    decides once in the middle of the first one's decision, at one of the moments `at`, and `going_on` is the moment at
    which the trip's saga goes on.
    """

    seed: int
    kind: TripKind
    effect: str
    fate: Fate
    decisions: tuple[Decision, ...]
    early: int
    at: tuple[int, ...]
    going_on: int | None
    slow_closings: int
    dice: random.Random = field(repr=False)
    met: Counter[str] = field(default_factory=Counter[str], repr=False)


def drawn(seed: int) -> DecisionPlay:
    """Return the play of a seed."""
    dice = random.Random(seed)
    operators = dice.choice((1, 1, 2, 3))
    return DecisionPlay(
        seed=seed,
        kind=dice.choice(("flight", "flight", "hotel", "car_hire", "travel")),
        effect=dice.choice(("refund", "refund", *EFFECTS)),
        fate=dice.choice(("acted", "acted", "acted", "acted", "on its way", "lost")),
        decisions=tuple(dice.choice(DECISIONS) for _ in range(operators)),
        early=dice.choice((dice.randint(-4, _MOST_MOMENTS), dice.randint(0, 4 * _MOST_MOMENTS))),
        at=tuple(dice.randint(1, _MOST_MOMENTS) for _ in range(operators - 1)),
        going_on=dice.choice((None, None, dice.randint(1, _MOST_MOMENTS))),
        slow_closings=dice.choice((0, 0, 0, 1, 2)),
        dice=dice,
    )


@pytest.mark.slow
@seeds(25, 600, on_tables=(4, 40))
def test_whoever_decides_while_an_answer_is_on_its_way_nothing_is_done_twice(
    seed: int, folder: Path, activities: RealActivities, dials: dict[str, Any], met: Counter[str]
) -> None:
    met.update(dict.fromkeys(LATE_KINDS, 0))
    player = _Player(drawn(seed), folder, activities, dials)
    with telling(player.told):
        player.park()
        player.run()
    met.update(player.play.met)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("decision", ["settled", "written_off"])
def test_a_refund_is_paid_once_whenever_its_answer_arrives(
    decision: Decision, folder: Path, activities: RealActivities, met: Counter[str]
) -> None:
    """Let the answer arrive 200 times, at a random moment around the decision, which is repeated until accepted."""
    parked = _Player(_one_refund(SEED, decision), folder, activities, {})
    parked.park()
    for seed in range(SEED, SEED + _TIMES):
        with quick_folder() as copy:
            shutil.copytree(folder, copy, dirs_exist_ok=True)
            player = _Player(_one_refund(seed, decision), copy, activities, {})
            player.house.clock.now, player.line.due = parked.house.clock(), parked.line.due
            with telling(player.told):
                player.run()
            met.update(player.play.met)
    assert met["told already_done"] == _TIMES
    for when in ("before the answer", "while the answer arrives", "after the answer"):
        assert met[f"decided {when}"], when


def _one_refund(seed: int, decision: Decision) -> DecisionPlay:
    """Draw a refund that was done and whose answer comes at some moment around one operator's decision."""
    alone = {"decisions": (decision,), "at": (), "going_on": None, "slow_closings": 0}
    return replace(drawn(seed), kind="flight", effect="refund", fate="acted", **alone)


@dataclass
class _Operator:
    """Somebody who wants an item decided, and says so until that has been heard."""

    name: str
    decision: Decision
    item: str
    order: DecisionOrder | None = None
    heard: str = ""


class _Player:
    def __init__(self, play: DecisionPlay, folder: Path, activities: RealActivities, dials: dict[str, Any]) -> None:
        self.play = play
        self._dice = play.dice
        # A confirmation that is refused lets the authorization go, which is a void.
        refusing = {"sim_price_change": 1} if play.effect == "void" else {}
        self.house = house = MemoryInstallation(folder, activities, **refusing, **dials)
        self.line = Line(house.clock, play.effect, play.fate)
        house.services = replace(house.services, suppliers=self.line.companies(house.settings))
        self._deciding = replace(house.services, ledger=self.line.watch(house.ledger))
        self._items: dict[str, Item] = {}
        self._said: list[str] = []

    def told(self) -> list[str]:
        return [str(self.play), f"the answer is due at {self.line.due}", *self._said, *self.house.timeline()]

    def run(self) -> None:
        play = self.play
        play.met[f"no answer to {play.effect}"] += 1
        play.met["call lost"] += play.fate == "lost"
        play.met["call carried out late"] += play.fate == "on its way"
        self._approach()
        operators = self._hired(play.decisions)
        play.met["several operators"] += len(operators) > 1
        self._interrupt(operators)
        for number in range(_MOST_ROUNDS):
            for operator in operators:
                if not operator.heard:
                    before = self.house.row().version
                    self._decide(operator)
                    if self.house.row().version != before:
                        self._settle()
            if all(operator.heard for operator in operators):
                if self.house.status() != "needs_attention":
                    break
                # A retry may have parked the trip again, and somebody has to decide on that too.
                operators = self._hired((self._dice.choice(DECISIONS),))
            self._wait(number)
        self._require_end(operators)

    def park(self) -> None:
        """Have a trip with an open item whose effect has no answer yet."""
        self.house.book(self.play.kind, policy=SagaPolicy(compensation_attempts=1))
        if self.house.status() == "confirmed":
            self.house.cancel()
            self._settle()
        assert self.house.status() == "needs_attention"
        assert self.line.due, "the trip was to be parked by an answer that is late"

    def _approach(self) -> None:
        """Come so near to the arrival of the answer, or just past it."""
        assert self.line.due
        self.house.clock.now = max(self.house.clock(), self.line.due - self.play.early * STEP)
        self.line.arrive()
        # Only from now on, or the trip would not be parked where the play begins.
        self.line.slow_closings = self.play.slow_closings

    def _hired(self, decisions: Sequence[Decision]) -> list[_Operator]:
        items = self.house.facts().items
        self._items |= {item.id: item for item in items}
        return [
            _Operator(f"operator-{number}", decision, self._dice.choice(items).id)
            for number, decision in enumerate(decisions)
        ]

    def _interrupt(self, operators: Sequence[_Operator]) -> None:
        """Let the others act in the middle of what the first one does."""
        first = self.line.moments
        for moment, operator in zip(self.play.at, operators[1:], strict=True):
            self.line.meanwhile[first + moment] = lambda operator=operator: self._decide(operator)
        if self.play.going_on is not None:
            self.line.meanwhile[first + self.play.going_on] = self._go_on

    def _decide(self, operator: _Operator) -> None:
        """Send the decision once; the version is looked up anew only when the answer says that it is stale."""
        house, line, met, begun = self.house, self.line, self.play.met, self.line.answered
        operator.order = operator.order or house.decision_order(operator.item, operator.decision, by=operator.name)
        met[f"{operator.decision} chosen"] += 1
        status = attention.decide(self._deciding, operator.order).status
        self._said.append(f"{house.clock():%H:%M:%S.%f} {operator.name} {operator.decision} {operator.item}: {status}")
        moment = "while the answer arrives" if line.answered else "before the answer"
        met[f"decided {'after the answer' if begun else moment}"] += 1
        met[f"told {status}"] += 1
        if status in ("accepted", "already_done"):
            operator.heard = status
        elif status in ("stale_version", "item_not_found"):
            operator.order = None
            if not any(item.id == operator.item for item in house.facts().items):
                operator.heard = "somebody else has decided"
        else:
            assert status == "provider_unavailable", f"{operator.name} was told {status}"

    def _go_on(self) -> None:
        self.play.met["saga went on in the middle of a decision"] += 1
        self.house.wake()
        self.house.go_on()

    def _settle(self) -> None:
        self.house.wake()
        self.house.settle()

    def _wait(self, number: int) -> None:
        """Let time pass between two rounds; after some of them everything has arrived."""
        is_late = number >= _PATIENT_ROUNDS
        self.house.clock.move(LATE_BY if is_late else self._dice.choice((STEP, 5 * STEP, 50 * STEP)))
        self.line.arrive()
        if is_late:
            self.line.slow_closings = 0

    def _require_end(self, operators: Sequence[_Operator]) -> None:
        waiting = [operator.name for operator in operators if not operator.heard]
        assert not waiting, f"{waiting} are refused for ever"
        self.line.meanwhile.clear()
        self.house.clock.move(LATE_BY)
        self.line.arrive()
        bodies = [command.body for command in self.house.ledger.commands("trip-1")]
        closed = [body.item for body in bodies if isinstance(body, DecisionBody) and body.decision != "retry"]
        twice = [item for item in closed if self.house.enquiry(self._items[item]).state == "done"]
        assert not twice, f"paid or done twice: a person closed {twice}, and the company did it too"
        assert self.house.status() in ENDS
        assert self.house.row().box == "closed"
        require_invariant(self.house)
