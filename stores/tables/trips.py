"""A trip as a partition: its head, entries, keys, commands and postings, each a separate document.

Names of rows: `head`, `e-…` for entries, `c-…` for commands, `k-…` for keys, `p-…` for postings, `q-…` for entries and
commands with their personal data, `t-…` for texts. Every write of rows replaces the head under its ETag, so a trip has
one writer at a time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Self

from pydantic import TypeAdapter

from domain.money.postings import Posting
from domain.trip.command_bodies import body_data, read_body
from domain.trip.effect_outcomes import OUTCOMES
from domain.trip.entry_data import entry_data, read_entry_data
from domain.trip.folding import TripRows
from domain.trip.privacy import anonymous
from domain.trip.records import Command, Entry
from stores.heads import Head, anonymous_head
from stores.tables.service import MOST_IN_BATCH, Document, Stored, Write
from stores.turn_rules import digest
from stores.unit_of_work import KeyRecord, UnitOfWork, to_json

_HEADS = TypeAdapter(Head)
_ENTRIES = TypeAdapter(Entry)
_COMMANDS = TypeAdapter(Command)
_KEYS = TypeAdapter(KeyRecord)
_POSTINGS = TypeAdapter(Posting)

HEAD = "head"


class TableStoredTrip:
    """The `StoredTrip` port over all rows of a trip's partition. Nothing of it changes."""

    def __init__(self, rows: Iterable[Stored], parsed: Mapping[str, Entry] | None = None) -> None:
        self._rows = {stored.row: stored for stored in rows}
        # Entries are never rewritten, so each is parsed once.
        self._parsed = dict(parsed or {})

    def after(self, rows: Sequence[Stored]) -> Self:
        """Return the trip with the rows that a write under this head's ETag has added or replaced."""
        return type(self)([*self._rows.values(), *rows], self._parsed)

    @property
    def exists(self) -> bool:
        """True if the trip was opened; texts alone make no trip."""
        return HEAD in self._rows

    @property
    def stored_head(self) -> Stored:
        """The row of the head, with the ETag that guards the trip."""
        return self._rows[HEAD]

    @property
    def head(self) -> Head:
        return self._head

    @cached_property
    def _head(self) -> Head:
        return read_head(self.stored_head.document)

    @property
    def closings(self) -> int:
        """Number of times that the trip's inbox was closed."""
        return self.stored_head.document["closings"]

    def key(self, key: str) -> KeyRecord | None:
        stored = self._rows.get(key_row(key))
        if stored is None:
            return None
        record = _KEYS.validate_python(stored.document)
        if not record.outcome:
            return record
        # The answer is not stored twice: it is the data of the outcome, which may be personal.
        return replace(record, answer=OUTCOMES.validate_python(self._whole("e", record.outcome)["data"]))

    @property
    def rows(self) -> TripRows:
        return self._trip_rows

    @cached_property
    def _trip_rows(self) -> TripRows:
        entries = tuple(self._entry(row) for row in sorted(row for row in self._rows if row.startswith("e-")))
        numbers = sorted(stored.document["number"] for row, stored in self._rows.items() if row.startswith("c-"))
        return TripRows(self.head.row, entries, tuple(_read_command(self._whole("c", number)) for number in numbers))

    def postings(self) -> Sequence[Posting]:
        rows = sorted(row for row in self._rows if row.startswith("p-"))
        return [_POSTINGS.validate_python(self._rows[row].document) for row in rows]

    def claims(self) -> dict[str, int]:
        """Return the number of claims of each key."""
        keys = (stored.document for row, stored in self._rows.items() if row.startswith("k-"))
        return {document["key"]: document["fence"] for document in keys}

    def has_row(self, row: str) -> bool:
        return row in self._rows

    def personal(self) -> list[Stored]:
        """Return the rows to be deleted when the traveller is forgotten."""
        return [stored for row, stored in self._rows.items() if row.startswith(("q-", "t-"))]

    def _entry(self, row: str) -> Entry:
        if row not in self._parsed:
            self._parsed[row] = _read_entry(self._whole("e", self._rows[row].document["sequence"]))
        return self._parsed[row]

    def _whole(self, letter: str, number: int) -> Document:
        name = _numbered(letter, number)
        personal = self._rows.get(f"q-{name}")
        return {**self._rows[name].document, **(personal.document if personal else {})}


