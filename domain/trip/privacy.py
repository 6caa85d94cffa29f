"""Removal of personal data from the rows of a trip, for a traveller who wants to be forgotten.

Personal data is who travels where and when, and every text that may say so. Keys, amounts, confirmation ids and the
order of events stay, since the accounts need them.
"""

from typing import Any

from domain.trip.requests import NO_DATE, TripRequest

FORGOTTEN = "forgotten"
_LEFT_OUT = frozenset({"destination", "date", "units", "nights", "days"})
_EMPTIED: dict[str, Any] = {"details": {}, "text": "", "message": ""}


def anonymous(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record without its personal data; an equal record if it has none."""
    kept: dict[str, Any] = {}
    for name, value in record.items():
        if name in _LEFT_OUT:
            continue
        emptied = _emptied(name, value)
        kept[name] = _anonymous(emptied)
    return kept


def anonymous_request(request: TripRequest) -> TripRequest:
    """Return a request for the same kind of trip without its place, length and date."""
    return TripRequest(kind=request.kind, destination=FORGOTTEN, date=NO_DATE)


def _emptied(name: str, value: Any) -> Any:
    # An empty value stays as it is, also None: a record without personal data must come back unchanged.
    if not value:
        return value
    return _EMPTIED.get(name, value)


def _anonymous(value: Any) -> Any:
    match value:
        case dict():
            return anonymous(value)
        case list() | tuple():
            return [_anonymous(part) for part in value]
        case _:
            return value
