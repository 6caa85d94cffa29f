"""Today's code reads the rows that an older version wrote, without starting anything."""

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from domain.attention.open_items import OpenItem, open_item
from domain.money.postings import balances
from domain.trip.command_bodies import body_data, read_body
from domain.trip.entry_data import entry_data, read_entry_data
from storage.errors import VersionError
from storage.sqlite_files import open_for_writing, snapshot
from storage.versions import Migration, statements, written_version
from stores.opening import open_stores
from stores.sqlite.schema import SCHEMA as LEDGER
from stores.unit_of_work import to_json
from suppliers.files import SCHEMA as BOOK
from support.app.old_state import FOLDER, OldState, check_views

DIGESTS = {
    "sqlite.json": "e7f22cd4abbacb1a7b0c511f736a4ffdb3bdcd2644c97e5744e6cd2b1ca2827c",
    "sqlite.tar.xz": "d52b3e4e214090c071f82c3a1166a94fcb7a6ef868780df9e8871adfe4010ed8",
    "tables.json": "cb4597976b4c880ed19d7424c235dd376a14740a2897edc65905d2d2ae970dfd",
    "tables.tar.xz": "485e216ae3438d3e29e07eb9dde4a32b3d0f628d13fdac8c54e4071c89ae38d6",
}


def test_the_files_are_as_they_were_made() -> None:
    """Keep the files as they are: a change that needs another file adds one, as the README beside them says."""
    for name, digest in DIGESTS.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest, f"{name} was edited"


def test_every_status_reads_as_it_did(old_to_read: OldState) -> None:
    check_views(old_to_read)


def test_the_states_that_matter_are_all_there(old_to_read: OldState) -> None:
    statuses = {view["status"] for view in old_to_read.views.values()}
    assert statuses == {
        *("running", "waiting", "confirmed", "partly_confirmed", "compensating", "failed"),
        *("cancelling", "cancelled", "needs_attention"),
    }


def test_every_posting_balances(old_to_read: OldState) -> None:
    ledger = open_stores(old_to_read.settings).ledger
    for row in ledger.trips():
        assert sum(money.minor for money in balances(ledger.postings(row.id)).values()) == 0


def test_every_entry_and_command_keeps_its_bytes_as_a_value(old_to_read: OldState) -> None:
    entries = "SELECT event, effect, data FROM entries UNION ALL SELECT e.event, e.effect, p.data FROM personal p"
    entries += " JOIN entries e ON p.part = 'entry' AND e.trip = p.trip AND e.sequence = p.number"
    commands = "SELECT kind, body FROM commands UNION ALL SELECT c.kind, p.data FROM personal p"
    commands += " JOIN commands c ON p.part = 'command' AND c.trip = p.trip AND c.number = p.number"
    with closing(sqlite3.connect(old_to_read.state / "ledger.db")) as connection:
        for event, effect, text in connection.execute(entries):
            data = json.loads(text) if text else None
            assert to_json(entry_data(read_entry_data(event, effect, data))) == (text or "null")
        for kind, text in connection.execute(commands):
            assert to_json(body_data(read_body(kind, json.loads(text)))) == text


def test_conversations_are_as_they_were_left(old_to_read: OldState) -> None:
    notes = old_to_read.notes
    conversations = open_stores(old_to_read.settings).conversations
    assert conversations.is_forgotten(notes["conversations"]["forgotten"])
    draft = conversations.turn(notes["conversations"]["draft"]["id"], 1)
    assert draft
    assert (draft.state, draft.reply) == ("done", notes["conversations"]["draft"]["asked"])
    assert draft.draft
    claimed = conversations.turn("old-claimed", 1)
    assert claimed
    assert claimed.state == "claimed"
    decided = conversations.turn("old-decided", 1)
    assert decided
    assert decided.state == "decided"


def test_an_untouched_installation_audits_clean(old_to_read: OldState) -> None:
    old_to_read.audit()


def test_the_old_files_can_be_brought_to_a_later_version(old_on_sqlite: OldState) -> None:
    """Add a migration, and apply it for a reader first and then for good."""
    books = sorted((old_on_sqlite.state / "suppliers").glob("*.db"))
    files = {old_on_sqlite.state / "ledger.db": LEDGER, **dict.fromkeys(books, BOOK)}
    # The ledger and the books of four suppliers.
    assert len(files) == 5
    for path, schema in files.items():
        added = Migration(
            schema.version + 1, statements("CREATE TABLE added (n INTEGER)", "INSERT INTO added VALUES (7)")
        )
        later = replace(schema, migrations=[*schema.migrations, added])
        with snapshot(path, later) as connection:
            assert connection
            assert connection.execute("SELECT n FROM added").fetchone() == (7,)
        with snapshot(path, schema) as connection:
            assert connection
            assert written_version(connection) == schema.version
        with closing(open_for_writing(path, later)) as connection:
            assert written_version(connection) == later.version
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        with pytest.raises(VersionError, match="update the app"):
            open_for_writing(path, schema)


def test_each_open_item_of_old_rows_tells_its_attempts(old_to_read: OldState) -> None:
    ledger = open_stores(old_to_read.settings).ledger
    items: list[OpenItem] = []
    for row, item in ledger.attention():
        items.append(open_item(row, ledger.entries(row.id), ledger.claims(row.id), ledger.facts(row.id), item))
    # The old installation tried to undo each of them once, and no operator had one tried again.
    assert {(item.attempts, item.given_up, item.by) for item in items} == {(1, 1, None)}
    assert items
