"""The option `--watch`: restart the host when a file of the app changes."""

import asyncio
import importlib.util
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from devhost.config import StartError
from devhost.logs import log

if TYPE_CHECKING:
    from watchfiles import DefaultFilter

# Seconds until the watcher sees changes; earlier ones are found by their file times.
_SETTLING = 0.5


@dataclass(frozen=True)
class Watch:
    """The command, folder and environment of this process, with which it can be started again.

    `launcher` are the arguments of Python before those of the host: `-m devhost`, or the path of its script.
    """

    folder: Path
    launcher: Sequence[str]
    arguments: Sequence[str]
    environment: dict[str, str]
    since: float

    def restart(self, changed: Path, port: int | None = None) -> NoReturn:
        """Replace the process by a new one, on `port` if there is one. The state stays in its folder."""
        log.info("%s has changed, starting anew", changed)
        sys.stdout.flush()
        sys.stderr.flush()
        os.chdir(self.folder)
        arguments = [sys.executable, *self.launcher, *self.arguments]
        address = [] if port is None else ["--port", str(port)]
        if arguments[-2:] != address:
            arguments += address
        os.execve(sys.executable, arguments, self.environment)  # noqa: S606 - our own command line

    def wait_after_failure(self, app: Path, state: Path) -> NoReturn:
        """Wait for a change of an app that could not be started, then restart."""
        log.info("Waiting for a change in %s", app)
        self.restart(asyncio.run(wait_for_change(app, state, self.since)))


def this_command(arguments: Sequence[str]) -> Watch:
    """Return the present process, before it changes its folder and environment. Raises StartError."""
    if importlib.util.find_spec("watchfiles") is None:
        raise StartError("--watch needs the package watchfiles: pip install watchfiles (or durable-devhost[watch]).")
    launcher = sys.orig_argv[1 : len(sys.orig_argv) - len(arguments)]
    return Watch(
        Path.cwd(),
        launcher,
        arguments,
        dict(os.environ),
        time.time(),
    )


async def wait_for_change(app: Path, state: Path, since: float) -> Path:
    """Wait until a Python or JSON file of the app, outside the state folder, changes after the time `since`."""
    from watchfiles import PythonFilter  # only --watch needs the package

    files = PythonFilter(ignore_paths=[state], extra_extensions=[".json"])
    change = asyncio.create_task(_first_change(app, files))
    await asyncio.wait([change], timeout=_SETTLING)
    early = None if change.done() else await asyncio.to_thread(_changed_since, app, files, since)
    if early is not None:
        change.cancel()
        return early
    return await change


async def _first_change(app: Path, files: "DefaultFilter") -> Path:
    from watchfiles import awatch

    async for changes in awatch(app, watch_filter=files):
        return Path(min(path for _, path in changes))
    raise asyncio.CancelledError


def _changed_since(app: Path, watched: "DefaultFilter", since: float) -> Path | None:
    """Return a file that changed before the watcher was ready."""
    from watchfiles import Change

    for folder, folders, files in os.walk(app):
        folders[:] = [name for name in folders if name not in watched.ignore_dirs]
        for path in (Path(folder, name) for name in files):
            if watched(Change.modified, str(path)) and path.stat().st_mtime > since:
                return path
    return None
