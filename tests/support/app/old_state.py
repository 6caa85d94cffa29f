"""Installations that an older version of the app left behind: unpacked, and served as of a day that a test names."""

import base64
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from devhost.testing import running_host
from domain.trip.status import trip_view
from settings import Settings
from stores.opening import open_stores
from support.app.running import CALM, NOTHING_SET, ROOT, App

FOLDER = ROOT / "tests" / "old_state"
AUDIT = "scripts.audit"
"""The module that audits an installation from the command line."""
_TICKS_PER_SECOND = 10_000_000
_BATCH = 100


@dataclass(frozen=True)
class OldState:
    """A copy of an old installation; `notes` is what its maker wrote down about it."""

    state: Path
    notes: Mapping[str, Any]
    environment: Mapping[str, str]

    @property
    def settings(self) -> Settings:
        return Settings.from_environ(self.environment)

    @property
    def trips(self) -> Mapping[str, str]:
        """The ids of its trips by name."""
        return self.notes["trips"]

    @property
    def views(self) -> Mapping[str, Any]:
        """The answers of the old code about each trip, just before it was killed."""
        return self.notes["views"]

    @property
    def made_at(self) -> datetime:
        """The moment at which its process was killed."""
        return datetime.fromisoformat(self.notes["made_at"])

    @contextmanager
    def running(self, at: datetime, **settings: str) -> Generator[App]:
        """The app of today on this state, its clocks and the host's beginning at that moment."""
        shift = at - datetime.now(UTC)
        _shift_hub(self.state / "hub.db", shift)
        env = {**NOTHING_SET, **CALM, "KEY_LEASE_SECONDS": "3", **self.environment, **settings}
        env |= {"CLOCK_SHIFT_SECONDS": str(shift.total_seconds())}
        folder = FOLDER / "at_another_time"
        with running_host(folder, state_dir=self.state, env=env, host_json=ROOT / "host.json") as host:
            yield App(host, self.state)

    def audit(self) -> None:
        """Pass if the audit that operators run finds nothing wrong."""
        command = [sys.executable, "-m", AUDIT, "--state-dir", str(self.state)]
        env = {**os.environ, **NOTHING_SET, **self.environment}
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr


def unpacked(folder: Path) -> OldState:
    """The installation on SQLite, in that folder."""
    _extract("sqlite", folder)
    return OldState(folder, _notes("sqlite"), {"STATE_DIR": str(folder)})


def unpacked_to_tables(folder: Path, account: str, prefix: str) -> OldState:
    """The installation on tables: its entities in that account, its hub in that folder."""
    _extract("tables", folder)
    _restore(folder / "entities.jsonl", account, prefix)
    environment = {
        "STATE_DIR": str(folder),
        "STORE": "tables",
        "TABLES_CONNECTION_STRING": account,
        "TABLES_PREFIX": prefix,
    }
    return OldState(folder, _notes("tables"), environment)


NOT_PAID_BACK: Mapping[str, int] = {"written_off": 35_100}
"""Minor units of refunds that a person wrote off: the old code left them out of the trip's total, as if paid back."""


def check_views(old: OldState) -> None:
    """Pass if each trip is shown as the old code showed it, but for texts and for what was never paid back."""
    ledger = open_stores(old.settings).ledger
    for name, trip in old.trips.items():
        row = ledger.trip(trip)
        assert row, f"{trip} is not in the ledger"
        view = trip_view(row, ledger.entries(trip), ledger.commands(trip))
        shown = json.loads(view.model_dump_json())
        shown["total"]["minor"] -= NOT_PAID_BACK.get(name, 0)
        assert _outlines(shown) == _outlines(old.views[name]), name


def _outlines(view: Any) -> tuple[Any, ...]:
    bookings = [(booking["kind"], booking["confirmation"], booking["status"]) for booking in view["bookings"]]
    total = (view["total"]["currency"], view["total"]["minor"])
    return view["kind"], view["status"], total, bookings, (view["error"] or {}).get("code")


def _extract(store: str, folder: Path) -> None:
    with tarfile.open(FOLDER / f"{store}.tar.xz") as tar:
        tar.extractall(folder, filter="data")


def _notes(store: str) -> Mapping[str, Any]:
    return json.loads((FOLDER / f"{store}.json").read_text())


def _shift_hub(hub: Path, shift: timedelta) -> None:
    """Set the host's clock as its own tests do, by the offset that the hub keeps."""
    # The host has its own clock beside the app's, and both must show the same day.
    ticks = int(shift.total_seconds() * _TICKS_PER_SECOND)
    with closing(sqlite3.connect(hub)) as connection, connection:
        connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('clock_offset', ?)", (ticks,))


def _restore(lines: Path, account: str, prefix: str) -> None:
    from azure.data.tables import TableServiceClient

    partitions: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in lines.read_text().splitlines():
        row = json.loads(line)
        entity = {name: _typed(value) for name, value in row["entity"].items()}
        partitions.setdefault((row["table"], entity["PartitionKey"]), []).append(entity)
    with TableServiceClient.from_connection_string(account) as service:
        for (table, _), entities in partitions.items():
            client = service.create_table_if_not_exists(f"{prefix}{table}")
            # The service takes at most so many entities of one partition at once.
            for start in range(0, len(entities), _BATCH):
                client.submit_transaction([("create", entity) for entity in entities[start : start + _BATCH]])


def _typed(value: Any) -> Any:
    return base64.b64decode(value["Edm.Binary"]) if isinstance(value, dict) else value
