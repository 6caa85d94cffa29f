"""A client of an app that may die at any moment: every request is repeated until it is answered.

Whenever the process is found dead it is started again, on the same state and without a plan to die once more.
"""

import json
import secrets
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from http.client import HTTPException
from pathlib import Path
from typing import Any, TypeVar

from devhost.testing import Answer, RunningHost
from settings import Settings
from support.app.running import HUB, NOTHING_SET, ROOT
from support.chaos.points import Plan
from support.waiting import until

PATIENCE = 40.0
_BASE: Mapping[str, str] = {
    **NOTHING_SET,
    "CHAT_WAIT_SECONDS": "0.15",
    "KEY_LEASE_SECONDS": "0.4",
    "SUPPLIER_TIMEOUT_SECONDS": "0.4",
    "COMPENSATION_ATTEMPTS": "2",
    "RECONCILE_AFTER_SECONDS": "30",
}
_AT_REST = ("confirmed", "partly_confirmed", "cancelled", "failed", "needs_attention", "waiting")
_T = TypeVar("_T")


@dataclass
class KillableApp:
    """One installation: its process, its state, and what is to happen in it."""

    settings: Settings
    host: RunningHost
    deaths: int = 0
    plan: Plan = field(default_factory=Plan)
    _runs: int = 0

    def tell(self, plan: Plan) -> None:
        """Let this happen from now on; all counts begin anew."""
        for name in ("met", "paused", "go"):
            (self.folder / name).unlink(missing_ok=True)
        self._runs += 1
        self.change_plan(replace(plan, run=self._runs))

    def change_plan(self, plan: Plan) -> None:
        """Let this happen from now on; a death that is still to come stays as it was, and no count begins anew."""
        self.plan = plan
        # Replaced, not written in place: the process may be reading it at this moment.
        fresh = self.folder / "plan.new"
        fresh.write_text(json.dumps(asdict(plan)))
        fresh.replace(self.folder / "plan")

    @property
    def folder(self) -> Path:
        """Return the folder of the files by which the process and its tests speak to each other."""
        return self.settings.state_dir / "chaos"

    @property
    def moved(self) -> float:
        """Return when the app last wrote something; 0 if it never did."""
        file = self.folder / "moved"
        return file.stat().st_mtime if file.exists() else 0.0

    def request(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Return one response, however often the process dies before it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self.host.request(method, path, body, headers, 20)
            except (OSError, HTTPException):
                self.revive()
                if time.monotonic() > deadline:
                    raise

    def revive(self) -> None:
        """Start the process again if it is dead."""
        process: subprocess.Popen[str] = self.host._running()  # pyright: ignore[reportPrivateUsage]
        try:
            # A process that was killed is not seen as dead at once.
            process.wait(0.3)
        except subprocess.TimeoutExpired:
            return
        self.deaths += 1
        self.host.wait_end()
        # The count of points begins anew in the new process, which would die at the same one again.
        self.change_plan(replace(self.plan, kill=None))
        self.host.start()

    def met(self) -> list[tuple[str, int]]:
        """Return the points that were recorded."""
        file = self.folder / "met"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(label, count) for label, count in map(json.loads, lines)]


@contextmanager
def killable_app(folder: Path, settings: Mapping[str, str]) -> Generator[KillableApp]:
    """Run the app with these settings, until the block ends."""
    (folder / "chaos").mkdir(parents=True)
    env = {**_BASE, **settings, "STATE_DIR": str(folder), "CHAOS_PLAN": str(folder / "chaos" / "plan")}
    app_dir = ROOT / "tests" / "chaos" / "app"
    host = RunningHost(app_dir, folder / "host", env=env, host_json=ROOT / "host.json")
    app = KillableApp(Settings.from_environ(env), host)
    app.tell(Plan())
    host.start()
    try:
        yield app
    finally:
        if host.started:
            host.kill()


class Traveller:
    """Somebody who wants one trip, and asks until there is a response."""

    def __init__(self, app: KillableApp) -> None:
        self.app = app
        self.key = secrets.token_hex(8)
        self.body: dict[str, Any] = {}
        self.trip = ""

    def asks(self, message: str, **options: Any) -> None:
        """Post until the trip has its row."""
        self.body = {"message": message, **({"options": options} if options else {})}
        [trip, *_] = self._until(lambda: self._posted((200, 202)).get("trips"), "the turn never got its trip")
        self.trip = trip["id"]

    def rests(self, *, then: Sequence[str] = _AT_REST) -> str:
        """Wait until the trip has ended, parked or waits, and return its status."""
        seen: list[str] = []

        def at_rest() -> bool:
            seen[:] = [self.status()]
            return seen[0] in then

        self._until(at_rest, f"{self.trip} is none of {then}")
        return seen[0]

    def status(self) -> str:
        response = self.app.request("GET", f"/api/travel-status/{self.trip}")
        assert response.status == 200, f"the status of {self.trip}: {response.status} {response.text}"
        return response.json()["status"]

    def is_answered(self) -> None:
        """Post until the turn is done."""
        self._until(lambda: self._posted((200,)), f"the turn of {self.trip} is not answered")

    def instances(self) -> list[str]:
        """Return the orchestrations that are alive; in the installation no other trip is under way."""
        alive = ("Pending", "Running", "Suspended")
        rows = self.app.request("GET", HUB).json()
        return [row["instanceId"] for row in rows if row["runtimeStatus"] in alive]

    def pauses(self) -> None:
        """Wait until the app has come to the plan's pause, or the trip is over without having come there."""
        until(lambda: (self.app.folder / "paused").exists() or self.status() in _AT_REST, PATIENCE)

    def goes_on(self) -> None:
        (self.app.folder / "go").touch()

    def sends(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a command about the trip, until it is answered."""
        deadline = time.monotonic() + PATIENCE
        while True:
            response = self.app.request(method, path, body, headers)
            # 503 asks to come again: the store or a company has no answer yet.
            if response.status != 503 or time.monotonic() > deadline:
                return response
            time.sleep(0.05)

    def _posted(self, done: Sequence[int]) -> dict[str, Any]:
        """Post once, and return the body if the response has one of these statuses."""
        response = self.app.request("POST", "/api/chat", self.body, {"Idempotency-Key": self.key})
        assert response.status in (200, 202, 500, 503), f"{response.status} {response.text}"
        return response.json() if response.status in done else {}

    def _until(self, ask: Callable[[], _T | None], complaint: str) -> _T:
        try:
            return until(ask, PATIENCE, 0.03)
        except TimeoutError:
            raise AssertionError(f"{complaint}; the host wrote:\n{self.app.host.logs[-6000:]}") from None
