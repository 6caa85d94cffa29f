"""Make an installation in every state with the code of an old commit: `python make.py CODE FOLDER STORE`.

CODE is a checkout of that commit with its `.venv`, FOLDER where `<STORE>.tar.xz` and `<STORE>.json` are written, STORE
`sqlite` or `tables`. Nothing of today's code is imported. The app runs as a process of its own and is spoken to over
HTTP; the last process is killed while trips are at work in it. README.md in this folder says what the files are for.
"""

import base64
import json
import sys
import tarfile
import tempfile
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any

CODE, FOLDER, STORE = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), sys.argv[3]
sys.path[:1] = [str(CODE), str(CODE / "tests" / "support")]

from support_app import CALM, NOTHING_SET, App  # noqa: E402 - of the old code, which only now can be found
from support_azurite import azurite  # noqa: E402
from support_waiting import until  # noqa: E402

from devhost.testing import running_host  # noqa: E402

PARIS = "I need a trip to Paris for 5 nights from 2 October 2028"
FLIGHT = "Just get me a flight to Tokyo on 2 October 2028"
HOTEL = "Book a hotel in Rome for 3 nights from 2 October 2028"
CAR = "Rent a car in Rome for 4 days from 2 October 2028"
LONG_HOLDS = {"SIM_HOLD_SECONDS": "604800", "ASK_ME_SECONDS": "500000"}
NO_CAR = LONG_HOLDS | {"SIM_REJECT_CAR": "1"}
ONE_ATTEMPT = {"COMPENSATION_ATTEMPTS": "1"}
TABLES_PREFIX = "old"
Act = Callable[[App, str], object]


class Maker:
    """One installation in the making, and what is to be found in it."""

    def __init__(self, state: Path, settings: Mapping[str, str]) -> None:
        self._state = state
        self._settings = settings
        self.stops = state.parent / "stops"
        self.trips: dict[str, str] = {}
        self.views: dict[str, Any] = {}
        self.conversations: dict[str, Any] = {}
        self.turns: dict[str, Any] = {}

    @contextmanager
    def app(self, *, wait: str = "25", stop: str = "", **settings: str) -> Generator[App]:
        """The old code at work on the installation until the block ends."""
        self.set_stops({stop: 1} if stop else {})
        own = {
            "STATE_DIR": str(self._state),
            "CHAT_WAIT_SECONDS": wait,
            "OLD_CODE": str(CODE),
            "STOPS": str(self.stops),
        }
        env = NOTHING_SET | CALM | self._settings | own | settings
        folder = Path(__file__).resolve().parent / "stopping"
        with running_host(folder, state_dir=self._state, env=env, host_json=CODE / "host.json") as host:
            yield App(host, self._state)

    def book(self, app: App, name: str, message: str, **options: Any) -> str:
        answer = app.chat(message, key=name, conversation=f"old-{name}", **options)
        self.trips[name] = answer["trips"][0]["id"]
        return self.trips[name]

    def closed(self, app: App, trip: str, times: int = 1) -> None:
        """Wait until the trip has ended so many times."""
        until(lambda: [row["event"] for row in app.ledger(trip)["rows"]].count("closed") == times)

    def stop_at(self, name: str, stop: str, begin: Callable[[], object], occurrence: int = 1) -> None:
        """Do what makes the app come to the stop, in a thread, since its answer may never come."""
        before = self.met(stop)
        self.set_stops({stop: occurrence})
        threading.Thread(target=_without_answer, args=(begin,), daemon=True).start()
        until(lambda: self.met(stop) > before)
        self.set_stops({})
        print(f"{name}: stopped at {stop}", flush=True)

    def set_stops(self, stops: Mapping[str, int]) -> None:
        """Name the writes to stop after; the file is replaced, since the app may be reading it."""
        fresh = self.stops.with_suffix(".new")
        fresh.write_text(json.dumps(stops))
        fresh.replace(self.stops)

    def met(self, stop: str) -> int:
        """Count how often a thread has come to the stop."""
        file = self.stops.with_suffix(".met")
        return file.read_text().splitlines().count(stop) if file.exists() else 0

    def look(self, app: App) -> None:
        """Note how every trip stands."""
        for name, trip in self.trips.items():
            view = app.status(trip)
            self.views[name] = {part: view[part] for part in ("kind", "status", "bookings", "total", "error")}


def _without_answer(begin: Callable[[], object]) -> None:
    with suppress(OSError, HTTPException, AssertionError, TimeoutError):
        begin()


