"""Seeded schedules of everything that can go wrong at once, played on the real sagas, activities, ledger and companies.

A seed fixes what companies and ledger do, in which order work is done, what the traveller asks for meanwhile and when,
and which sagas die: the same seed plays the same schedule again.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from activities import attention
from domain.attention.decisions import Decision, DecisionOrder
from domain.components import SAGA_OF, ComponentKind
from domain.trip.ending import trip_status
from domain.trip.facts import TripFacts
from stores.errors import StorageError
from stores.ledger import StaleVersionError
from support.chaos.plays import Play, drawn
from support.orchestrations.installation import MemoryInstallation
from support.orchestrations.invariant import require_invariant
from support.orchestrations.memory_host import MemoryHost
from support.orchestrations.services import RealActivities

TRIP = "trip-1"
_WRITES = ("claim", "conclude", "renew", "pivot", "close", "give_up", "end_change", "facts")
_TOLD = (
    "kind",
    "on_failure",
    "parallel",
    "commands",
    "later",
    "just_before",
    "regret",
    "doomed",
    "decision",
    "slow",
    "schedule",
)
_MOST_DECISIONS = 12
_MOST_MOMENTS = 2_000


class EndlessError(BaseException):
    """The trip goes on and on; no fault of an activity, so nothing of the app may catch it."""


def play(seed: int, folder: Path, activities: RealActivities, **dials: Any) -> Play:
    """Play a seed's schedule and require the invariant at its end. Raises `AssertionError` with the trip's timeline.

    `dials` are further settings of the installation.
    """
    found = drawn(seed)
    player = _Player(found, folder, activities, dials)
    try:
        player.play()
    except (Exception, EndlessError) as error:
        raise AssertionError(f"schedule {seed}: {error}\n{player.told()}") from error
    return found


class _Player:
    def __init__(self, given: Play, folder: Path, activities: RealActivities, dials: dict[str, Any]) -> None:
        self._play = given
        self._dice = given.dice
        self.house = MemoryInstallation(
            folder,
            activities,
            given.schedule,
            host=partial(MemoryHost, dice=random.Random(given.seed)),
            **{**given.dials, **dials},
        )
        self._ledger = _FailingLedger(self.house.services.ledger, given)
        failing: Any = self._ledger
        self.house.services = replace(self.house.services, ledger=failing)
        self.house.before = lambda name, given: self._moment(name)
        self.house.host.before_timer = self._moment
        self.house.host.delay = self._delay
        self._moments = 0

    def play(self) -> None:
        given, house = self._play, self.house
        request = house.open(TRIP, given.kind, given.on_failure)
        order = house.order(TRIP, request, parallel=given.parallel, policy=given.policy)
        if given.doomed is not None:
            house.host.doomed[TRIP] = given.doomed
        house.host.start(SAGA_OF[given.kind], TRIP, order)
        self._settle()
        for command in given.later:
            self._command(command)
            self._settle()
        require_invariant(house, TRIP)
        self._decide()
        given.schedule.arrive()
        given.met[house.view(TRIP).status] += 1
        given.met += given.schedule.met
        self._count_ends(house.facts(TRIP))
        require_invariant(house, TRIP)

    def _count_ends(self, facts: TripFacts) -> None:
        self._play.met["expired hold"] += facts.expired_because == "hold_expired"
        later = [revision for component in facts.components for revision in component.revisions[1:]]
        self._play.met["change refused on its way"] += any(revision.failed for revision in later)

    def told(self) -> str:
        given = self._play
        moments = [
            f"  {moment.at:%H:%M:%S.%f} {moment.event}: {moment.text}" for moment in self.house.view(TRIP).timeline
        ]
        rows = [f"  {e.sequence} {e.event} {e.key or ''} {e.data}" for e in self.house.services.ledger.entries(TRIP)]
        what = {name: getattr(given, name) for name in _TOLD}
        return "\n".join([str(what), *moments, "rows:", *rows])

    def _settle(self) -> None:
        """Go on until nothing moves; then the reconciler looks, as it does every minute."""
        house = self.house
        for _ in range(20):
            self._go_on()
            row = house.row(TRIP)
            status = trip_status(house.facts(TRIP))
            living = row.saga in house.host.living()
            at_rest = row.box == "closed" or (living and status in ("needs_attention", "waiting"))
            if at_rest and house.facts(TRIP).commands == row.commands:
                return
            house.wake(TRIP)
            self._go_on()
            now = house.row(TRIP)
            parked = trip_status(house.facts(TRIP)) in ("needs_attention", "waiting")
            stands_still = now.version == row.version and now.box == "open" and row.saga in house.host.instances
            if stands_still and not (living and parked):
                self._play.met["saga overdue" if living else "saga dead"] += 1
                house.take_over(TRIP)
        raise AssertionError("the trip does not come to rest")

    def _go_on(self) -> None:
        self._ledger.failing = True
        try:
            self.house.go_on()
        finally:
            self._ledger.failing = False

    def _moment(self, activity: str = "") -> None:
        """What the traveller asks for just before an activity or a timer; their own calls meet a working store."""
        self._moments += 1
        if self._moments > _MOST_MOMENTS:
            raise EndlessError(f"after {_MOST_MOMENTS} activities and timers the trip still goes on")
        self._ledger.failing = False
        if self._play.on_failure == "ask_me" and self._dice.random() < 0.2:
            self._command("answer")
        if self._play.regret and self.house.facts(TRIP).change and self._dice.random() < self._play.regret:
            self._command("cancel")
        if self._play.just_before and self._play.just_before[0] == activity:
            self._command(self._play.just_before[1])
            self._play.just_before = None
        while self._play.commands and self._play.commands[0][0] <= self._moments:
            _, command = self._play.commands.pop(0)
            self._command(command)
        self._ledger.failing = True

    def _command(self, command: str) -> None:
        """What the API would accept at this moment; anything else it would refuse."""
        house = self.house
        facts = house.facts(TRIP)
        status = trip_status(facts)
        self._quietly(partial(self._commands()[command], facts, status))

    def _commands(self) -> dict[str, Callable[..., Any]]:
        house = self.house

        def cancel(facts: TripFacts, status: str) -> None:
            if facts.cancel is None and status != "failed":
                self._play.met[_moment_of_cancel(facts)] += 1
                house.cancel(TRIP)

        def change(facts: TripFacts, status: str) -> None:
            kinds: list[ComponentKind] = [c.kind for c in facts.components if c.kind != "flight"]
            if facts.outcome and status in ("confirmed", "partly_confirmed") and kinds and not facts.change:
                kind = self._dice.choice(kinds)
                try:
                    house.change(kind, self._dice.randint(1, 9), TRIP)
                except AssertionError:
                    return
                self._play.met["change"] += 1

        def answer(facts: TripFacts, status: str) -> None:
            if status == "waiting" and facts.choice is None:
                self._play.met["answer"] += 1
                house.answer(self._dice.choice(("keep", "undo")), TRIP)

        return {"cancel": cancel, "change": change, "answer": answer}

    def _decide(self) -> None:
        """A person decides on all open items, if the schedule has one; the companies work again by then."""
        if self._play.decision is None:
            return
        for number in range(_MOST_DECISIONS):
            items = self.house.facts(TRIP).items
            if not items or trip_status(self.house.facts(TRIP)) != "needs_attention":
                return
            self._play.schedule.mend()
            decision: Decision = self._play.decision if self._dice.random() < 0.7 else "retry"
            order = DecisionOrder(
                trip=TRIP,
                item=self._dice.choice(items).id,
                version=self.house.row(TRIP).version,
                decision=decision,
                reason="A schedule decides.",
                reference="REF-1",
                by="tester",
                command=f"decision-{number}",
            )
            status = attention.decide(self.house.services, order).status
            self._play.met[f"decision {status}"] += 1
            self.house.wake(TRIP)
            self._settle()

    def _quietly(self, act: Callable[[], object]) -> None:
        try:
            act()
        except (StorageError, StaleVersionError):
            self._play.met["command refused"] += 1

    def _delay(self, name: str) -> timedelta:
        if self._play.slow and self._dice.random() < self._play.slow:
            self._play.met["activity past its back-stop"] += 1
            return timedelta(minutes=11)
        return timedelta(0)


def _moment_of_cancel(facts: TripFacts) -> str:
    if facts.change:
        return "cancel of a change under way"
    if facts.outcome:
        return "cancel after the end"
    return "cancel before the pivot" if facts.pivot == "none" else "cancel after the pivot"


class _FailingLedger:
    """The ledger, with writes that fail before anything is done, and such whose answer is lost."""

    def __init__(self, ledger: Any, given: Play) -> None:
        self.failing = False
        self._ledger = ledger
        self._play = given
        self._dice = random.Random(given.seed + 1)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._ledger, name)
        if name not in _WRITES or not self.failing or not self._play.storage_faults:
            return method

        def call(*arguments: Any) -> Any:
            if self._dice.random() < self._play.storage_faults:
                self._play.met["storage fault"] += 1
                raise StorageError("The store failed as scheduled.")
            answer = method(*arguments)
            if self._dice.random() < self._play.storage_faults:
                self._play.met["storage answer lost"] += 1
                raise StorageError("The store's answer was lost as scheduled.")
            return answer

        return call
