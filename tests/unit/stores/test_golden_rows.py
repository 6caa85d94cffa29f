"""Stored rows, digests, views and results of activities keep their bytes: whole trips against texts of an old version.

The texts in `golden/` were written by the code of 4fa41d7. They are only added to: a new play gets new files. Views
that show more since then, on purpose, were written by the version that began it (a forgotten trip, an open item), or
are compared without what was added (`_as_before`).
"""

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from activities.attention import decide
from activities.effects import capture
from api.json_response import json_response
from domain.attention.decisions import DecisionOrder
from domain.attention.open_items import open_item
from domain.components import COMPONENTS
from domain.ids import effect_key
from domain.money.ledger_view import ledger_view
from domain.trip.effects import CaptureOrder
from domain.trip.outcomes import TurnLink
from domain.trip.status import component_view, trip_view
from domain.value import Value
from settings import Settings
from storage.table_account import Account
from stores.tables.ledger import TableLedger
from stores.tables.service import Document, Stored, Write
from stores.unit_of_work import to_json
from support.orchestrations.faults import Schedule
from support.orchestrations.installation import MemoryInstallation, quick_folder, real_activities
from support.orchestrations.memory_host import MemoryHost
from support.orchestrations.services import RealActivities

GOLDEN = Path(__file__).with_name("golden")
TRIP = "trip-1"
_CALL = re.compile(r"\b[0-9a-f]{32}\b")
"""The random name of a writing call."""
_SQLITE_TABLES = ("trips", "entries", "personal", "commands", "postings", "keys", "texts")


@pytest.fixture(scope="module")
def activities() -> Iterator[RealActivities]:
    with real_activities() as real:
        yield real


@dataclass
class MemoryTable:
    """One table of the table service in memory; documents go through their stored text."""

    texts: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def get(self, partition: str, row: str) -> Stored | None:
        text = self.texts.get((partition, row))
        return Stored(partition, row, json.loads(text), etag=text) if text is not None else None

    def rows(self, partition: str, first: str = "", end: str = "~") -> list[Stored]:
        names = sorted(row for owner, row in self.texts if owner == partition and first <= row < end)
        return [stored for stored in (self.get(partition, row) for row in names) if stored]

    def write(self, partition: str, writes: Sequence[Write]) -> list[Stored]:
        for write in writes:
            if write.how == "delete":
                self.texts.pop((partition, write.row), None)
            else:
                self.texts[partition, write.row] = self.text_of(write.document)
        return [stored for stored in (self.get(partition, write.row) for write in writes) if stored]

    def text_of(self, document: Document) -> str:
        return to_json(document)


