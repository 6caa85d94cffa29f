"""A running host as a test fixture: a separate process on a free port, with its state in a temporary folder.

from devhost.testing import host_fixture, running_host

host = host_fixture("path/to/app")          # a pytest fixture with a RunningHost

with running_host("path/to/app") as host:   # or by hand
    host.request("POST", "/api/start")
    host.restart(kill=True)
"""

import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from devhost.management.control import TESTING_HEADER, TESTING_PATH, TESTING_SECRET

READY = "ready: "
Scope = Literal["session", "package", "module", "class", "function"]


class HostFailedError(Exception):
    """A host that did not start, or ended too early; the text holds its output."""


@dataclass(frozen=True)
class Answer:
    """One response; header names are in lower case, repeated ones joined by a comma."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class RunningHost:
    """A host process for one app. `start` again after `kill` or `stop` serves the same state at the same address."""

    def __init__(  # noqa: PLR0913 - the options of `running_host`
        self,
        app_dir: Path,
        state_dir: Path,
        *,
        env: Mapping[str, str] | None = None,
        strict: bool = True,
        host_json: Path | None = None,
        arguments: tuple[str, ...] = (),
    ) -> None:
        self.app_dir, self.state_dir = app_dir, state_dir
        self._secret = secrets.token_urlsafe(16)
        self._env = {**os.environ, "PYTHONUNBUFFERED": "1", TESTING_SECRET: self._secret, **(env or {})}
        self._arguments = ["--app", str(app_dir), "--state", str(state_dir), *arguments]
        self._arguments += ["--strict"] if strict else []
        self._arguments += ["--host-json", str(host_json)] if host_json else []
        self._process: subprocess.Popen[str] | None = None
        self._port = 0
        self._lines: list[str] = []
        self._output = threading.Condition()
        self._at_end = False
        self._reader: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address of the host, without a slash at its end."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def logs(self) -> str:
        """The whole output of the host, over all its starts."""
        with self._output:
            return "".join(self._lines)

    @property
    def started(self) -> bool:
        """True if there is a process to end, running or not."""
        return self._process is not None

    @property
    def pid(self) -> int:
        return self._running().pid

    def start(self, timeout: float = 30, *, fault: str | None = None) -> None:
        """Start the process and wait until it serves. Raises HostFailedError.

        `fault` names a point of `devhost.faults` (with `:n` for its n-th time) at which this start's process dies.
        """
        with self._output:
            before, self._at_end = len(self._lines), False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "devhost", "start", "--port", str(self._port), *self._arguments],
            # From here `python -m devhost` finds this copy, wherever the tests are run from.
            cwd=Path(__file__).parents[1],
            # The point belongs to this start only: the next one must get through.
            env={**self._env, **({"DEVHOST_FAULTS": fault} if fault else {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        try:
            self.wait_ready(timeout, since=before)
        except HostFailedError:
            self.kill()
            raise

    def wait_ready(self, timeout: float = 30, *, since: int = 0) -> None:
        """Wait until the host has printed that it serves. Raises HostFailedError."""
        line = self.wait_log(READY, timeout, since=since)
        self._port = int(line.rsplit(":", 1)[1])

    def wait_log(self, text: str, timeout: float = 30, *, since: int = 0) -> str:
        """Wait for a line that holds `text`, from line number `since` on, and return it. Raises HostFailedError."""

        def matching() -> str | None:
            return next((line for line in self._lines[since:] if text in line), None)

        with self._output:
            self._output.wait_for(lambda: matching() or self._at_end, timeout)
            line = matching()
        if line is None:
            raise HostFailedError(f"the host did not write {text!r}; it wrote:\n{self.logs}")
        return line

    def kill(self) -> None:
        """Kill the process as a crash would (SIGKILL)."""
        self._end(signal.SIGKILL, 10)

    def stop(self, timeout: float = 10) -> int:
        """Ask the process to end (SIGTERM), wait for it and return its exit status."""
        return self._end(signal.SIGTERM, timeout)

    def wait_end(self, timeout: float = 30) -> int:
        """Wait until the process has ended by itself (at a fault point, say) and return its exit status."""
        return self._end(None, timeout)

    def restart(self, *, kill: bool = False, timeout: float = 30, fault: str | None = None) -> None:
        """End the process, by SIGKILL if `kill`, and start it again on the same state and address."""
        if self._process is not None:
            self.kill() if kill else self.stop()
        self.start(timeout, fault=fault)

    def skip_to_next_timer(self) -> float | None:
        """Move the host's clock to the next durable timer; return the seconds skipped, None when no timer waits."""
        response = self.request("POST", f"{TESTING_PATH}/skip", headers={TESTING_HEADER: self._secret})
        if response.status != 200:
            raise HostFailedError(f"the host did not skip: {response.status} {response.text}")
        return response.json()["skipped"]

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30,
    ) -> Answer:
        """Send one request. `body` is sent unchanged if it is bytes, else as JSON. None is no body."""
        sent = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout)
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            received: dict[str, str] = {}
            for name, value in response.getheaders():
                key = name.lower()
                received[key] = f"{received[key]},{value}" if key in received else value
            return Answer(response.status, received, response.read())
        finally:
            connection.close()

    def _read(self, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            with self._output:
                self._lines.append(line)
                self._output.notify_all()
        with self._output:
            self._at_end = True
            self._output.notify_all()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise HostFailedError("the host is not running")
        return self._process

    def _end(self, number: signal.Signals | None, timeout: float) -> int:
        process = self._running()
        if number is not None:
            process.send_signal(number)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise HostFailedError(f"the host did not end within {timeout} s; it wrote:\n{self.logs}") from None
        # The last lines may still be on their way through the pipe.
        if self._reader is not None:
            self._reader.join()
        if process.stdout is not None:
            process.stdout.close()
        self._process = None
        return status


@contextmanager
def running_host(  # noqa: PLR0913 - each option is one of the command line
    app_dir: Path | str,
    *,
    state_dir: Path | str | None = None,
    env: Mapping[str, str] | None = None,
    strict: bool = True,
    host_json: Mapping[str, Any] | Path | str | None = None,
    arguments: tuple[str, ...] = (),
) -> Generator[RunningHost, None, None]:
    """Serve the app until the block ends.

    `state_dir` is kept if given, else temporary. `env` is added to the environment. `host_json`, an object or a file,
    replaces the app's host.json. `arguments` are further ones of the command line.
    """
    with tempfile.TemporaryDirectory(prefix="devhost-") as folder:
        if isinstance(host_json, Mapping):
            # The command line takes a file only.
            file = Path(folder) / "host.json"
            file.write_text(json.dumps(host_json))
            host_json = file
        host = RunningHost(
            Path(app_dir).resolve(),
            Path(state_dir).resolve() if state_dir else Path(folder) / "state",
            env=env,
            strict=strict,
            host_json=Path(host_json).resolve() if host_json else None,
            arguments=arguments,
        )
        try:
            host.start()
            yield host
        finally:
            if host.started:
                host.stop()


def host_fixture(app_dir: Path | str, *, scope: Scope = "module", **options: Any) -> Callable[..., Any]:
    """Make a pytest fixture with a RunningHost for the app; `options` are those of `running_host`."""
    import pytest  # a test tool: the host runs without it

    @pytest.fixture(scope=scope)
    def host() -> Generator[RunningHost, None, None]:
        with running_host(app_dir, **options) as running:
            yield running

    return host
