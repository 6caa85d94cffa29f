"""The end of a trip by a recount from the suppliers' books, and the error that goes with it. Pure."""

from collections.abc import Mapping

from audit.recounted.part import Part
from audit.recounted.recount import Recount
from audit.recounted.statuses import first_that_holds
from domain.components import parts_of
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
    # A trip is confirmed only with every component, whatever it was asked to do on a failure.
    complete = len(parts_of(recount.row.kind))
    claims = {
        "confirmed": confirmed == complete,
        "partly_confirmed": confirmed > 0,
        "cancelled": _was_cancelled(recount),
    }
    return first_that_holds(claims, otherwise="failed")


def end_of_part(recount: Recount, part: Part) -> str:
    """Return how one component has ended, or how far it has come."""
    claims = {
        "needs_attention": bool(part.rows.open_items),
        "confirmed": part.is_confirmed,
        "running": part.staying is not None,
        "cancelled": _was_cancelled(recount),
    }
    return first_that_holds(claims, otherwise="failed")


def _was_cancelled(recount: Recount) -> bool:
    return bool(recount.commands_of("cancel"))


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
    # A component that was booked or cancelled shows no error, even if something of it failed on the way.
    if status in ("cancelled", "confirmed"):
        return None
    failure = part.rows.failure(1)
    if failure and status == "needs_attention":
        return "needs_attention"
    return failure


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