class PinnedTrip:
    """One trip from its booking to its end, in SQLite or in tables, and everything that it has left."""

    def __init__(self, folder: Path, activities: RealActivities, **schedule: Any) -> None:
        dials = schedule.pop("dials", {})
        self.results: list[str] = []
        # Times are part of the bytes, and each flow takes other times.
        host = partial(MemoryHost, version="1.0")
        self.house = MemoryInstallation(folder, activities, Schedule(**schedule), host, self._note_result, **dials)
        self.house.before = self._note_order
        self.tables: MemoryTable | None = None

    def use_tables(self) -> None:
        """Keep the ledger in tables from here on."""
        ledger = TableLedger(Account(Settings()), self.house.clock)
        self.tables = MemoryTable()
        ledger._trips = cast(Any, self.tables)  # pyright: ignore[reportPrivateUsage]
        ledger._lists._table = cast(Any, MemoryTable())  # pyright: ignore[reportPrivateUsage]
        self.house.ledger = ledger
        self.house.services = replace(self.house.services, ledger=ledger)

    def decide(self, decision: Any, command: str) -> None:
        """Decide on the first open item, as its activity does."""
        item = self.house.facts().items[0]
        order = DecisionOrder(
            trip=TRIP,
            item=item.id,
            version=self.house.row().version,
            decision=decision,
            reason="as agreed on the telephone",
            reference="wire 1",
            by="an operator",
            command=command,
        )
        self.note("attention", order.model_dump(mode="json"))
        self.note("decided", decide(self.house.services, order).model_dump(mode="json"))
        self.house.wake(TRIP)
        self.house.go_on()

    def stored(self) -> list[str]:
        """Return every stored row as a line."""
        if self.tables:
            lines = [f"{partition} {row} {text}" for (partition, row), text in sorted(self.tables.texts.items())]
        else:
            with closing(sqlite3.connect(self.house.state_dir / "ledger.db")) as connection:
                lines = list(_rows_of(connection))
        return [_CALL.sub("CALL", line) for line in lines]

    def shown(self) -> list[str]:
        """Return every view of the trip as a line, byte for byte as over HTTP."""
        row, facts = self.house.row(), self.house.facts()
        ledger = self.house.ledger
        entries, commands, postings = ledger.entries(TRIP), ledger.commands(TRIP), ledger.postings(TRIP)
        views: list[Value | None] = [trip_view(row, entries, commands)]
        if row.kind == "travel":
            views += [component_view(row, entries, commands, component) for component in COMPONENTS.values()]
        views.append(ledger_view(row, entries, commands, postings))
        claims = ledger.claims(TRIP)
        views += [open_item(row, entries, claims, facts, item) for item in facts.items]
        views.append(facts)
        return [_as_before(json_response(view).get_body().decode()) for view in views if view]

    def _note_order(self, name: str, order: Any) -> None:
        self.note(name, order)

    def _note_result(self, result: Any) -> Any:
        self.note("result", result)
        return result

    def note(self, name: str, value: Any) -> None:
        """Add a digest of what an activity took or returned."""
        digest = hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]
        self.results.append(f"{name} {digest}")


def _as_before(text: str) -> str:
    """Return a view without the members that it has got since: an item's attempts and caller."""
    view = json.loads(text)
    if "etag" in view:
        del view["attempts"], view["by"]
    return json.dumps(view, ensure_ascii=False)


def _rows_of(connection: sqlite3.Connection) -> Iterator[str]:
    for table in _SQLITE_TABLES:
        order = "ORDER BY trip, key" if table in ("keys", "texts") else "ORDER BY 1, 2, 3"
        for row in connection.execute(f"SELECT * FROM {table} {order}"):
            yield f"{table} {json.dumps(row, ensure_ascii=False)}"


def change_and_cancel(play: PinnedTrip) -> None:
    house = play.house
    house.book()
    for nights in (7, 3):
        house.change("hotel", nights)
        house.go_on()
    house.cancel()
    house.go_on()


def refused_change(play: PinnedTrip) -> None:
    house = play.house
    house.book("hotel")
    house.schedule.refusing = frozenset({"hotel/confirm"})
    house.change("hotel", 7)
    house.go_on()


def book(play: PinnedTrip) -> None:
    play.house.book()


def written_off(play: PinnedTrip) -> None:
    house = play.house
    house.book("flight")
    house.cancel()
    house.go_on()
    play.decide("retry", "decision-1")
    play.decide("written_off", "decision-2")


def settled(play: PinnedTrip) -> None:
    house = play.house
    house.book()
    house.cancel()
    house.go_on()
    play.decide("settled", "decision-1")
    while house.facts().items:
        play.decide("written_off", f"decision-{house.row().version}")


def forgotten(play: PinnedTrip) -> None:
    house = play.house
    house.book("hotel")
    house.change("hotel", 3)
    house.go_on()
    house.cancel()
    house.go_on()
    house.ledger.forget("c-1")


def asked(play: PinnedTrip) -> None:
    house = play.house
    unanswered = [TRIP]

    def before(name: str, order: Any) -> None:
        if name == "tell_turn_activity" and unanswered:
            house.answer("keep", unanswered.pop())

    house.before = before
    request = house.open(TRIP, on_failure="ask_me")
    house.run("travel_booking_saga", TRIP, house.order(TRIP, request, turn=TurnLink(instance="turn", event="parked-0")))


def stranded(play: PinnedTrip) -> None:
    house = play.house
    house.open(TRIP)
    house.take_over()
    house.go_on()
    house.cancel()
    house.ledger.strand(TRIP, house.row().version)


