"""Every field that a trip's rows can have is either known to say nothing about a traveller, or is removed."""

from collections.abc import Iterator
from datetime import date
from typing import Any, get_args

import pytest

from domain.options import TripOptions
from domain.trip.command_bodies import CommandBody
from domain.trip.entry_data import EntryData
from domain.trip.outcomes import TripOutcome
from domain.trip.privacy import EMPTIED, KEPT, anonymous, anonymous_request
from domain.trip.records import Command, Entry, TripRow
from domain.trip.requests import NO_DATE, TripRequest
from domain.value import Value

REMOVED = {"destination", "date", "hash", "units", "shape", "travellers", "origin", "return_date"}
"""Fields that were looked at and are personal; `privacy` names only the others."""
STORED = (EntryData, CommandBody, TripOutcome)


def fields_of(stored: Any) -> Iterator[tuple[str, str]]:
    """Yield class and name of each field of a value, or of all values of a union, and of the values inside."""
    if isinstance(stored, type) and issubclass(stored, Value):
        for name, field in stored.model_fields.items():
            yield stored.__name__, name
            yield from fields_of(field.annotation)
    for part in get_args(stored):
        yield from fields_of(part)


FIELDS = sorted({field for stored in STORED for field in fields_of(stored)})


@pytest.mark.parametrize("field", FIELDS, ids=".".join)
def test_each_field_was_looked_at(field: tuple[str, str]) -> None:
    assert field[1] in KEPT | set(EMPTIED) | REMOVED


def test_each_name_is_that_of_a_field_and_has_one_fate() -> None:
    fates = [*KEPT, *EMPTIED, *REMOVED]
    assert len(fates) == len(set(fates))
    assert set(fates) == {name for _, name in FIELDS}


def test_a_field_that_nobody_has_looked_at_is_removed_wherever_it_is() -> None:
    record = {"status": "held", "hometown": "Ghent", "components": [{"id": "trip-1", "companions": ["Ann"]}]}
    assert anonymous(record) == {"status": "held", "components": [{"id": "trip-1"}]}


def test_of_a_request_nothing_but_its_kind_is_left() -> None:
    request = TripRequest(
        kind="travel", destination="Ghent", nights=5, days=6, date=date(2026, 3, 2), date_assumed=True
    )
    assert set(request.model_dump()) == request.model_fields_set, "each field is set, so that none is left by chance"
    assert anonymous_request(request).model_dump(exclude_defaults=True) == {
        "kind": "travel",
        "destination": "forgotten",
        "date": NO_DATE,
    }


ROWS = {
    Entry: "sequence trip at event component kind effect revision key data",
    Command: "trip number id kind at by body",
    TripRow: "id kind request options conversation turn created updated version epoch saga commands box outcome",
    TripOptions: "on_failure parallel",
}
"""Fields of whole rows. `data`, `body`, `request`, `conversation` and `outcome` are made anonymous, and the others say
nothing about a traveller: `by` is the name of an operator, or what kind of traveller it was."""


@pytest.mark.parametrize("row", ROWS)
def test_each_field_of_a_row_was_looked_at(row: type) -> None:
    assert set(row.__annotations__) == set(ROWS[row].split())


def test_personal_texts_are_emptied_and_what_is_empty_stays() -> None:
    assert anonymous({"details": {"hotel": "Bay"}, "text": "", "error": {"code": "sold_out", "message": "Ghent"}}) == {
        "details": {},
        "text": "",
        "error": {"code": "sold_out", "message": ""},
    }
    assert anonymous({"details": {}, "text": None}) == {"details": {}, "text": None}
