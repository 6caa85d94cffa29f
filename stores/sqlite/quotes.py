"""Quotes and decisions in SQLite, in the same file as the ledger."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from domain.quotes.decisions import HumanDecision
from domain.quotes.offer import Offer
from domain.quotes.quote import Quote, QuoteEnd
from stores.clock import timestamp
from stores.quote_rules import approved, ended, with_offer
from stores.quotes import QuoteUnknownError
from stores.sqlite.database import Database


class SqliteQuotes:
    """The `Quotes` port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, quote: Quote) -> Quote:
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO quotes (id, created, ended, quote) VALUES (?, ?, NULL, ?) ON CONFLICT DO NOTHING",
                (quote.id, timestamp(quote.created), quote.model_dump_json()),
            )
            return _require(connection, quote.id)

    def quote(self, quote: str) -> Quote | None:
        with self._database.reading() as connection:
            return _read(connection, quote)

    def offer(self, quote: str, offer: Offer) -> Quote:
        with self._database.writing() as connection:
            return _write(connection, with_offer(_require(connection, quote), offer))

    def approve(self, quote: str, trips: tuple[str, ...]) -> Quote:
        with self._database.writing() as connection:
            return _write(connection, approved(_require(connection, quote), trips))

    def end(self, quote: str, how: QuoteEnd, at: datetime) -> Quote:
        with self._database.writing() as connection:
            changed = _write(connection, ended(_require(connection, quote), how))
            if changed.end:
                connection.execute(
                    "UPDATE quotes SET ended = ? WHERE id = ? AND ended IS NULL",
                    (timestamp(at), quote),
                )
            return changed

    def unfinished(self, before: datetime, limit: int) -> Sequence[Quote]:
        return self._select("ended IS NULL AND created < ? ORDER BY created LIMIT ?", before, limit)

    def ended(self, before: datetime, limit: int) -> Sequence[Quote]:
        return self._select("ended < ? ORDER BY ended LIMIT ?", before, limit)

    def remove(self, quote: str) -> None:
        with self._database.writing() as connection:
            connection.execute("DELETE FROM quotes WHERE id = ?", (quote,))
            connection.execute("DELETE FROM decisions WHERE subject = ?", (quote,))

    def decide(self, decision: HumanDecision) -> HumanDecision:
        with self._database.writing() as connection:
            row = (decision.subject, decision.round, decision.model_dump_json())
            connection.execute(
                "INSERT INTO decisions (subject, round, decision) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", row
            )
            stored = _decision(connection, decision.subject, decision.round)
            # The row was inserted in this transaction if it was not there before.
            return stored or decision

    def decision(self, subject: str, number: int) -> HumanDecision | None:
        with self._database.reading() as connection:
            return _decision(connection, subject, number)

    def _select(self, condition: str, before: datetime, limit: int) -> Sequence[Quote]:
        with self._database.reading() as connection:
            # The condition is one of this module's own texts.
            rows = connection.execute(
                f"SELECT quote FROM quotes WHERE {condition}",  # noqa: S608
                (timestamp(before), limit),
            ).fetchall()
        return [Quote.model_validate_json(text) for (text,) in rows]


def _read(connection: sqlite3.Connection, quote: str) -> Quote | None:
    row = connection.execute("SELECT quote FROM quotes WHERE id = ?", (quote,)).fetchone()
    return Quote.model_validate_json(row[0]) if row else None


def _require(connection: sqlite3.Connection, quote: str) -> Quote:
    stored = _read(connection, quote)
    if stored is None:
        raise QuoteUnknownError(f"There is no quote {quote}.")
    return stored


def _write(connection: sqlite3.Connection, quote: Quote) -> Quote:
    connection.execute("UPDATE quotes SET quote = ? WHERE id = ?", (quote.model_dump_json(), quote.id))
    return quote


def _decision(connection: sqlite3.Connection, subject: str, number: int) -> HumanDecision | None:
    row = connection.execute(
        "SELECT decision FROM decisions WHERE subject = ? AND round = ?", (subject, number)
    ).fetchone()
    return HumanDecision.model_validate_json(row[0]) if row else None
