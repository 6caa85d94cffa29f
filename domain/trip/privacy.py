"""Removal of personal data from the rows of a trip, for a traveller who wants to be forgotten.

What the accounts need stays: keys, amounts, confirmation ids and the order of events. Everything else may say who
travels where and when, so a field that is not named here is removed, also one that is added later.
"""

from typing import Any

from domain.trip.requests import NO_DATE, TripRequest

FORGOTTEN = "forgotten"
KEPT = frozenset({
    # what it is, and what became of it
    "activity", "choice", "code", "decision", "dial", "error", "id", "kind", "reason", "refusal", "status",
    "components", "compensations", "lines",
    # money
    "amount", "cancel_fee", "currency", "fee", "fee_agreed", "fees", "kept", "minor", "not_paid_back", "price",
    # the names under which companies and operators know it
    "by", "confirmation", "expires", "item", "payment", "quote", "reference",
    # numbers of rows and revisions
    "command", "commands", "replaces", "revision", "target",
})  # fmt: skip
"""Names of the fields that say nothing about a traveller."""
EMPTIED: dict[str, Any] = {"details": {}, "text": "", "message": ""}
"""Fields that their values cannot do without, and what stays of them."""


def anonymous(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record without its personal data; an equal record if it has none."""
    kept: dict[str, Any] = {}
    for name, value in record.items():
        if name in KEPT:
            kept[name] = _anonymous(value)
        elif name in EMPTIED:
            # An empty value stays as it is, also None: a record without personal data must come back unchanged.
            kept[name] = value and EMPTIED[name]
    return kept


def anonymous_request(request: TripRequest) -> TripRequest:
    """Return a request for the same kind of trip without its place, length and date."""
    return TripRequest(kind=request.kind, destination=FORGOTTEN, date=NO_DATE)


def _anonymous(value: Any) -> Any:
    match value:
        case dict():
            return anonymous(value)
        case list() | tuple():
            return [_anonymous(part) for part in value]
        case _:
            return value
