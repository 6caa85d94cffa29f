"""Two who want something of one trip at the same moment: no promise is broken, whichever of them comes first.

Real threads, the real API, ledger and companies. Who comes first is left to the threads; a seed shifts them against
each other by up to some milliseconds. The saga of the trip itself runs on in one thread, as on the durable host.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from activities import effects, trips
from activities.services import ActivityServices, serving
from api.problems import ApiProblem
from api.trips.requests import ChangeRequest
from domain.attention.decisions import Decision
from domain.components import SAGA_OF, TripKind
from domain.options import OnFailure, SagaPolicy
from domain.trip.records import Command
from support.chaos.runs import seeds, telling
from support.orchestrations.installation import MemoryInstallation
from support.orchestrations.invariant import require_invariant
from support.orchestrations.services import RealActivities
from support.races import at_once

Step = Literal["authorize", "pivot", "confirm", "capture", "cancel", "end_change", "close"]

TRIP = "race-solo"
_ROOM_OF: Mapping[Step, Any] = {
    "authorize": effects,
    "pivot": trips,
    "confirm": effects,
    "capture": effects,
    "cancel": effects,
    "end_change": trips,
    "close": trips,
}
"""The module with the function of each step, whichever activity takes it."""
_JITTER = 0.003
_MOST_ROUNDS = 12
_STEPS_OF_A_STAY: Sequence[Step] = ("authorize", "confirm", "capture", "close")
_STEPS_OF_A_CHANGE: Sequence[Step] = (*_STEPS_OF_A_STAY, "cancel", "end_change")


@dataclass
class Arena:
    """One installation with one trip that is raced for."""

    house: MemoryInstallation
    patch: pytest.MonkeyPatch
    dice: random.Random

    # who races

    def cancels(self, by: str = "traveller") -> int:
        status, _ = self.house.ask_api(lambda api: api.cancel(TRIP), by)
        return status

    def changes(self, units: int) -> None:
        change = ChangeRequest(component="hotel", units=units, day=None)
        self.house.ask_api(lambda api: api.change(TRIP, change))

    def answers(self, choice: Literal["keep", "undo"]) -> None:
        self.house.ask_api(lambda api: api.answer(TRIP, choice))

    def decides(self, decision: Decision, version: int, item: str) -> str:
        return self.house.decide(item, decision, TRIP, version=version)

    # how they race

    def contend(self, *rivals: Callable[[], Any]) -> list[Any]:
        """Let all loose at one moment and return what each got, exceptions too."""
        return at_once(*rivals, shifts=[self.dice.uniform(0, _JITTER) for _ in rivals])

    def during(self, step: Step, rival: Callable[[], Any], when: Callable[[Any], bool] = lambda _: True) -> list[Any]:
        """Let the rival loose with the next time that a step is taken; the list will hold what both got."""
        real, got = getattr(_ROOM_OF[step], step), list[Any]()

        def take(services: ActivityServices, order: Any) -> Any:
            if not when(order):
                return real(services, order)
            # Before the race: the step may be taken again, and one race is enough.
            self.patch.undo()
            got.extend(self.contend(lambda: real(services, order), rival))
            # The activity has to see the failure that the race gave its step.
            if isinstance(got[0], Exception):
                raise got[0]
            return got[0]

        self.patch.setattr(_ROOM_OF[step], step, take)
        return got

    def book(
        self, kind: TripKind = "hotel", on_failure: OnFailure = "all_or_nothing", policy: SagaPolicy | None = None
    ) -> None:
        request = self.house.open(TRIP, kind, on_failure)
        order = self.house.order(TRIP, request, policy=policy or SagaPolicy(compensation_attempts=2))
        self.house.host.start(SAGA_OF[kind], TRIP, order)

    def settle(self) -> str:
        status = self.house.settle(TRIP)
        self.patch.undo()
        return status

    def commands(self, kind: str) -> list[Command]:
        return [command for command in self.house.ledger.commands(TRIP) if command.kind == kind]


Race = Callable[[Arena], str]


@pytest.fixture
def arena(
    seed: int, folder: Path, activities: RealActivities, dials: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Arena]:
    house = MemoryInstallation(folder, activities, **dials)
    with serving(house.services):
        yield Arena(house, monkeypatch, random.Random(seed))


def cancel_against_pivot(arena: Arena) -> str:
    got = arena.during("pivot", arena.cancels)
    arena.book("travel" if arena.dice.random() < 0.1 else "hotel")
    assert arena.settle() == "cancelled", f"a cancel was accepted, and the trip is not cancelled; they got {got}"
    assert got[1] == 202, f"the cancel was not accepted; they got {got}"
    return "pivot won" if arena.house.facts(TRIP).pivot == "recorded" else "cancel won"


def change_against_cancel(arena: Arena) -> str:
    """Cancel at the trip's end, or at some step of a change."""
    arena.book()
    arena.settle()
    if arena.dice.random() < 0.5:
        got = arena.contend(lambda: arena.changes(7), arena.cancels)
        accepted = arena.commands("change")
        first = "change" if accepted and accepted[0].number < arena.commands("cancel")[0].number else "cancel"
        won = f"{first} won"
    else:
        got = arena.during(arena.dice.choice(_STEPS_OF_A_CHANGE), arena.cancels)
        arena.changes(7)
        arena.settle()
        if not got:
            arena.cancels()
        won = "cancelled on the change's way" if got else "cancelled after the change"
    assert arena.settle() == "cancelled", f"a cancel was accepted, and the trip is not cancelled; they got {got}"
    assert len(arena.commands("cancel")) == 1, f"one cancel was accepted; they got {got}"
    return won


