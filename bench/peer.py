"""The interface of a column that can be measured. Standard library only."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.work import Value


class Peer(ABC):
    """One system under test, with its state in `folder`. Works are named `chain`, `fan`, `trip`, `nap`, `slow_chain`.

    `ledger` is the file to which each activity of `slow_chain` appends a line.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = folder / "ledger.txt"

    @abstractmethod
    async def start(self) -> None:
        """Start on the state folder, new or left by a kill; work is accepted when this returns."""

    @abstractmethod
    async def stop(self) -> None:
        """End all processes."""

    @abstractmethod
    def pids(self) -> Sequence[int]:
        """Return the processes whose memory and processor time are the column's."""

    @abstractmethod
    async def run(self, work: str, instance: str, value: Value) -> Any:
        """Start the work under this id and wait for its answer."""

    async def kill(self) -> None:
        """Kill all processes with SIGKILL."""
        raise NotImplementedError

    async def begin(self, work: str, instance: str, value: Value) -> None:
        """Start the work; it is as durable as it gets when this returns."""
        raise NotImplementedError

    async def result(self, work: str, instance: str) -> Any:
        """Wait for the answer of work begun before."""
        raise NotImplementedError

    async def make_counter(self, key: str, goal: int) -> None:
        """Make the counter `key`, which will count to `goal`. Most peers make it at its first signal."""
        return

    async def signal(self, key: str) -> None:
        """Send "add one" to the counter `key`, without waiting for its effect."""
        raise NotImplementedError

    async def counted(self, key: str, goal: int) -> None:
        """Wait until the counter has counted `goal`."""
        raise NotImplementedError
