"""The suppliers' books as files."""

import sqlite3
from pathlib import Path

import pytest

from suppliers.opening import book_of, open_suppliers, payments_book
from suppliers.ports import Booking, Enquiry, SupplierFault
from suppliers.sqlite_book import book_snapshot
from support.races import exit_code_in_a_process
from support.suppliers.companies import calm_settings, die_writing_a_book, order


def test_opening_touches_no_disk_and_each_company_keeps_its_own_book(tmp_path: Path) -> None:
    suppliers = open_suppliers(calm_settings(tmp_path))
    assert list(tmp_path.iterdir()) == []
    suppliers.booking["hotel"].hold("trip-1/hold/1", order("hotel"))
    assert book_of(tmp_path, "hotel").exists()
    assert not book_of(tmp_path, "flight").exists()
    assert not payments_book(tmp_path).exists()


@pytest.mark.parametrize("content", [b"no database" * 500, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_book_is_an_outage_of_the_company(tmp_path: Path, content: bytes) -> None:
    book = book_of(tmp_path, "flight")
    book.parent.mkdir(parents=True)
    book.write_bytes(content)
    suppliers = open_suppliers(calm_settings(tmp_path))
    with pytest.raises(SupplierFault, match=r"airline\.db can't be used"):
        suppliers.booking["flight"].hold("trip-1/hold/1", order("flight"))
    with pytest.raises(SupplierFault, match=r"airline\.db can't be used"):
        suppliers.booking["flight"].find("trip-1/hold/1")
    assert isinstance(suppliers.booking["hotel"].hold("trip-1/hold/1", order("hotel")), Booking)


def test_a_book_of_another_version_is_left_alone(tmp_path: Path) -> None:
    book = book_of(tmp_path, "flight")
    book.parent.mkdir(parents=True)
    with sqlite3.connect(book) as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    with pytest.raises(SupplierFault, match="has tables of version 1"):
        open_suppliers(calm_settings(tmp_path)).booking["flight"].hold("trip-1/hold/1", order("flight"))
    with pytest.raises(SupplierFault, match="has tables of version 1"), book_snapshot(book, Booking):
        pass


def test_a_folder_that_cannot_be_made_is_an_outage_too(tmp_path: Path) -> None:
    (tmp_path / "suppliers").write_text("not a folder")
    with pytest.raises(SupplierFault):
        open_suppliers(calm_settings(tmp_path)).payments.void("trip-1/void/1", "trip-1/authorize/1")


def test_a_process_that_dies_while_writing_leaves_nothing_and_blocks_nobody(tmp_path: Path) -> None:
    airline = open_suppliers(calm_settings(tmp_path)).booking["flight"]
    airline.hold("whole/hold/1", order("flight"))
    assert exit_code_in_a_process(die_writing_a_book, tmp_path) == 9
    assert airline.find("half/hold/1") == Enquiry("not_found")
    assert isinstance(airline.hold("half/hold/1", order("flight")), Booking)


def test_a_snapshot_shows_the_book_as_it_was(tmp_path: Path) -> None:
    airline = open_suppliers(calm_settings(tmp_path)).booking["flight"]
    first = airline.hold("trip-1/hold/1", order("flight"))
    with book_snapshot(book_of(tmp_path, "flight"), Booking) as book:
        airline.hold("trip-2/hold/1", order("flight"))
        airline.cancel("trip-1/cancel/1", "trip-1/hold/1")
        assert list(book.everything()) == [first]
        assert list(book.starting_with("trip-2")) == []
    with book_snapshot(book_of(tmp_path, "hotel"), Booking) as book:
        assert list(book.everything()) == []
