"""What of a trip's record is personal, and what stays of it when the traveller wants to be forgotten.

Personal is who travels where and when, and every text that may tell so. Keys, amounts, confirmation ids and what
happened in which order stay, for the books.
"""

from datetime import date
from typing import Any

from domain.trip.requests import TripRequest

FORGOTTEN = "forgotten"
_LEFT_OUT = frozenset({"destination", "date", "units", "nights", "days"})
_EMPTIED: dict[str, Any] = {"details": {}, "text": "", "message": ""}


def anonymous(record: dict[str, Any]) -> dict[str, Any]:
    """The record without what is personal in it; equal to what was given if nothing is."""
    return {
        name: _EMPTIED[name] if name in _EMPTIED and value else _anonymous(value)
        for name, value in record.items()
        if name not in _LEFT_OUT
    }


def anonymous_request(request: TripRequest) -> TripRequest:
    """A request for the same kind of trip to nowhere, long ago."""
    return TripRequest(kind=request.kind, destination=FORGOTTEN, date=date(1970, 1, 1))


def _anonymous(value: Any) -> Any:
    match value:
        case dict():
            return anonymous(value)
        case list() | tuple():
            return [_anonymous(each) for each in value]
        case _:
            return value
