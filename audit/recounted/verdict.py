"""The end of a trip by a recount from the suppliers' books, and the error that goes with it. Pure."""

from collections.abc import Mapping

from audit.recounted.part import Part
from audit.recounted.recount import Recount
from domain.components import IN_BOOKING_ORDER
from domain.trip.command_bodies import ChangeBody
from domain.trip.entry_data import ChangeEnd, Expired

_BOOKED = ("confirmed", "partly_confirmed")
_CODES: Mapping[str, str | None] = {
    "needs_attention": "needs_attention",
    "waiting": "choice_wanted",
    "confirmed": None,
    "cancelled": None,
}
"""The code of an error by the status of its trip; with any other status it is that of what went wrong."""


def end_of(recount: Recount) -> str:
    """Return how the whole trip has ended."""
    confirmed = sum(part.is_confirmed for part in recount.parts)
    if not confirmed:
        return _end_without_bookings(recount)
    complete = len(IN_BOOKING_ORDER) if recount.row.kind == "travel" else 1
    return "confirmed" if confirmed == complete else "partly_confirmed"


def end_of_part(recount: Recount, part: Part) -> str:
    """Return how one component has ended, or how far it has come."""
    if part.rows.open_items:
        return "needs_attention"
    if part.is_confirmed:
        return "confirmed"
    return "running" if part.staying else _end_without_bookings(recount)


def _end_without_bookings(recount: Recount) -> str:
    return "cancelled" if recount.commands_of("cancel") else "failed"


def code_in_view(recount: Recount, status: str) -> str | None:
    """Return the code of the error that a view of the trip must show with this status, or None."""
    # A booked trip has no other error than that its last change failed, and a stored outcome does not know of changes.
    if status in _BOOKED and _last_change_failed(recount):
        return "not_changed"
    return code_in_outcome(recount, status)


def code_in_outcome(recount: Recount, status: str) -> str | None:
    """Return the code of the error that belongs to an outcome with this status, or None."""
    if status in _CODES:
        return _CODES[status]
    expiries = [data.reason for data in recount.data_of("expired") if isinstance(data, Expired)]
    codes = (*recount.failures, *expiries)
    return next(iter(codes), None)


def code_in_part(part: Part, status: str) -> str | None:
    """Return the code of the error that the view of one component must show with this status, or None."""
    failure = part.rows.failure(1)
    if failure is None or status in ("cancelled", "confirmed"):
        return None
    return "needs_attention" if status == "needs_attention" else failure


def _last_change_failed(recount: Recount) -> bool:
    changes = recount.commands_of("change")
    if not changes:
        return False
    last = changes[-1]
    match last.body:
        case ChangeBody(kind=kind, revision=revision):
            failures = {part.rows.kind: part.rows.failure(revision) for part in recount.parts}
            is_unmade = ChangeEnd(command=last.number) in recount.data_of("not_changed")
            return is_unmade and failures.get(kind) is not None
        case _:
            return False
