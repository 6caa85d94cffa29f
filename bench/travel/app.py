"""The travel app on the dev host in another process, and trips booked by its chat over HTTP."""

import asyncio
import contextlib
import signal
import statistics
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.keepalive import KeepAliveClient
from bench.measure import Figures, WrongAnswerError
from bench.processes import ROOT, end, free_port, processor_seconds, spawn, until
from scripts.run import DIALS
from settings import Settings

MESSAGE = "I need a trip to Paris for 5 nights"
LONGEST = 90.0
"""Seconds that are waited for the number of trips that a measurement needs."""

AFTERWARDS = 0.3
"""Seconds that the app needs for what it does after a reply."""

# A developer's own settings are emptied, and the chat waits longer than a trip takes, so that its reply has the trip.
_CALM = {name.upper(): "" for name in Settings.model_fields} | dict.fromkeys(DIALS, "0") | {"CHAT_WAIT_SECONDS": "100"}


@dataclass(frozen=True)
class Booked:
    """A trip and the conversation that it was booked in."""

    trip: str
    conversation: str


class TravelApp:
    """Client of the running app. `pids` are the processes whose processor time is the trips'."""

    def __init__(self, client: KeepAliveClient, pids: list[int]) -> None:
        self._client = client
        self._pids = pids

    @property
    def pid(self) -> int:
        """The process of the app itself."""
        return self._pids[0]

    async def book_together(self, count: int) -> None:
        """Book that many trips at once, and wait until the app has done what it leaves for after its reply."""
        await asyncio.gather(*(self.book() for _ in range(count)))
        await asyncio.sleep(AFTERWARDS)

    async def book(self) -> Booked:
        """Book flight, hotel and car in a new conversation. Raise WrongAnswerError unless the trip is confirmed."""
        response = await self._client.request("POST", "/api/chat", {"message": MESSAGE})
        reply: Any = response.json()
        if response.status != 200 or [trip["status"] for trip in reply["trips"]] != ["confirmed"]:
            raise WrongAnswerError(
                f"the chat answered {response.status} {response.body[:300].decode(errors='replace')}"
            )
        return Booked(reply["trips"][0]["id"], reply["conversation_id"])

    async def loaded(self, in_flight: int, warm_up: float, window: float, least: int) -> Figures:
        """Book trips with `in_flight` of them all the time, and return the figures of those that end within the window.

        Warming up takes until as many have ended as are in flight. The window takes until as many again, and at least
        `least`, have ended, because trips that began together end together.
        """
        ends: list[tuple[float, float]] = []
        over = asyncio.Event()

        async def keep_booking() -> None:
            while not over.is_set():
                since = time.perf_counter()
                await self.book()
                now = time.perf_counter()
                ends.append((now, now - since))

        async def pass_by(seconds: float, count: int) -> None:
            async def ended() -> bool:
                return len(ends) >= count

            await asyncio.sleep(seconds)
            with contextlib.suppress(TimeoutError):
                await until(ended, LONGEST)

        async def watch() -> Figures:
            await pass_by(warm_up, in_flight)
            begin, before, first = time.perf_counter(), processor_seconds(self._pids), len(ends)
            await pass_by(window, first + max(least, in_flight))
            end, used = time.perf_counter(), processor_seconds(self._pids) - before
            over.set()
            took = sorted(took for at, took in ends if begin < at <= end)
            if not took:
                raise TimeoutError(f"no trip ended within {LONGEST:g} s")
            return {
                "per_second": len(took) / (end - begin),
                "median_ms": statistics.median(took) * 1e3,
                "p95_ms": took[int(len(took) * 0.95)] * 1e3,
                "processor_ms": used / len(took) * 1e3,
            }

        async with asyncio.TaskGroup() as group:
            figures = group.create_task(watch())
            for _ in range(in_flight):
                group.create_task(keep_booking())
        return figures.result()


@asynccontextmanager
async def running_app(
    folder: Path, env: Mapping[str, str], others: list[int], root: Path = ROOT
) -> AsyncGenerator[TravelApp]:
    """Run the app of the folder `root` with suppliers that never refuse and the offline model.

    Its state and log are in `folder`. `others` are processes that work for it, besides its own.
    """
    port = free_port()
    state = str(folder / "state")
    command = [sys.executable, "-m", "devhost", "start", "--app", str(root), "--port", str(port), "--state", state]
    log = folder / "host.log"
    process = spawn(command, log, {**_CALM, "STATE_DIR": state, **env}, root=root)
    client = KeepAliveClient(port)

    async def ready() -> bool:
        if process.poll() is not None:
            raise RuntimeError("the host ended: " + log.read_text(errors="replace")[-500:])
        return (await client.request("GET", "/api/health")).status == 200

    try:
        await until(ready, 60, 0.05)
        yield TravelApp(client, [process.pid, *others])
    finally:
        client.close()
        end(process, signal.SIGTERM, 15)
