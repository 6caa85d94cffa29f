"""One file of the state folder is put back to an earlier moment, and everybody goes on as if nothing had happened.

A seed fixes what was booked before the backup and after it, how far the work was at both moments, which file is put
back, and what is posted again afterwards: the same message under the same key, or another one whose turn and trip get
the same ids. Nobody then sees a booking that is not his request's, every trip comes to rest, and the audit names what
does not add up any more.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.problems import ApiProblem
from audit.installation import examine
from audit.report import Report
from domain.attention.decisions import Decision
from domain.components import ComponentKind
from domain.ids import CONFIRMATION_ID, effect_key
from domain.trip.facts import Revision
from domain.trip.records import TripRow
from suppliers.opening import snapshots
from suppliers.ports import Booking
from support.chaos.restore import FILES, Installation
from support.chaos.runs import seeds, telling
from support.orchestrations.invariant import broken
from support.orchestrations.services import RealActivities

MESSAGES = (
    "Just get me a flight to Oslo",
    "Just get me a flight to Bonn",
    "Book me a hotel in Rome for 3 nights",
    "Book me a hotel in Rome for 4 nights",
    "Book me a rental car in Lisbon for 2 days",
    "I need a trip to Paris for 5 nights",
    "I need a trip to Vienna for 2 nights",
)
RESTORED_KINDS = (
    *(f"{name} put back" for name in FILES),
    "backed up in the middle of work",
    "stopped in the middle of work",
    "the same message again",
    "another message in its place",
    "a day later",
    "cancel after the restore",
    "the audit told",
    "balanced",
    "a person decided",
)
"""Courses that are to occur in a run of many of these plays, each at least once."""
_COMMANDS = ("cancel", "change")
_CONFIRMATION = re.compile(rf"\b{CONFIRMATION_ID.pattern}\b")
_DECISIONS: tuple[Decision, ...] = ("retry", "settled", "written_off")
_MOST_DECISIONS = 12


@dataclass
class RestoredPlay:
    """The meaning of a seed: `steps` are how far the host comes with each post or command, None for its end."""

    seed: int
    file: str
    before: tuple[str, ...]
    before_steps: int | None
    after: tuple[str, ...]
    after_steps: int | None
    again: tuple[str, ...]
    days: int
    dice: random.Random = field(repr=False)
    met: Counter[str] = field(default_factory=Counter[str], repr=False)


def drawn(seed: int) -> RestoredPlay:
    """Return the play of a seed."""
    dice = random.Random(seed)
    file = dice.choice(("ledger", "ledger", *FILES))
    after = tuple(dice.choice((*MESSAGES, *_COMMANDS)) for _ in range(dice.randint(1, 3)))
    return RestoredPlay(
        seed=seed,
        file=file,
        before=tuple(dice.choice(MESSAGES) for _ in range(dice.randint(0, 2))),
        before_steps=dice.choice((None, dice.randint(1, 40))),
        after=after,
        after_steps=dice.choice((None, None, dice.randint(1, 40))),
        again=tuple(action if dice.random() < 0.4 else dice.choice((*MESSAGES, *_COMMANDS)) for action in after),
        days=dice.choice((0, 0, 0, 1)),
        dice=dice,
    )


@pytest.mark.slow
@seeds(25, 300)
def test_after_a_file_was_put_back_nobody_is_told_of_another_booking_and_the_audit_tells_the_rest(
    seed: int, folder: Path, activities: RealActivities, met: Counter[str]
) -> None:
    met.update(dict.fromkeys(RESTORED_KINDS, 0))
    player = _Player(drawn(seed), folder, activities)
    with telling(player.told):
        player.run()
    met.update(player.play.met)


class _Player:
    def __init__(self, play: RestoredPlay, folder: Path, activities: RealActivities) -> None:
        self.play = play
        self._copy = folder / "backup"
        self.house = Installation(folder / "state", activities)
        self._said: list[str] = []
        self._keys = 0

    def run(self) -> None:
        play, house = self.play, self.house
        for message in play.before:
            self._do(message, self._next_key())
            house.work(play.before_steps)
        play.met["backed up in the middle of work"] += house.host.busy
        house.back_up(self._copy)
        house.work()
        before = self._keys
        for action in play.after:
            self._do(action, self._next_key())
            house.work(play.after_steps)
        play.met["stopped in the middle of work"] += house.host.busy
        house.restore(play.file, self._copy)
        play.met[f"{play.file} put back"] += 1
        self._require_rest()
        house.clock.move(timedelta(days=play.days))
        play.met["a day later"] += bool(play.days)
        for number, (first, action) in enumerate(zip(play.after, play.again, strict=True), start=before + 1):
            play.met["the same message again" if action == first else "another message in its place"] += 1
            self._do(action, f"key-{number}")
            house.work()
        self._require_rest()
        if play.dice.random() < 0.7:
            play.met["cancel after the restore"] += 1
            self._do("cancel", "")
        self._require_rest()
        self._decide()
        self._require_named()

    def told(self) -> list[str]:
        lines = [str(self.play), *self._said]
        # A ledger that cannot be read any more must not hide the promise that was broken.
        with suppress(Exception):
            for row in self.house.ledger.trips():
                lines += [f"asked for {row.request.arguments()}:", *self.house.timeline(row.id)]
            lines.append(examine(self.house.settings).as_text(20))
        return lines

    def _next_key(self) -> str:
        self._keys += 1
        return f"key-{self._keys}"

    def _do(self, action: str, key: str) -> None:
        """Post a message, or cancel or change some trip; a problem is an answer, anything else is tried again once."""
        trips = [row.id for row in self.house.ledger.trips()]
        trip = self.play.dice.choice(trips) if trips else ""
        acts: dict[str, Callable[[], Any]] = {
            "cancel": lambda: self.house.cancels(trip),
            "change": lambda: self.house.changes(trip, self.play.dice.randint(1, 9)),
        }
        if action in acts and not trip:
            return
        act = acts.get(action, lambda: self.house.post(action, key))
        try:
            act()
            self._said.append(f"{action} ({key or trip})")
        except ApiProblem as problem:
            self._said.append(f"{action} ({key or trip}): {problem.problem.code}")
            self.play.met[f"answered {problem.problem.code}"] += 1

    def _decide(self) -> None:
        """Let a person decide on what is open until nothing is."""
        house = self.house
        for _ in range(_MOST_DECISIONS):
            open_items = list(house.ledger.attention())
            if not open_items:
                return
            row, item = self.play.dice.choice(open_items)
            # A trip that nobody could take over can only be retried.
            decision: Decision = "retry" if item.kind is None else self.play.dice.choice(_DECISIONS)
            with_answer = house.decide(item, decision, row.id, version=row.version)
            self._said.append(f"{decision} {item.id} of {row.id}: {with_answer}")
            self.play.met["a person decided"] += with_answer in ("accepted", "already_done")
            house.settle_all()
        for row, item in house.ledger.attention():
            answers = {decision: house.decide(item, decision, row.id) for decision in _DECISIONS[1:]}
            assert item.kind is None or set(answers.values()) != {"provider_unavailable"}, f"{item.id}: {answers}"
            house.settle_all()

    def _require_rest(self) -> None:
        """Pass if every trip has ended or parked, and shows its own bookings alone."""
        self.house.settle_all()
        for row in self.house.ledger.trips():
            assert not self.house.is_overdue(row.id), (
                f"{row.id} is {self.house.status(row.id)} and does not come to rest"
            )
        strangers = list(self._strangers())
        assert not strangers, "; ".join(strangers)

    def _strangers(self) -> Iterator[str]:
        """Find what a trip shows although another request booked it, or another trip has it."""
        lines = self._lines()
        for row in self.house.ledger.trips():
            facts = self.house.facts(row.id)
            own: set[str] = set()
            for component in facts.components:
                for revision in component.revisions:
                    if revision.confirmation is None:
                        continue
                    own.add(revision.confirmation)
                    line = lines.get(revision.confirmation)
                    if line and not _is_as_asked(row, component.kind, revision, line):
                        yield f"{row.id} is told of {_words(line)}, and asked for {row.request.arguments()}"
            turn = self.house.services.conversations.turn(row.conversation, row.turn)
            said = set(_CONFIRMATION.findall((turn and turn.reply) or ""))
            if turn and len(turn.calls) == 1 and said - own:
                yield f"{row.id} was told of {sorted(said - own)}, and has {sorted(own)}"

    def _require_named(self) -> None:
        """Pass if the audit names the trip of whatever does not add up."""
        report = examine(self.house.settings)
        named = {difference.trip for difference in report.unexplained}
        for trip, text in self._wrong(report):
            assert trip in named, f"the audit says nothing of {trip}: {text}"
        self.play.met["balanced" if report.balanced else "the audit told"] += 1

    def _wrong(self, report: Report) -> Iterator[tuple[str, str]]:
        """Find each trip with what is wrong with it, counted apart from the audit."""
        by_the_audit = tuple(f"[{difference.code}]" for difference in report.unexplained)
        for text in broken(self.house.settings):
            if not text.endswith(by_the_audit or ("]!",)):
                yield text.split(": ")[0], text
        lines, trips = self._lines(), set[str]()
        for row in self.house.ledger.trips():
            trips.add(row.id)
            for component in self.house.facts(row.id).components:
                for revision in component.revisions:
                    line = lines.get(revision.confirmation or "")
                    if revision.booked and (line is None or line.status != "confirmed"):
                        yield row.id, f"{component.id} is told to be booked, and the book has {line and line.status}"
                    if revision.hold == "done" and line and line.key != _key(component.id, revision):
                        yield row.id, f"{revision.confirmation} is booked under {line.key}"
        for line in lines.values():
            trip = line.key.partition("/")[0]
            if line.status == "confirmed" and not any(trip.startswith(identifier) for identifier in trips):
                yield next((d.trip for d in report.unexplained if trip.startswith(d.trip)), trip), "nobody knows it"

    def _lines(self) -> dict[str, Booking]:
        with snapshots(self.house.settings) as books:
            return {line.confirmation: line for book in books.booking.values() for line in book.everything()}


def _is_as_asked(row: TripRow, kind: ComponentKind, revision: Revision, line: Booking) -> bool:
    units = revision.units if revision.units is not None else row.request.units_of(kind)
    asked_for = (kind, row.request.destination, revision.date or row.request.date, units)
    return (line.kind, line.destination, line.date, line.units) == asked_for


def _key(component: str, revision: Revision) -> str:
    return effect_key(component, "hold", revision.number)


def _words(line: Booking) -> str:
    return f"{line.confirmation} ({line.kind} to {line.destination}, {line.date}, {line.units})"
