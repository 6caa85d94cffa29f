"""A trip as a partition: its head, its rows, its keys and its commands, each a document of its own.

`head`; `e-…` entries, `c-…` commands, `k-…` keys, `p-…` postings; `q-…` what is personal in an entry or a command;
`t-…` texts. Every write of rows replaces the head under its etag, so a trip changes by one writer at a time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter

from domain.money.postings import Posting
from domain.trip.privacy import anonymous
from domain.trip.records import Command, Entry
from stores.heads import Head, without_person
from stores.tables.service import MOST_IN_BATCH, Document, Stored, Write
from stores.turn_rules import digest
from stores.unit_of_work import KeyRecord, UnitOfWork, to_json

_HEADS = TypeAdapter(Head)
_ENTRIES = TypeAdapter(Entry)
_COMMANDS = TypeAdapter(Command)
_KEYS = TypeAdapter(KeyRecord)
_POSTINGS = TypeAdapter(Posting)

HEAD = "head"


class StoredTrip:
    """The `Standing` port over all that a partition holds of one trip."""

    def __init__(self, rows: Sequence[Stored]) -> None:
        self._rows = {stored.row: stored for stored in rows}

    @property
    def exists(self) -> bool:
        return HEAD in self._rows

    @property
    def stored_head(self) -> Stored:
        return self._rows[HEAD]

    @property
    def head(self) -> Head:
        return self._head

    @cached_property
    def _head(self) -> Head:
        return read_head(self.stored_head.document)

    @property
    def closings(self) -> int:
        """How often the trip's box was closed."""
        return self.stored_head.document["closings"]

    def key(self, key: str) -> KeyRecord | None:
        stored = self._rows.get(key_row(key))
        if stored is None:
            return None
        known = _KEYS.validate_python(stored.document)
        return replace(known, answer=self._whole("e", known.outcome)["data"]) if known.outcome else known

    def entries(self) -> Sequence[Entry]:
        numbers = sorted(stored.document["sequence"] for row, stored in self._rows.items() if row.startswith("e-"))
        return [_ENTRIES.validate_python(self._whole("e", number)) for number in numbers]

    def commands(self) -> Sequence[Command]:
        numbers = sorted(stored.document["number"] for row, stored in self._rows.items() if row.startswith("c-"))
        return [_COMMANDS.validate_python(self._whole("c", number)) for number in numbers]

    def postings(self) -> Sequence[Posting]:
        rows = sorted(row for row in self._rows if row.startswith("p-"))
        return [_POSTINGS.validate_python(self._rows[row].document) for row in rows]

    def personal(self) -> list[Stored]:
        return [stored for row, stored in self._rows.items() if row.startswith(("q-", "t-"))]

    def _whole(self, letter: str, number: int) -> Document:
        name = _numbered(letter, number)
        personal = self._rows.get(f"q-{name}")
        return {**self._rows[name].document, **(personal.document if personal else {})}


def key_row(key: str) -> str:
    return f"k-{digest(key)}"


def text_row(key: str) -> str:
    return f"t-{digest(key)}"


def opening(head: Head, first: Entry) -> list[Write]:
    """The batch that makes a trip."""
    return [Write("insert", HEAD, _head(head, closings=0)), *_entry(first)]


def changes(trip: StoredTrip, work: UnitOfWork) -> list[Write]:
    """The batch that writes a unit of work."""
    closings = trip.closings + sum(entry.event == "closed" for entry in work.entries)
    writes = [Write("replace", HEAD, _head(work.finished_head(), closings), trip.stored_head.etag)]
    for entry in work.entries:
        writes.extend(_entry(entry))
    for command in work.commands:
        writes.extend(_command(command))
    for number, posting in enumerate(work.postings):
        row = f"{_numbered('p', posting.sequence)}-{number}"
        writes.append(Write("insert", row, _POSTINGS.dump_python(posting, mode="json")))
    for record in work.keys:
        known = _KEYS.dump_python(replace(record, answer=None), mode="json")
        writes.append(Write("put", key_row(record.key), known))
    return writes


def anonymity(trip: StoredTrip) -> tuple[list[Write], bool]:
    """The batch that takes the next of what is personal from a trip, and whether it is the last one.

    The last one changes the head too.
    """
    personal = trip.personal()
    is_last = len(personal) < MOST_IN_BATCH
    head = without_person(trip.head) if is_last else trip.head
    removals = [Write("delete", stored.row) for stored in personal[: MOST_IN_BATCH - 1]]
    return [Write("replace", HEAD, _head(head, trip.closings), trip.stored_head.etag), *removals], is_last


def read_head(document: Document) -> Head:
    return _HEADS.validate_python(document["head"])


def _head(head: Head, closings: int) -> Document:
    return {"head": _HEADS.dump_python(head, mode="json"), "closings": closings}


def _entry(entry: Entry) -> Iterator[Write]:
    return _parted(_numbered("e", entry.sequence), _ENTRIES.dump_python(entry, mode="json"), "data")


def _command(command: Command) -> Iterator[Write]:
    return _parted(_numbered("c", command.number), _COMMANDS.dump_python(command, mode="json"), "body")


def _parted(row: str, known: Document, part: str) -> Iterator[Write]:
    """The row with what may stay for good; if that isn't all, all of it beside the row, where it can be removed."""
    whole: Any = known[part]
    rest = anonymous(whole) if whole is not None else None
    yield Write("insert", row, {**known, part: rest})
    if to_json(rest) != to_json(whole):
        yield Write("insert", f"q-{row}", {part: whole})


def _numbered(letter: str, number: int) -> str:
    return f"{letter}-{number:09}"
