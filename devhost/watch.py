"""`--watch`: start the host anew when a file of the app changes."""

import asyncio
import importlib.util
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from devhost.config import StartError
from devhost.logs import log


@dataclass(frozen=True)
class Watch:
    """How this process was started, so that it can be replaced by one like it."""

    folder: Path
    arguments: Sequence[str]
    environment: dict[str, str]

    def start_anew(self, changed: Path, port: int | None = None) -> NoReturn:
        """Replace the process; the state stays where it is, and the address too if `port` is given."""
        log.info("%s has changed, starting anew", changed)
        sys.stdout.flush()
        sys.stderr.flush()
        os.chdir(self.folder)
        arguments = [sys.executable, "-m", "devhost", *self.arguments]
        arguments += [] if port is None else ["--port", str(port)]
        os.execve(sys.executable, arguments, self.environment)  # noqa: S606 - our own command line

    def wait_after_failure(self, app: Path, state: Path) -> NoReturn:
        """The app could not be started: wait for a change of its files, then start anew."""
        log.info("Waiting for a change in %s", app)
        self.start_anew(asyncio.run(wait_for_change(app, state)))


def this_command(arguments: Sequence[str]) -> Watch:
    """The present process, before it has changed its folder and environment. Raises StartError."""
    if importlib.util.find_spec("watchfiles") is None:
        raise StartError("--watch needs the package watchfiles: pip install watchfiles.")
    return Watch(Path.cwd(), arguments, dict(os.environ))


async def wait_for_change(app: Path, state: Path) -> Path:
    """Wait until a Python or JSON file of the app has changed; files of the state folder don't count."""
    from watchfiles import PythonFilter, awatch  # only --watch needs the package

    only = PythonFilter(ignore_paths=[state], extra_extensions=[".json"])
    async for changes in awatch(app, watch_filter=only):
        return Path(min(path for _, path in changes))
    raise asyncio.CancelledError