def late(play: PinnedTrip) -> None:
    """Let an outcome come after its effect was given up."""
    house = play.house
    house.book("flight")
    house.schedule.mend()
    order = CaptureOrder(
        trip=TRIP, component=TRIP, kind="flight", revision=1, key=effect_key(TRIP, "capture", 1), epoch=1
    )
    result = capture(house.services, order)
    play.note("late", result.model_dump(mode="json"))
    house.wake(TRIP)
    house.go_on()


def void_too_late(play: PinnedTrip) -> None:
    """Cancel a trip whose payment was taken, although every answer to that was lost."""
    house = play.house
    house.book("flight")
    house.cancel()
    house.go_on()


PLAYS: dict[str, tuple[Callable[[PinnedTrip], None], dict[str, Any]]] = {
    "change_and_cancel": (change_and_cancel, {}),
    "refused_change": (refused_change, {}),
    "refused_payment": (book, {"refusing": frozenset({"hotel/authorize"})}),
    "lost_answers": (
        book,
        {
            "refusing": frozenset({"car/confirm"}),
            "fates": {"flight/hold": ["lost answer"], "hotel/cancel": ["fault"], "flight/refund": ["lost answer"]},
        },
    ),
    "written_off": (written_off, {"dials": {"sim_fail_refund": 1}}),
    "settled": (settled, {"stuck": frozenset({"flight/cancel", "hotel/refund"})}),
    "forgotten": (forgotten, {}),
    "asked": (asked, {"refusing": frozenset({"car/hold"})}),
    "stranded": (stranded, {}),
    "late": (late, {"stuck": frozenset({"flight/capture"})}),
    "void_too_late": (void_too_late, {"fates": {"flight/capture": ["late"] * 5}, "lateness": 6}),
}


def played(name: str, storage: str, activities: RealActivities) -> tuple[str, str]:
    """Return the stored rows of a play, and its views with digests of what its activities took and returned."""
    act, schedule = PLAYS[name]
    with quick_folder() as folder:
        play = PinnedTrip(folder, activities, **schedule)
        if storage == "tables":
            play.use_tables()
        act(play)
        return _text(play.stored()), _text([*play.shown(), *play.results])


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("storage", ["sqlite", "tables"])
@pytest.mark.parametrize("name", PLAYS)
def test_a_trip_leaves_the_bytes_that_it_left_before(name: str, storage: str, activities: RealActivities) -> None:
    rows, shown = played(name, storage, activities)
    assert rows.splitlines() == _lines(f"{name}-{storage}")
    recorded = _lines(f"{name}-shown")
    assert len(shown.splitlines()) == len(recorded)
    for line, before in zip(shown.splitlines(), recorded, strict=True):
        assert line == before or _is_shown_as_before(name, json.loads(line), json.loads(before)), (before, line)


CHANGED_TO = {"change_and_cancel": 3}
"""The nights of the last change, which the request of a trip and of its hotel follows since these were recorded."""


def _is_shown_as_before(name: str, view: dict[str, Any], recorded: dict[str, Any]) -> bool:
    """Return whether a response has all that was recorded. It may have members and moments that were added since."""
    # Facts travel in histories, so their bytes may not change.
    if "epoch" in recorded:
        return False
    if name in CHANGED_TO and recorded.get("kind") in ("travel", "hotel"):
        recorded["request"]["nights"] = CHANGED_TO[name]
    if "timeline" in view:
        view["timeline"] = [_worded_before(moment) for moment in view["timeline"] if moment["event"] != "waiting"]
    return _stands(recorded, view)


def _worded_before(moment: dict[str, Any]) -> dict[str, Any]:
    return moment | {"text": "The traveller chose."} if moment["event"] == "answer_asked" else moment


def _stands(recorded: Any, shown: Any) -> bool:
    match recorded, shown:
        case dict(), dict():
            return all(name in shown and _stands(value, shown[name]) for name, value in recorded.items())
        case list(), list():
            return len(recorded) == len(shown) and all(map(_stands, recorded, shown))
        case _:
            return recorded == shown


def _lines(name: str) -> Sequence[str]:
    return (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").splitlines()
