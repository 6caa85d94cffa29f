"""A whole installation in memory that can be stopped, given one of its files as it was earlier, and started again.

Travellers chat through the API's own turns and commands, so that conversations, keys and trip ids come again as they do
after a restored backup. What the durable host keeps is in memory and is not restored here.
"""

import asyncio
import hashlib
import shutil
import sqlite3
from collections.abc import Coroutine
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from activities import attention
from activities.services import ActivityServices, open_services, serving
from api.background.reconciler import Reconciler
from api.chat.turns import Turns
from api.services import ApiServices
from api.trips.commands import Commands
from api.trips.requests import ChangeRequest
from domain.attention.decisions import Decision, DecisionOrder
from domain.conversation.turn import Turn
from domain.ids import decision_id
from domain.trip.records import TripRow
from stores.conversations import Post
from stores.opening import Stores, open_stores
from support.chaos.arena import MemoryDurable
from support.orchestrations.installation import MemoryInstallation
from support.orchestrations.services import RealActivities

CONVERSATION = "holidays"
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


class EndlessRestoreError(BaseException):
    """An orchestration goes on and on; no fault of an activity, so nothing of the app may catch it."""


class Installation(MemoryInstallation):
    """A house with travellers who chat."""

    def __init__(self, state_dir: Path, activities: RealActivities, **dials: Any) -> None:
        super().__init__(state_dir, activities, **dials)
        # The audit goes by the real time.
        self.clock.now = datetime.now(UTC)

    # what people do

    def post(self, message: str, key: str) -> Turn:
        """Post a message of the conversation. Raises `ApiProblem` as the API does."""
        digest = hashlib.sha256(message.encode()).hexdigest()
        post = Post(message, CONVERSATION, key, digest, self.clock())
        return self._asked(Turns(self._stores(), MemoryDurable(self), self.clock).claim(post))

    def cancels(self, trip: str) -> None:
        self._asked(self._commands().cancel(trip))

    def changes(self, trip: str, nights: int) -> None:
        self._asked(self._commands().change(trip, ChangeRequest(component="hotel", units=nights, day=None)))

    def decides(self, row: TripRow, item: str, decision: Decision) -> str:
        decided = (decision, "As agreed.", "REF-1", "operator")
        order = DecisionOrder(
            trip=row.id,
            item=item,
            version=row.version,
            decision=decision,
            reason="As agreed.",
            reference="REF-1",
            by="operator",
            command=decision_id(row.id, item, row.version, decided),
        )
        status = attention.decide(self.services, order).status
        self.wake(row.id)
        return status

    # what is done to it

    def work(self, steps: int | None = None) -> None:
        """Go on for so many steps of the host, or until nothing moves."""
        with serving(self.services):
            self.host.go_on(_MOST_STEPS if steps is None else steps)
        if steps is None and self.host.busy:
            raise EndlessRestoreError(f"the orchestrations still go on after {_MOST_STEPS} steps: {self.host.living()}")

    def settle(self) -> None:
        """Go on with a reconciler that looks now and then, until every trip has ended or parked, or long enough."""
        for _ in range(_ROUNDS):
            self.work()
            given = ApiServices(self.settings, self._stores(), self.clock)
            self._asked(Reconciler(given, MemoryDurable(self)).run())
            self.work()
            if not any(self.is_overdue(row.id) for row in self.ledger.trips()):
                return
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
        self.ledger = open_stores(self.settings, self.clock).ledger
        self.books = self._companies()
        self.services = self._services()

    # how it is built

    def _services(self, **dials: Any) -> ActivityServices:
        return replace(
            open_services(self.settings, open_stores(self.settings)),
            ledger=self.ledger,
            suppliers=self.books,
            clock=self.clock,
        )

    def _stores(self) -> Stores:
        return Stores(self.services.ledger, self.services.conversations, "sqlite")

    def _commands(self) -> Commands:
        given = ApiServices(self.settings, self._stores(), self.clock)
        return Commands(given, MemoryDurable(self), "traveller")

    def _asked(self, asking: Coroutine[Any, Any, Any]) -> Any:
        with serving(self.services):
            return asyncio.run(asking)


def put_back(file: Path, copy: Path) -> None:
    """Have the file as the copy is, without what SQLite keeps beside it; a file that was not copied is taken away."""
    for end in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + end).unlink(missing_ok=True)
    if copy.exists():
        shutil.copy(copy, file)
