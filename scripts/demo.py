"""Show the app's main promises in a terminal: a trip booked, a trip undone, a trip that outlives a `kill -9`.

`python -m scripts.demo` starts the app on the development host, with its state in a temporary folder. It exits 0 when
all three trips ended as they should and the audit found the books in balance after each.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.app_settings import ROOT
from scripts.demo_client import DemoClient
from scripts.demo_screen import Screen
from scripts.run import DIALS
from settings import Settings

TIMEOUT_SECONDS = 120.0
# The next host waits until the leases of the killed one have run out: two seconds instead of fifteen.
ENVIRONMENT = (
    {name.upper(): "" for name in Settings.model_fields} | dict.fromkeys(DIALS, "0") | {"KEY_LEASE_SECONDS": "2"}
)
"""Variables that make the demo the same on every machine: offline, and with SQLite in its own folder."""


class DemoError(Exception):
    """A trip did not end as the demo promises."""


class DemoHost:
    """The app on the development host, in another process."""

    def __init__(self, state: Path, port: int, **dials: str) -> None:
        self._log = (state.parent / "host.log").open("a")
        command = [sys.executable, "-m", "scripts.run", "--port", str(port), "--state-dir", str(state)]
        environment = os.environ | ENVIRONMENT | dials
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=self._log, stderr=subprocess.STDOUT)
        self.client = DemoClient(f"http://127.0.0.1:{port}")
        try:
            self.client.wait_until_healthy(TIMEOUT_SECONDS, alive=lambda: self._process.poll() is None)
        except RuntimeError as error:
            self.kill()
            raise DemoError(str(error)) from error

    def kill(self) -> None:
        """Kill the process at once, as a power cut does: nothing is flushed."""
        self._process.kill()
        self._process.wait()
        self._log.close()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
        self._log.close()


@contextmanager
def running(state: Path, port: int, **dials: str) -> Generator[DemoClient]:
    host = DemoHost(state, port, **dials)
    try:
        yield host.client
    finally:
        host.stop()


def book(screen: Screen, state: Path, port: int) -> None:
    screen.title("1. A trip from one sentence")
    with running(state, port) as client:
        reply = say(screen, client, "I need a trip to Paris for 5 nights")
        expect(client.trip(reply), "confirmed", screen)
        audit(screen, state)


def undo(screen: Screen, state: Path, port: int) -> None:
    screen.title("2. The car is refused: what was booked is undone, in reverse")
    with running(state, port, SIM_REJECT_CAR="1") as client:
        reply = say(screen, client, "We'd like a week in Lisbon, flights, hotel and a car")
        trip = client.trip(reply)
        expect(trip, "failed", screen)
        for compensation in trip["compensations"]:
            screen.fact("undone", f"{compensation['confirmation']} {compensation['status']}")
        audit(screen, state)


def outlive(screen: Screen, state: Path, port: int) -> None:
    screen.title("3. The host is killed in the middle; the trip is not lost")
    key = "demo-kill"
    message = "Book me a trip to Kyoto for ten nights"
    # Suppliers are slow enough for the kill to fall between two bookings, and the post does not wait for the trip.
    host = DemoHost(state, port, SIM_LATENCY_MS="400", CHAT_WAIT_SECONDS="0")
    try:
        screen.person(message)
        reply = host.client.chat(message, key)
        trip = wait_for(lambda: partly_charged(host.client, reply, message, key))
    finally:
        host.kill()
    charged, bookings = len(captured(trip)), len(trip["bookings"])
    screen.note(
        f"kill -9 between two charges: {charged} of {bookings} bookings of {trip['id']} are paid, the others held"
    )
    audit(screen, state)
    with running(state, port, SIM_LATENCY_MS="20") as client:
        screen.note("the host runs again; the same post with the same key finds the same trip")
        reply = say(screen, client, message, key)
        finished = client.trip(reply)
        if finished["id"] != trip["id"]:
            raise DemoError(f"the repeat made another trip, {finished['id']}")
        expect(finished, "confirmed", screen)
        audit(screen, state)


def say(screen: Screen, client: DemoClient, message: str, key: str | None = None) -> dict[str, Any]:
    """Post one message and wait until its trips have ended."""
    screen.person(message)
    # All acts share one state, where the key of an earlier act would bring its reply again.
    key = key or f"demo-{time.time_ns()}"
    reply = wait_for(lambda: client.finished_chat(message, key))
    screen.app(reply["reply"])
    return reply


def partly_charged(client: DemoClient, reply: dict[str, Any], message: str, key: str) -> dict[str, Any] | None:
    """Return the trip once some of its bookings are charged and others are not yet, or else None."""
    if not reply["trips"]:
        reply.update(client.chat(message, key))
        return None
    trip = client.trip(reply)
    if len(captured(trip)) == len(trip["bookings"]):
        if trip["status"] != "running":
            raise DemoError(f"the trip was {trip['status']} before the host could be killed")
        return None
    return trip if captured(trip) else None


def captured(trip: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the bookings whose payment is charged."""
    charged: list[dict[str, Any]] = []
    for booking in trip["bookings"]:
        payment = booking["payment"] or {}
        if payment.get("status") == "captured":
            charged.append(booking)
    return charged


def wait_for(ask: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
    """Call `ask` until it returns something. Raise `DemoError` after `TIMEOUT_SECONDS`."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        result = ask()
        if result:
            return result
        time.sleep(0.05)
    raise DemoError(f"nothing happened for {TIMEOUT_SECONDS:.0f} s")


def expect(trip: dict[str, Any], status: str, screen: Screen) -> None:
    total = trip["total"]["minor"] / 100
    screen.fact(trip["id"], f"{trip['status']}, paid ${total:,.2f}")
    if trip["status"] != status:
        raise DemoError(f"the trip is {trip['status']}, not {status}")


def audit(screen: Screen, state: Path) -> None:
    # In a process of its own, so that it sees what is on disk and nothing that this process remembers.
    command = [sys.executable, "-m", "scripts.audit", "--state-dir", str(state)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | ENVIRONMENT, capture_output=True, text=True)
    screen.block("audit", done.stdout + done.stderr)
    if done.returncode:
        raise DemoError("the audit found a difference that nothing explains")


def free_port() -> int:
    # Another process may take it before the host does, but only in the moment between; the demo would say so.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main() -> int:
    screen = Screen(sys.stdout)
    with tempfile.TemporaryDirectory(prefix="travel-demo-") as folder:
        state, port = Path(folder) / "state", free_port()
        try:
            for act in (book, undo, outlive):
                act(screen, state, port)
        except DemoError as error:
            screen.note(f"This went wrong: {error}.")
            screen.block("host log", "\n".join((state.parent / "host.log").read_text().splitlines()[-30:]))
            return 1
    screen.note("All three ended as they should.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
