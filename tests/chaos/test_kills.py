"""`kill -9` at random moments: every trip ends, the books balance, nothing is booked or charged twice."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from settings import Settings
from support.app.running import PARIS, TOKYO, App, running_app
from support.chaos.runs import SEED
from support.orchestrations.invariant import broken

PATIENCE = 300.0
ENDED = {"confirmed", "failed"}
FAULTS = {"SIM_FAULT": "0.2", "SIM_LOST_ANSWER": "0.2"}


def run(state: Path, trips: int, kills: int, dials: dict[str, str], ends: set[str]) -> None:
    draw = random.Random(SEED)
    dials = {"SIM_LATENCY_MS": "30", "SIM_SEED": str(SEED)} | dials
    with running_app(state, dials, CHAT_WAIT_SECONDS="5") as app:
        booking, given_up = threading.Event(), threading.Event()
        messages = {f"chaos-{n}": draw.choice((PARIS, PARIS, TOKYO)) for n in range(trips)}
        with ThreadPoolExecutor(trips) as pool:
            posted = [pool.submit(_book, app, message, key, booking, given_up) for key, message in messages.items()]
            try:
                booking.wait(PATIENCE)
                for _ in range(kills):
                    # The random moment itself, not a wait for anything.
                    time.sleep(draw.uniform(0.05, 0.6))
                    app.host.restart(kill=True)
                bodies: list[Any] = [future.result(PATIENCE) for future in posted]
            finally:
                given_up.set()
        statuses = [_settled(app.trip(body), ends) for body in bodies]
        repeats = [app.finished(message, key) for key, message in messages.items()]
        assert repeats == bodies
        assert len({body["trips"][0]["id"] for body in bodies}) == trips
        app.audit()
        assert broken(Settings.from_environ({"STATE_DIR": str(state)})) == []
        print({status: statuses.count(status) for status in set(statuses)}, f"{kills} kills")


def _book(app: App, message: str, key: str, booking: threading.Event, given_up: threading.Event) -> Any:
    """Post until the response is final, whatever happens to the host in between."""
    while not given_up.is_set():
        try:
            booking.set()
            response = app.post(message, key)
        except (OSError, HTTPException):
            time.sleep(0.05)
            continue
        if response.status == 200:
            return response.json()
        assert response.status in (202, 503), f"{response.status} {response.text}"
        time.sleep(0.05)
    raise TimeoutError(f"{key} did not end in time")


def _settled(trip: Any, ends: set[str]) -> str:
    assert trip["status"] in ends, trip
    return trip["status"]


@pytest.mark.slow
@pytest.mark.parametrize("dials", [{}, FAULTS], ids=["calm", "faults"])
def test_trips_outlive_five_kills(tmp_path: Path, dials: dict[str, str]) -> None:
    run(tmp_path, trips=10, kills=5, dials=dials, ends=ENDED if not dials else ENDED | {"needs_attention"})


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("dials", [{}, FAULTS], ids=["calm", "faults"])
def test_50_trips_outlive_twenty_kills(tmp_path: Path, dials: dict[str, str]) -> None:
    run(tmp_path, trips=50, kills=20, dials=dials, ends=ENDED if not dials else ENDED | {"needs_attention"})
