"""Quotes and decisions in Azure Table Storage.

A quote and its decisions are rows of one partition each. Two lists by time name the quotes that have not ended, and
those that have. A pointer is written before its quote and removed after it, so no quote is ever missing from its list.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from domain.quotes.decisions import HumanDecision
from domain.quotes.offer import Offer
from domain.quotes.quote import Quote, QuoteEnd
from storage.table_account import Account
from stores.clock import timestamp
from stores.quote_rules import approved, ended, with_offer
from stores.quotes import QuoteUnknownError
from stores.tables.service import Document, Stored, Table, Write, repeated

_ROW = "quote"
_UNFINISHED, _ENDED = "l-unfinished", "l-ended"
_LONGEST_GAP = timedelta(hours=1)
"""The time after which no quote follows its pointer any more."""


class TableQuotes:
    """The `Quotes` port."""

    def __init__(self, account: Account) -> None:
        self._quotes = Table(account, "quotes")
        self._decisions = Table(account, "decisions")

    def add(self, quote: Quote) -> Quote:
        def add_once() -> Quote:
            stored = self._stored(quote.id)
            if stored:
                return _quote(stored)
            pointer = _pointer(quote.created, quote.id)
            self._quotes.write(_UNFINISHED, [Write("put", pointer, {"quote": quote.id})])
            self._quotes.write(_partition(quote.id), [Write("insert", _ROW, _document(quote))])
            return quote

        return repeated(add_once)

    def quote(self, quote: str) -> Quote | None:
        stored = repeated(lambda: self._stored(quote))
        return _quote(stored) if stored else None

    def offer(self, quote: str, offer: Offer) -> Quote:
        return self._change(quote, lambda stored: with_offer(stored, offer))

    def approve(self, quote: str, trips: tuple[str, ...]) -> Quote:
        return self._change(quote, lambda stored: approved(stored, trips))

    def end(self, quote: str, how: QuoteEnd, at: datetime) -> Quote:
        pointer = _pointer(at, quote)
        repeated(lambda: self._quotes.write(_ENDED, [Write("put", pointer, {"quote": quote})]))
        changed = self._change(quote, lambda stored: ended(stored, how))
        if changed.end is None:
            return changed
        unfinished = _pointer(changed.created, quote)
        repeated(lambda: self._quotes.write(_UNFINISHED, [Write("delete", unfinished)]))
        return changed

    def unfinished(self, before: datetime, limit: int) -> Sequence[Quote]:
        quotes = self._listed(_UNFINISHED, before, limit)
        return [quote for quote in quotes if quote.end is None]

    def ended(self, before: datetime, limit: int) -> Sequence[Quote]:
        return self._listed(_ENDED, before, limit)

    def remove(self, quote: str) -> None:
        def remove_once() -> None:
            stored = self._stored(quote)
            if stored is None:
                return
            for decision in self._decisions.rows(quote):
                self._decisions.write(quote, [Write("delete", decision.row)])
            self._quotes.write(_partition(quote), [Write("delete", _ROW, etag=stored.etag)])

        repeated(remove_once)

    def decide(self, decision: HumanDecision) -> HumanDecision:
        def decide_once() -> HumanDecision:
            stored = self._decision(decision.subject, decision.round)
            if stored:
                return stored
            document: Document = {"decision": decision.model_dump(mode="json")}
            self._decisions.write(decision.subject, [Write("insert", _round(decision.round), document)])
            return decision

        return repeated(decide_once)

    def decision(self, subject: str, number: int) -> HumanDecision | None:
        return repeated(lambda: self._decision(subject, number))

    def _decision(self, subject: str, number: int) -> HumanDecision | None:
        stored = self._decisions.get(subject, _round(number))
        return HumanDecision.model_validate(stored.document["decision"]) if stored else None

    def _stored(self, quote: str) -> Stored | None:
        return self._quotes.get(_partition(quote), _ROW)

    def _change(self, quote: str, rule: Callable[[Quote], Quote]) -> Quote:
        def change_once() -> Quote:
            stored = self._stored(quote)
            if stored is None:
                raise QuoteUnknownError(f"There is no quote {quote}.")
            before = _quote(stored)
            after = rule(before)
            if after != before:
                write = Write("replace", _ROW, _document(after), stored.etag)
                self._quotes.write(_partition(quote), [write])
            return after

        return repeated(change_once)

    def _listed(self, pointers: str, before: datetime, limit: int) -> list[Quote]:
        """Return the quotes of a list up to a time. Pointers to quotes that are gone are removed from it."""
        quotes: list[Quote] = []
        for pointer in repeated(lambda: self._quotes.rows(pointers, end=timestamp(before)))[:limit]:
            quote = self.quote(pointer.document["quote"])
            if quote:
                quotes.append(quote)
            # The quote of a pointer that was just written may be about to follow.
            elif pointer.row < timestamp(before - _LONGEST_GAP):
                self._quotes.write(pointers, [Write("delete", pointer.row)])
        return quotes


def _partition(quote: str) -> str:
    return f"q-{quote}"


def _pointer(at: datetime, quote: str) -> str:
    return f"{timestamp(at)}-{quote}"


def _round(number: int) -> str:
    return f"r-{number:03}"


def _document(quote: Quote) -> Document:
    return {"quote": quote.model_dump(mode="json")}


def _quote(stored: Stored) -> Quote:
    return Quote.model_validate(stored.document["quote"])