def at_rest(maker: Maker) -> None:
    """Trips that were booked, changed and cancelled, and conversations without trips under way."""
    with maker.app() as app:
        for name, message in (("travel", PARIS), ("flight", FLIGHT), ("hotel", HOTEL), ("car", CAR)):
            maker.book(app, f"confirmed_{name}", message)
        maker.book(app, "confirmed_parallel", PARIS, parallel=True)
        for name in ("to_cancel", "to_change_up", "to_change_down", "to_change_day"):
            maker.book(app, f"confirmed_{name}", PARIS)
        changes = {
            "changed_up": {"component": "hotel", "nights": 7},
            "changed_down": {"component": "hotel", "nights": 3},
            "changed_day": {"component": "car_hire", "date": "2028-10-03"},
        }
        for name, change in changes.items():
            trip = maker.book(app, name, PARIS)
            assert app.modify(trip, **change).status == 202
            maker.closed(app, trip, 2)
        trip = maker.book(app, "cancelled", PARIS)
        assert app.cancel(trip).status == 202
        maker.closed(app, trip, 2)
        trip = maker.book(app, "forgotten", PARIS)
        assert app.modify(trip, component="hotel", nights=3).status == 202
        maker.closed(app, trip, 2)
        until(lambda: app.host.request("DELETE", "/api/chat/old-forgotten").status == 204)
        maker.conversations["forgotten"] = "old-forgotten"
        asked = app.chat("Book me a hotel in Rome", key="draft", conversation="old-draft")
        assert not asked["trips"], asked
        maker.conversations["draft"] = {"id": "old-draft", "asked": asked["reply"]}


def without_car(maker: Maker) -> None:
    """Trips without a car: kept, undone, answered, and waiting for an answer."""
    with maker.app(**NO_CAR) as app:
        maker.book(app, "partly_confirmed", PARIS, on_failure="keep_what_works")
        maker.book(app, "failed", PARIS)
        trip = maker.book(app, "answered", PARIS, on_failure="ask_me")
        assert app.answer(trip, "keep").status == 202
        app.becomes(trip, "partly_confirmed")
        for name in ("waiting_to_keep", "waiting_to_undo", "waiting_to_cancel", "waiting"):
            maker.book(app, name, PARIS, on_failure="ask_me")
    with maker.app(**NO_CAR, **ONE_ATTEMPT, SIM_FAIL_CANCEL="1") as app:
        maker.book(app, "attention_cancel", PARIS)


def without_refunds(maker: Maker) -> None:
    """Cancellations whose refunds failed: open, settled, written off."""
    with maker.app(**ONE_ATTEMPT, SIM_FAIL_REFUND="1") as app:
        for name, message in (("travel", PARIS), ("flight", FLIGHT), ("hotel", HOTEL)):
            trip = maker.book(app, f"attention_refund_{name}", message)
            assert app.cancel(trip).status == 202
            app.becomes(trip, "needs_attention")
        for name, decision, reference in (("settled", "settled", "BT-2211"), ("written_off", "written_off", "")):
            trip = maker.book(app, name, FLIGHT)
            assert app.cancel(trip).status == 202
            app.becomes(trip, "needs_attention")
            [item] = [item for item in app.attention() if item["trip"] == trip]
            assert app.decide(item, decision, reference).status == 202
            app.becomes(trip, "cancelled")
            maker.closed(app, trip, 2)


def confirmed_for_killing(maker: Maker) -> None:
    with maker.app() as app:
        for name in ("killed_in_cancel", "killed_in_change_up", "killed_in_change_down", "killed_before_follow_up"):
            maker.book(app, name, PARIS)


def killed_while_undoing(maker: Maker) -> None:
    """Kill the process when a trip without a car has been undone in part."""
    with maker.app(wait="0", SUPPLIER_TIMEOUT_SECONDS="120", **NO_CAR) as app:
        name = "killed_while_undoing"
        begin = _posting(app, name, PARIS, {})
        maker.stop_at(name, "company cancel hotel/cancel/1 after", begin)
        maker.trips[name] = app.begun(PARIS, name, f"old-{name}")
        maker.turns[name] = {"key": name, "message": PARIS, "options": {}}
        app.host.kill()


