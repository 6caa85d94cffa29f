"""The ledger in SQLite: one transaction for each write, which takes the file's write lock before it reads."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Literal, TypeVar

from domain.components import ComponentKind
from domain.facts import Item, TripFacts
from domain.folding import trip_facts
from domain.outcomes import TripOutcome
from domain.postings import Posting
from domain.records import Command, CommandKind, Data, Entry, NewTrip, TripRow
from stores import effect_rules, sqlite_rows, trip_rules
from stores.clock import Clock, timestamp, utc_now
from stores.database import Database, Readable
from stores.draft import Draft
from stores.ledger import (
    Busy,
    Claim,
    CommandsWaiting,
    Done,
    EffectKey,
    PivotVerdict,
    Superseded,
    TripUnknownError,
)
from stores.sqlite_rows import StandingTrip
from stores.texts import trip_of_text

_T = TypeVar("_T")
_PAGE = 500


class SqliteLedgerReader:
    """The `LedgerReader` port."""

    def __init__(self, source: Readable) -> None:
        self._source = source

    def trip(self, trip: str) -> TripRow | None:
        with self._source.reading() as connection:
            head = sqlite_rows.head(connection, trip)
        return head.row if head else None

    def entries(self, trip: str) -> Sequence[Entry]:
        with self._source.reading() as connection:
            return sqlite_rows.entries(connection, trip)

    def commands(self, trip: str) -> Sequence[Command]:
        with self._source.reading() as connection:
            return sqlite_rows.commands(connection, trip)

    def postings(self, trip: str) -> Sequence[Posting]:
        with self._source.reading() as connection:
            return sqlite_rows.postings(connection, trip)

    def trips(self) -> Iterator[TripRow]:
        last = 0
        while True:
            with self._source.reading() as connection:
                page = sqlite_rows.heads(connection, "number > ? ORDER BY number LIMIT ?", (last, _PAGE))
            if not page:
                return
            yield from (head.row for _, head in page)
            last = page[-1][0]


class SqliteLedger(SqliteLedgerReader):
    """The `Ledger` port."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        super().__init__(database)
        self._database = database
        self._clock = clock

    def open(self, trip: NewTrip) -> TripRow:
        with self._database.writing() as connection:
            standing = sqlite_rows.head(connection, trip.id)
            if standing:
                return trip_rules.opened(trip, standing.row)
            return sqlite_rows.insert_trip(connection, trip, self._clock()).row

    def facts(self, trip: str) -> TripFacts:
        with self._database.reading() as connection:
            standing = _standing(connection, trip)
            head, entries, commands = standing.head, standing.entries(), standing.commands()
        return trip_facts(head.row, entries, commands)

    def claim(self, effect: EffectKey, arguments: Data, epoch: int, lease: float) -> Claim | Done | Busy | Superseded:
        effect_rules.check(effect)
        return self._write(effect.trip, lambda draft: effect_rules.claim(draft, effect, arguments, epoch, lease))

    def renew(self, claim: Claim, lease: float) -> Claim:
        return self._write(claim.effect.trip, lambda draft: effect_rules.renew(draft, claim, lease))

    def release(self, claim: Claim) -> None:
        self._write(claim.effect.trip, lambda draft: effect_rules.release(draft, claim))

    def conclude(self, claim: Claim, answer: Data) -> Data:
        return self._write(claim.effect.trip, lambda draft: effect_rules.conclude(draft, claim, answer))

    def give_up(self, effect: EffectKey, epoch: int) -> None:
        effect_rules.check(effect)
        self._write(effect.trip, lambda draft: effect_rules.give_up(draft, effect, epoch))

    def lose(self, trip: str, component: str, kind: ComponentKind, epoch: int) -> None:
        self._write(trip, lambda draft: trip_rules.lose(draft, component, kind, epoch))

    def pivot(
        self, trip: str, epoch: int, seen: int, verdict: PivotVerdict
    ) -> Literal["done"] | CommandsWaiting | Superseded:
        return self._write(trip, lambda draft: trip_rules.pivot(draft, epoch, seen, verdict))

    def end_change(self, trip: str, epoch: int, command: int, done: bool) -> None:
        self._write(trip, lambda draft: trip_rules.end_change(draft, epoch, command, done))

    def close(self, outcome: TripOutcome, epoch: int, seen: int) -> TripOutcome | CommandsWaiting | Superseded:
        return self._write(outcome.id, lambda draft: trip_rules.close(draft, outcome, epoch, seen))

    def accept(self, trip: str, kind: CommandKind, command_id: str, by: str, body: Data, version: int) -> Command:
        return self._write(trip, lambda draft: trip_rules.accept(draft, kind, command_id, by, body, version))

    def take_over(self, trip: str, version: int) -> TripRow:
        return self._write(trip, lambda draft: trip_rules.take_over(draft, version))

    def attention(self) -> Sequence[tuple[TripRow, Item]]:
        with self._database.reading() as connection:
            troubled = sqlite_rows.heads(connection, "troubled ORDER BY number")
            standing = [StandingTrip(connection, head) for _, head in troubled]
            facts = [trip_facts(each.head.row, each.entries(), each.commands()) for each in standing]
        return [(each.head.row, item) for each, found in zip(standing, facts, strict=True) for item in found.items]

    def unfinished(self, before: datetime, limit: int) -> Sequence[TripRow]:
        with self._database.reading() as connection:
            wanted = "box = 'open' AND updated < ? ORDER BY number LIMIT ?"
            return [head.row for _, head in sqlite_rows.heads(connection, wanted, (timestamp(before), limit))]

    def keep_text(self, key: str, text: str) -> str:
        trip = trip_of_text(key)
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO texts (trip, key, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (trip, key, text)
            )
            return connection.execute("SELECT text FROM texts WHERE trip = ? AND key = ?", (trip, key)).fetchone()[0]

    def text(self, key: str) -> str | None:
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT text FROM texts WHERE trip = ? AND key = ?", (trip_of_text(key), key)
            ).fetchone()
        return row[0] if row else None

    def forget(self, conversation: str) -> int:
        with self._database.writing() as connection:
            closed = sqlite_rows.heads(connection, "conversation = ? AND box = 'closed'", (conversation,))
            for _, head in closed:
                sqlite_rows.make_anonymous(connection, head)
        return len(closed)

    def ping(self) -> None:
        self._database.ping()

    def _write(self, trip: str, rule: Callable[[Draft], _T]) -> _T:
        """Let the rule draft what it adds to the trip, and write that."""
        with self._database.writing() as connection:
            draft = Draft(_standing(connection, trip), self._clock(), uuid.uuid4().hex)
            answer = rule(draft)
            if not draft.empty:
                sqlite_rows.write(connection, draft)
            return answer


def _standing(connection: sqlite_rows.Connection, trip: str) -> StandingTrip:
    head = sqlite_rows.head(connection, trip)
    if head is None:
        raise TripUnknownError(f"There is no trip {trip} in the ledger; nothing was written.")
    return StandingTrip(connection, head)