def key_row(key: str) -> str:
    """Return the name of a key's row."""
    return f"k-{digest(key)}"


TEXTS = "t-"
"""The beginning of the names of all texts."""


def text_row(key: str) -> str:
    """Return the name of a text's row."""
    return f"{TEXTS}{digest(key)}"


def opening_writes(head: Head, first: Entry) -> list[Write]:
    """Return the batch that opens a trip."""
    return [Write("insert", HEAD, _head(head, closings=0)), *_entry(first)]


def work_writes(trip: TableStoredTrip, work: UnitOfWork) -> list[Write]:
    """Return the batch that writes a unit of work."""
    # The lists of open trips need the number of closings, so it is stored beside the head.
    closings = trip.closings + sum(entry.event == "closed" for entry in work.entries)
    writes = [Write("replace", HEAD, _head(work.finished_head(), closings), trip.stored_head.etag)]
    for entry in work.entries:
        writes.extend(_entry(entry))
    for command in work.commands:
        writes.extend(_command(command))
    for number, posting in enumerate(work.postings):
        row = f"{_numbered('p', posting.sequence)}-{number}"
        writes.append(Write("insert", row, _POSTINGS.dump_python(posting, mode="json")))
    for key, text in work.texts.items():
        # The first text stays. One that is not in memory makes the batch fail, and the next attempt has read it.
        if not trip.has_row(text_row(key)):
            writes.append(Write("insert", text_row(key), {"text": text}))
    for record in work.keys:
        document = _KEYS.dump_python(replace(record, answer=None), mode="json")
        writes.append(Write("put", key_row(record.key), document))
    return writes


def forgetting_writes(trip: TableStoredTrip) -> tuple[list[Write], bool]:
    """Return the next batch that removes personal data from a trip, and whether it is the last one.

    Only the last batch makes the head anonymous, because the head tells a repeat that the work is done.
    """
    personal = trip.personal()
    is_last = len(personal) < MOST_IN_BATCH
    head = anonymous_head(trip.head) if is_last else trip.head
    removals = [Write("delete", stored.row) for stored in personal[: MOST_IN_BATCH - 1]]
    return [Write("replace", HEAD, _head(head, trip.closings), trip.stored_head.etag), *removals], is_last


def read_head(document: Document) -> Head:
    """Return the head of its stored document."""
    return _HEADS.validate_python(document["head"])


def _head(head: Head, closings: int) -> Document:
    return {"head": _HEADS.dump_python(head, mode="json"), "closings": closings}


def _read_entry(document: Document) -> Entry:
    data = read_entry_data(document["event"], document["effect"], document["data"])
    return _ENTRIES.validate_python({**document, "data": data})


def _read_command(document: Document) -> Command:
    return _COMMANDS.validate_python({**document, "body": read_body(document["kind"], document["body"])})


def _entry(entry: Entry) -> Iterator[Write]:
    document = _ENTRIES.dump_python(entry, mode="json", exclude={"data"})
    return _with_personal(_numbered("e", entry.sequence), {**document, "data": entry_data(entry.data)}, "data")


def _command(command: Command) -> Iterator[Write]:
    document = _COMMANDS.dump_python(command, mode="json", exclude={"body"})
    return _with_personal(_numbered("c", command.number), {**document, "body": body_data(command.body)}, "body")


def _with_personal(row: str, document: Document, part: str) -> Iterator[Write]:
    """Yield the row with the data that may stay for good, and the whole data in a second row if any is personal."""
    whole: Any = document[part]
    rest = anonymous(whole) if whole is not None else None
    yield Write("insert", row, {**document, part: rest})
    if to_json(rest) != to_json(whole):
        yield Write("insert", f"q-{row}", {part: whole})


def _numbered(letter: str, number: int) -> str:
    return f"{letter}-{number:09}"
