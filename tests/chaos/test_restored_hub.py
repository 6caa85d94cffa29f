"""The durable host's file put back to an earlier moment, over HTTP: the sagas go on from the ledger."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support.app.running import CALM, HUB, PARIS, TOKYO, App, running_app
from support.chaos.restore import put_back
from support.waiting import until

ROME = "Book me a hotel in Rome for 3 nights"
OSLO = "Just get me a flight to Oslo"
SLOW = CALM | {"SIM_LATENCY_MS": "100"}
ALIVE = ("Pending", "Running", "Suspended")
POSTS: Mapping[str, str] = {"flying": PARIS, "later": TOKYO, "last": ROME}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_older_hub_changes_no_trip_and_every_trip_comes_to_its_end(tmp_path: Path) -> None:
    """Put back a hub whose backup was made while one trip was at work.

    That trip is cancelled after the backup, a second one begins and ends after it, and a third is at work at the kill.
    """
    hub, copy = tmp_path / "hub.db", tmp_path / "hub.backup"
    with running_app(tmp_path, SLOW, CHAT_WAIT_SECONDS="0") as app:
        trips = {"flying": _begun(app, "flying")}
        with closing(sqlite3.connect(hub)) as source, closing(sqlite3.connect(copy)) as kept:
            source.backup(kept)
        assert app.settled(trips["flying"])["status"] == "confirmed"
        trips["later"] = _begun(app, "later")
        assert app.settled(trips["later"])["status"] == "confirmed"
        assert app.cancel(trips["flying"]).status == 202
        assert app.becomes(trips["flying"], "cancelled")
        trips["last"] = _begun(app, "last")
        app.host.kill()
        put_back(hub, copy)
        app.host.start()
        ends = {name: app.reconciled(trip)["status"] for name, trip in trips.items()}
        assert (ends["flying"], ends["later"]) == ("cancelled", "confirmed")
        assert ends["last"] in ("confirmed", "failed"), "taken over before its pivot it is undone, else finished"
        until(lambda: not _alive(app))
        for name, message in POSTS.items():
            body = until(lambda name=name, message=message: _answered(app, name, message))
            assert [link["id"] for link in body["trips"]] == [trips[name]]
        other = app.post(OSLO, key="later", conversation="later")
        assert (other.status, other.json()["code"]) == (422, "idempotency_mismatch")
        app.audit()


def _begun(app: App, name: str) -> str:
    return app.begun(POSTS[name], key=name, conversation=name)


def _answered(app: App, name: str, message: str) -> Any:
    response = app.post(message, key=name, conversation=name)
    assert response.status in (200, 202), f"{response.status} {response.text}"
    return response.json() if response.status == 200 else None


def _alive(app: App) -> list[str]:
    return [instance["instanceId"] for instance in app.get(HUB) if instance["runtimeStatus"] in ALIVE]
