"""An installation that can be stopped, given one of its files as it was earlier, and started again.

Travellers chat through the API's own turns and commands, so that conversations, keys and trip ids come again as they do
after a restored backup. What the durable host keeps is in memory and is not restored here.
"""

import asyncio
import hashlib
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.background.reconciler import Reconciler
from api.chat.turns import Turns
from api.trips.requests import ChangeRequest
from domain.conversation.turn import Turn
from stores.conversations import Post
from support.orchestrations.installation import MemoryInstallation
from support.orchestrations.services import RealActivities

FILES = {
    "ledger": "ledger.db",
    "airline": "suppliers/airline.db",
    "hotel": "suppliers/hotel.db",
    "car_hire": "suppliers/car_hire.db",
    "payments": "suppliers/payments.db",
}
"""The files of an installation's state folder, besides the durable host's own."""
_MOST_STEPS = 4_000
_ROUNDS = 12
_REST = timedelta(minutes=6)


class Installation(MemoryInstallation):
    """A house with travellers who chat."""

    def __init__(self, state_dir: Path, activities: RealActivities) -> None:
        # The audit goes by the real time.
        super().__init__(state_dir, activities, now=datetime.now(UTC), chats=True)

    def post(self, message: str, key: str) -> Turn:
        """Post a message of the conversation. Raise `ApiProblem` as the API does."""
        digest = hashlib.sha256(message.encode()).hexdigest()
        turns = Turns(self.api_services().stores, self.durable, self.clock)
        return asyncio.run(turns.post(Post(message, "holidays", key, digest, self.clock()), seconds=0))

    def cancels(self, trip: str) -> None:
        self.ask_api(lambda api: api.cancel(trip))

    def changes(self, trip: str, nights: int) -> None:
        self.ask_api(lambda api: api.change(trip, ChangeRequest(component="hotel", units=nights, day=None)))

    def work(self, steps: int | None = None) -> None:
        """Go on for so many steps of the host, or until nothing moves."""
        self.go_on(_MOST_STEPS if steps is None else steps)
        if steps is None and self.host.busy:
            # No `Exception`, so that nothing of the app takes it for a fault.
            pytest.fail(f"the orchestrations still go on after {_MOST_STEPS} steps: {self.host.living()}")

    def settle_all(self) -> None:
        """Go on with a reconciler that looks now and then, until every trip has ended or parked, or long enough."""
        for _ in range(_ROUNDS):
            self.work()
            asyncio.run(Reconciler(self.api_services(), self.durable).run())
            self.work()
            if not any(self.is_overdue(row.id) for row in self.ledger.trips()):
                return
            # The reconciler waits longer and longer between two recoveries of a trip.
            self.clock.move(_REST)

    def back_up(self, folder: Path) -> None:
        """Copy each file as SQLite backs it up, also while it is written to."""
        folder.mkdir(parents=True)
        for name, path in FILES.items():
            if (self.state_dir / path).exists():
                with (
                    closing(sqlite3.connect(self.state_dir / path)) as source,
                    closing(sqlite3.connect(folder / name)) as copy,
                ):
                    source.backup(copy)

    def restore(self, name: str, folder: Path) -> None:
        """Stop the app, put one file back, and start it again; a file that was not there yet is taken away."""
        # Their connections close with them, before the file below is another one.
        del self.ledger, self.services
        put_back(self.state_dir / FILES[name], folder / name)
        self.open_all()


def put_back(file: Path, copy: Path) -> None:
    """Have the file as the copy is, without what SQLite keeps beside it; a file that was not copied is taken away."""
    for end in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + end).unlink(missing_ok=True)
    if copy.exists():
        shutil.copy(copy, file)
