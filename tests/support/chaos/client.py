"""A client of an app that may die at any moment: every request is repeated until it is answered.

Whenever the process is found dead it is started again, on the same state and without a plan to die once more.
"""

import json
import secrets
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from http.client import HTTPException
from pathlib import Path
from typing import Any

from devhost.testing import Answer, RunningHost
from settings import Settings
from support.chaos.points import Plan

ROOT = Path(__file__).resolve().parents[3]
APP = ROOT / "tests" / "chaos" / "app"
PATIENCE = 40.0
BASE: Mapping[str, str] = {
    **{name.upper(): "" for name in Settings.model_fields},
    "CHAT_WAIT_SECONDS": "0.15",
    "KEY_LEASE_SECONDS": "0.4",
    "SUPPLIER_TIMEOUT_SECONDS": "0.4",
    "COMPENSATION_ATTEMPTS": "2",
    "RECONCILE_AFTER_SECONDS": "30",
}
AT_REST = ("confirmed", "partly_confirmed", "cancelled", "failed", "needs_attention", "waiting")


class ChaosError(AssertionError):
    """A promise was broken, or the app did not come to rest."""


@dataclass
class KillableApp:
    """One installation: its process, its state, and what is to happen in it."""

    settings: Settings
    host: RunningHost
    deaths: int = 0
    plan: Plan = field(default_factory=Plan)
    _runs: int = 0

    def tell(self, plan: Plan) -> None:
        """From now on this happens; all counts begin anew."""
        for name in ("met", "paused", "go"):
            (self.plan_file.parent / name).unlink(missing_ok=True)
        self._runs += 1
        self._write(replace(plan, run=self._runs))

    def change_plan(self, plan: Plan) -> None:
        """From now on this happens; a death that is still to come stays as it was, and no count begins anew."""
        self._write(plan)

    @property
    def plan_file(self) -> Path:
        return self.settings.state_dir / "chaos" / "plan"

    @property
    def moved(self) -> float:
        """When the app last wrote something; 0 if it never did."""
        file = self.plan_file.parent / "moved"
        return file.stat().st_mtime if file.exists() else 0.0

    def request(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, patience: float = 20
    ) -> Answer:
        """One answer, however often the process dies before it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self.host.request(method, path, body, headers, patience)
            except (OSError, HTTPException):
                self.revive()
                if time.monotonic() > deadline:
                    raise

    def revive(self) -> None:
        """Start the process again if it is dead."""
        process: subprocess.Popen[str] = self.host._running()  # pyright: ignore[reportPrivateUsage]
        try:
            process.wait(0.3)
        except subprocess.TimeoutExpired:
            return
        self.deaths += 1
        self.host.wait_end()
        self._write(replace(self.plan, kill=None))
        self.host.start()

    def met(self) -> list[tuple[str, int]]:
        """The points that were recorded."""
        file = self.plan_file.parent / "met"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(label, count) for label, count in map(json.loads, lines)]

    def _write(self, plan: Plan) -> None:
        self.plan = plan
        fresh = self.plan_file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(plan)))
        fresh.replace(self.plan_file)


@contextmanager
def running_house(folder: Path, settings: Mapping[str, str]) -> Generator[KillableApp]:
    """The app with these settings, until the block ends."""
    plan_file = folder / "chaos" / "plan"
    plan_file.parent.mkdir(parents=True)
    env = {**BASE, **settings, "STATE_DIR": str(folder), "CHAOS_PLAN": str(plan_file)}
    house = KillableApp(
        Settings.from_environ(env), RunningHost(APP, folder / "host", env=env, host_json=ROOT / "host.json")
    )
    house.tell(Plan())
    house.host.start()
    try:
        yield house
    finally:
        if house.host.started:
            house.host.kill()


class Traveller:
    """Somebody who wants one trip, and asks until there is an answer."""

    def __init__(self, house: KillableApp) -> None:
        self.house = house
        self.key = secrets.token_hex(8)
        self.body: dict[str, Any] = {}
        self.trip = ""

    def asks(self, message: str, **options: Any) -> str:
        """Post until the trip has its row; its id."""
        self.body = {"message": message, **({"options": options} if options else {})}
        deadline = time.monotonic() + PATIENCE
        while not self.trip:
            trips = self._post()["trips"]
            self.trip = trips[0]["id"] if trips else ""
            if time.monotonic() > deadline:
                raise ChaosError(f"the turn never got its trip; the host wrote:\n{self.house.host.logs[-4000:]}")
        return self.trip

    def rests(self, *, then: Sequence[str] = AT_REST) -> str:
        """Wait until the trip has ended, parked or waits; its status."""
        deadline = time.monotonic() + PATIENCE
        while True:
            status = self.view()["status"]
            if status in then:
                return status
            if time.monotonic() > deadline:
                raise ChaosError(f"{self.trip} is still {status}; the host wrote:\n{self.house.host.logs[-6000:]}")
            time.sleep(0.03)

    def view(self) -> Any:
        answer = self.house.request("GET", f"/api/travel-status/{self.trip}")
        if answer.status != 200:
            raise ChaosError(f"the status of {self.trip}: {answer.status} {answer.text}")
        return answer.json()

    def is_answered(self) -> Any:
        """Post until the turn is done; the same answer twice."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = self._post(done=True)
            if found:
                return found
            if time.monotonic() > deadline:
                raise ChaosError(f"the turn of {self.trip} is not answered:\n{self.house.host.logs[-6000:]}")

    def instances(self) -> list[str]:
        """The orchestrations that live in the installation, of which this trip is the only one under way."""
        found = self.house.request("GET", "/runtime/webhooks/durabletask/instances").json()
        alive = ("Pending", "Running", "Suspended")
        return [each["instanceId"] for each in found if each["runtimeStatus"] in alive]

    def pauses(self) -> None:
        """Wait until the app stands at the plan's pause, or the trip is over without having come there."""
        deadline = time.monotonic() + PATIENCE
        while not (self.house.plan_file.parent / "paused").exists():
            if self.view()["status"] in AT_REST or time.monotonic() > deadline:
                return
            time.sleep(0.01)

    def goes_on(self) -> None:
        (self.house.plan_file.parent / "go").touch()

    def sends(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """A command about the trip, until it is answered."""
        deadline = time.monotonic() + PATIENCE
        while True:
            got = self.house.request(method, path, body, headers)
            if got.status != 503 or time.monotonic() > deadline:
                return got
            time.sleep(0.05)

    def _post(self, *, done: bool = False) -> Any:
        got = self.house.request("POST", "/api/chat", self.body, {"Idempotency-Key": self.key})
        if got.status not in (200, 202, 500, 503):
            raise ChaosError(f"{got.status} {got.text}")
        if got.status in (500, 503):
            time.sleep(0.05)
            return None if done else {"trips": []}
        return got.json() if not done or got.status == 200 else None
