"""The whole app on the development host, in a process of its own, spoken to over HTTP like any client does."""

import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support_waiting import until

from devhost.testing import Answer, RunningHost, running_host
from settings import Settings

ROOT = Path(__file__).resolve().parents[2]
NOTHING_SET = {name.upper(): "" for name in Settings.model_fields}
CALM = {name.upper(): "0" for name in Settings.model_fields if name.startswith("sim_") and name != "sim_seed"}
PARIS = "I need a trip to Paris for 5 nights"
TOKYO = "Just get me a flight to Tokyo"


@dataclass(frozen=True)
class App:
    """A running app and its state."""

    host: RunningHost
    state: Path

    def post(
        self, message: str, key: str | None = None, conversation: str | None = None, timeout: float = 60
    ) -> Answer:
        body = {"message": message} | ({"conversation_id": conversation} if conversation else {})
        headers = {"Idempotency-Key": key} if key else {}
        return self.host.request("POST", "/api/chat", body, headers, timeout)

    def chat(self, message: str, key: str | None = None, conversation: str | None = None) -> Any:
        """The body of a 200."""
        got = self.post(message, key, conversation)
        assert got.status == 200, f"{got.status} {got.text}"
        return got.json()

    def finished(self, message: str, key: str) -> Any:
        """The body of the 200 that repeated posts under a key end in."""

        def final() -> Any:
            got = self.post(message, key)
            assert got.status in (200, 202), f"{got.status} {got.text}"
            return got.json() if got.status == 200 else None

        return until(final)

    def get(self, path: str) -> Any:
        """The body of a 200."""
        got = self.host.request("GET", path)
        assert got.status == 200, f"{got.status} {got.text}"
        return got.json()

    def trip(self, answer: Any) -> Any:
        """The status of the only trip that an answer lists."""
        [link] = answer["trips"]
        return self.get(link["status_url"])

    def audit(self) -> None:
        """Pass if ledger and suppliers' books agree."""
        command = [sys.executable, "-m", "scripts.audit", "--state-dir", str(self.state)]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stdout + told.stderr


@contextmanager
def running_app(state: Path, dials: Mapping[str, str] = CALM, **settings: str) -> Generator[App]:
    """The app with suppliers that never refuse, unless told otherwise; upper-case keywords are its settings."""
    environment = NOTHING_SET | {"STATE_DIR": str(state)} | dict(dials) | settings
    with running_host(ROOT, state_dir=state, env=environment) as host:
        yield App(host, state)