def killed(maker: Maker) -> None:
    """Stop many trips, each at its own point, and kill the process with all of them."""
    stops = {
        "killed_before_pivot": (PARIS, "ledger claim hotel/hold/1 after", {}),
        "killed_with_lost_answer": (PARIS, "company authorize car/authorize/1 after", {}),
        "killed_after_pivot": (PARIS, "company capture hotel/capture/1 after", {}),
        "killed_single": (FLIGHT, "ledger claim /confirm/1 after", {}),
        "killed_parallel": (PARIS, "company hold hotel/hold/1 after", {"parallel": True}),
        "killed_before_close": (PARIS, "ledger conclude car/capture/1 after", {}),
    }
    undone = "ledger conclude hotel/cancel/1 after"
    with maker.app(wait="0", stop=undone, SUPPLIER_TIMEOUT_SECONDS="120", **LONG_HOLDS) as app:
        until(lambda: maker.met(undone))
        print(f"killed_while_undoing: stopped again at {undone}", flush=True)
        for name, (message, stop, options) in stops.items():
            maker.stop_at(name, stop, _posting(app, name, message, options))
            maker.trips[name] = app.begun(message, name, f"old-{name}", **options)
            maker.turns[name] = {"key": name, "message": message, "options": options}
        change = {"component": "hotel"}
        _stop_with(maker, app, "killed_in_cancel", "company refund hotel/refund/1 after", lambda a, t: a.cancel(t))
        _stop_with(
            maker,
            app,
            "killed_in_change_up",
            "ledger claim hotel/authorize/2 after",
            lambda a, t: a.modify(t, **change, nights=7),
        )
        _stop_with(
            maker,
            app,
            "killed_in_change_down",
            "company confirm hotel/confirm/2 after",
            lambda a, t: a.modify(t, **change, nights=3),
        )
        # In tables the trip is put on the list of open ones first, and then the command is accepted.
        occurrence = 2 if STORE == "tables" else 1
        accepted = "ledger accept cancel after"
        _stop_with(maker, app, "killed_before_follow_up", accepted, lambda a, t: a.cancel(t), occurrence)
        for name, stop in (("claimed", "turn take_start after"), ("decided", "turn decide after")):
            maker.stop_at(name, stop, _posting(app, name, PARIS, {}))
            maker.turns[name] = {"key": name, "message": PARIS, "options": {}}
        maker.look(app)
        app.host.kill()


def _posting(app: App, name: str, message: str, options: dict[str, Any]) -> Callable[[], object]:
    return lambda: app.post(message, name, f"old-{name}", options=options or None)


def _stop_with(maker: Maker, app: App, name: str, stop: str, act: Act, occurrence: int = 1) -> None:
    maker.stop_at(name, stop, lambda: act(app, maker.trips[name]), occurrence)


def make(maker: Maker) -> None:
    at_rest(maker)
    without_car(maker)
    without_refunds(maker)
    confirmed_for_killing(maker)
    killed_while_undoing(maker)
    killed(maker)


def entities(account: str) -> Generator[str]:
    """Every entity of every table, one JSON line each; the type is kept where JSON has none of its own."""
    from azure.data.tables import TableServiceClient

    with TableServiceClient.from_connection_string(account) as service:
        for table in sorted(table.name for table in service.list_tables()):
            for entity in service.get_table_client(table).list_entities():
                packed = {name: _packed(value) for name, value in entity.items()}
                yield json.dumps({"table": table.removeprefix(TABLES_PREFIX), "entity": packed}, ensure_ascii=False)


def _packed(value: Any) -> Any:
    match value:
        case bytes():
            return {"Edm.Binary": base64.b64encode(value).decode()}
        case str() | bool() | int():
            return value
    raise TypeError(f"a {type(value).__name__} is none of the types that the stores write")


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        state = folder / "state"
        state.mkdir()
        settings: dict[str, str] = {}
        if STORE == "tables":
            account = stack.enter_context(azurite())
            settings = {"STORE": "tables", "TABLES_CONNECTION_STRING": account, "TABLES_PREFIX": TABLES_PREFIX}
        maker = Maker(state, settings)
        make(maker)
        made_at = datetime.now(UTC)
        if STORE == "tables":
            (state / "entities.jsonl").write_text("".join(f"{line}\n" for line in entities(account)))
        with tarfile.open(FOLDER / f"{STORE}.tar.xz", "w:xz", preset=9) as tar:
            for file in sorted(path for path in state.rglob("*") if path.is_file() and _is_kept(path.name)):
                tar.add(file, str(file.relative_to(state)), filter=_nobodys)
    told = {"made_at": made_at.isoformat(), "trips": maker.trips, "views": maker.views}
    told |= {"conversations": maker.conversations, "turns": maker.turns}
    (FOLDER / f"{STORE}.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def _is_kept(name: str) -> bool:
    """SQLite makes the index of a WAL file anew; it is laid out as this machine needs it."""
    return name != "hub.lock" and not name.endswith("-shm")


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the user's name."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    main()