def two_cancels(arena: Arena) -> str:
    arena.book()

    def both() -> list[Any]:
        return arena.contend(lambda: arena.cancels("first"), lambda: arena.cancels("second"))

    if arena.dice.random() < 0.5:
        arena.settle()
        got = both()
    else:
        got = arena.during(arena.dice.choice(_STEPS_OF_A_STAY), both)
    assert arena.settle() == "cancelled", f"a cancel was accepted, and the trip is not cancelled; they got {got}"
    assert len(arena.commands("cancel")) == 1, f"two cancels are one; they got {got}"
    return f"{arena.commands('cancel')[0].by} won"


def two_changes(arena: Arena) -> str:
    arena.book()
    arena.settle()
    lengths = arena.dice.sample((1, 2, 3, 4, 6, 7, 8, 9), 2)
    got = arena.contend(*(lambda units=units: arena.changes(units) for units in lengths))
    codes = [reply.problem.code for reply in got if isinstance(reply, ApiProblem)]
    assert codes == ["change_in_progress"], f"one of two changes is made; they got {got}"
    assert arena.settle() == "confirmed", f"the trip stays confirmed; they got {got}"
    kept = arena.house.facts(TRIP).components[0].revisions[-1].units
    assert kept == lengths[got.index(None)], f"the change that was accepted is made; they got {got}"
    return f"{'first' if got[0] is None else 'second'} won"


def answer_against_deadline(arena: Arena) -> str:
    arena.house.schedule.refusing = frozenset({"car/hold"})
    got = arena.during("pivot", lambda: arena.answers("keep"), when=lambda order: order.give_up)
    arena.book("travel", "ask_me", SagaPolicy(ask_me_seconds=60))
    status = arena.settle()
    assert got, "the deadline came"
    accepted = not isinstance(got[1], Exception)
    assert accepted == (len(arena.commands("answer")) == 1), f"an answer is stored or refused; they got {got}"
    assert status == ("partly_confirmed" if accepted else "failed"), (
        f"the answer counts, if taken: {status}; they got {got}"
    )
    return "answer won" if accepted else "deadline won"


def attention_against_retry(arena: Arena) -> str:
    """Two operators decide on one item; or one does, while the round of another's retry runs."""
    effect = arena.dice.choice(("cancel", "refund"))
    arena.house.schedule.stuck = frozenset({f"hotel/{effect}"})
    arena.book()
    arena.settle()
    arena.cancels()
    assert arena.settle() == "needs_attention", "the trip is parked"
    version, [item] = arena.house.row(TRIP).version, arena.house.facts(TRIP).items
    arena.house.schedule.mend()
    closing: Decision = arena.dice.choice(("settled", "written_off"))
    if arena.dice.random() < 0.5:
        got = arena.contend(
            lambda: arena.decides("retry", version, item.id), lambda: arena.decides(closing, version, item.id)
        )
        assert got.count("accepted") + got.count("already_done") == 1, f"one of two decisions counts; they got {got}"
        won = "retry won" if got[0] == "accepted" else "the other decision won"
    else:
        arena.decides("retry", version, item.id)
        now = arena.house.row(TRIP).version
        got = arena.during("cancel", lambda: arena.decides(closing, now, item.id))
        won = "decided while the retry ran"
    for _ in range(_MOST_ROUNDS):
        if arena.settle() != "needs_attention":
            break
        open_item = arena.house.facts(TRIP).items[0]
        arena.decides("written_off", arena.house.row(TRIP).version, open_item.id)
    assert arena.settle() == "cancelled", f"the trip comes to its end: {arena.settle()}; they got {got}"
    return won


RACES: Mapping[Race, Sequence[str]] = {
    cancel_against_pivot: ("cancel won", "pivot won"),
    change_against_cancel: ("change won", "cancel won", "cancelled on the change's way"),
    two_cancels: ("first won", "second won"),
    two_changes: ("first won", "second won"),
    answer_against_deadline: ("answer won", "deadline won"),
    attention_against_retry: ("retry won", "the other decision won", "decided while the retry ran"),
}
"""The results of each race that come now and then, when it is run often enough."""


@pytest.mark.slow
@pytest.mark.parametrize("race", [pytest.param(race, id=race.__name__) for race in RACES])
@seeds(50, 1_000, on_tables=(1, 20))
def test_whoever_comes_first_no_promise_is_broken(race: Race, arena: Arena, met: Counter[str]) -> None:
    met.update({f"{race.__name__}: {result}": 0 for result in RACES[race]})
    with telling(lambda: arena.house.timeline(TRIP)):
        result = race(arena)
        arena.house.schedule.arrive()
        require_invariant(arena.house, TRIP)
    met[f"{race.__name__}: {result}"] += 1
