"""`--watch`: start the host anew when a file of the app changes."""

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

_SETTLING = 0.5


@dataclass(frozen=True)
class Watch:
    """How this process was started, so that it can be replaced by one like it."""

    folder: Path
    arguments: Sequence[str]
    environment: dict[str, str]
    since: float

    def start_anew(self, changed: Path, port: int | None = None) -> NoReturn:
        """Replace the process; the state stays where it is, and the address too if `port` is given."""
        log.info("%s has changed, starting anew", changed)
        sys.stdout.flush()
        sys.stderr.flush()
        os.chdir(self.folder)
        arguments = [sys.executable, "-m", "devhost", *self.arguments]
        address = [] if port is None else ["--port", str(port)]
        arguments += [] if arguments[-2:] == address else address
        os.execve(sys.executable, arguments, self.environment)  # noqa: S606 - our own command line

    def wait_after_failure(self, app: Path, state: Path) -> NoReturn:
        """The app could not be started: wait for a change of its files, then start anew."""
        log.info("Waiting for a change in %s", app)
        self.start_anew(asyncio.run(wait_for_change(app, state, self.since)))


def this_command(arguments: Sequence[str]) -> Watch:
    """The present process, before it has changed its folder and environment. Raises StartError."""
    if importlib.util.find_spec("watchfiles") is None:
        raise StartError("--watch needs the package watchfiles: pip install watchfiles.")
    return Watch(Path.cwd(), arguments, dict(os.environ), time.time())


async def wait_for_change(app: Path, state: Path, since: float) -> Path:
    """Wait until a Python or JSON file of the app changes after the time `since`; those of the state don't count."""
    from watchfiles import PythonFilter  # only --watch needs the package

    only = PythonFilter(ignore_paths=[state], extra_extensions=[".json"])
    told = asyncio.create_task(_first_change(app, only))
    await asyncio.wait([told], timeout=_SETTLING)
    if not told.done() and (early := await asyncio.to_thread(_changed_since, app, only, since)) is not None:
        told.cancel()
        return early
    return await told


async def _first_change(app: Path, only: "DefaultFilter") -> Path:
    from watchfiles import awatch

    async for changes in awatch(app, watch_filter=only):
        return Path(min(path for _, path in changes))
    raise asyncio.CancelledError


def _changed_since(app: Path, only: "DefaultFilter", since: float) -> Path | None:
    """A file that changed before anybody watched."""
    from watchfiles import Change

    for folder, folders, files in os.walk(app):
        folders[:] = [name for name in folders if name not in only.ignore_dirs]
        for path in (Path(folder, name) for name in files):
            if only(Change.modified, str(path)) and path.stat().st_mtime > since:
                return path
    return None
