"""Looks straight into the suppliers' own books, past every port of the app."""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

BOOKS = ("airline", "hotel", "car_hire")


def require_nothing_doubled(state: Path, statuses: Mapping[str, str]) -> None:
    """Pass if each trip has at most one booking of a kind and one charge for each booking, and none if it failed."""
    charged = _standing(state / "suppliers" / "payments.db")
    for book in BOOKS:
        booked = _standing(state / "suppliers" / f"{book}.db")
        assert all(count == 1 for count in Counter(_trip(component) for component in booked).values()), booked
        for component in booked:
            status = statuses[_trip(component)]
            assert status != "failed", f"{component} of a failed trip is still booked"
            if status == "confirmed":
                assert charged.pop(component) == booked[component], f"{component} was charged another price"
    for component in charged:
        assert statuses[_trip(component)] == "needs_attention", f"{component} is charged without a booking"


def _standing(book: Path) -> dict[str, int]:
    """What a book holds as done and not undone: amounts by component."""
    if not book.exists():
        return {}
    connection = sqlite3.connect(f"file:{book}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT key, minor FROM records WHERE state = 'done'").fetchall()
    finally:
        connection.close()
    return {key.rpartition("/")[0]: minor for key, minor in rows}


def _trip(component: str) -> str:
    for suffix in ("-flight", "-hotel", "-car"):
        component = component.removesuffix(suffix)
    return component
