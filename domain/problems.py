"""The stable problem codes of the HTTP API, with their status and title (RFC 9457)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProblemKind:
    """One kind of problem: its code never changes, its detail is written where the problem happens.

    `money` says what happened to the money, if that is the same for all problems of the kind; otherwise the detail says
    it. It concerns only the request that gets the response: an earlier delivery of it may have been carried out, and
    another request may be acting on the trip. Only requests that were to change something get it.
    """

    code: str
    status: int
    title: str
    money: str = ""


_UNREAD = "Nothing was booked, changed or charged by this request."
"""For a request that was refused before a trip or a conversation was read."""
_REFUSED = "This request changed nothing and moved no money; what was done before it stands."
"""For a request that does not fit the present state of the trip or the conversation."""
_UNDECIDED = "This decision is not stored and moved no money."
"""For a decision on an open item that was refused."""

_KINDS = (
    ProblemKind("invalid_json", 400, "The body is not valid JSON", _UNREAD),
    ProblemKind("invalid_request", 400, "The request is not valid", _UNREAD),
    ProblemKind("trip_not_found", 404, "There is no such trip", _REFUSED),
    ProblemKind("turn_not_found", 404, "There is no such turn"),
    ProblemKind("item_not_found", 404, "There is no such open item", _UNDECIDED),
    ProblemKind("part_of_trip", 409, "This is only part of a trip", _REFUSED),
    ProblemKind("not_waiting", 409, "The trip waits for no choice", _REFUSED),
    ProblemKind("not_confirmed", 409, "The trip is not confirmed", _REFUSED),
    ProblemKind("change_in_progress", 409, "A change is under way", _REFUSED),
    ProblemKind("needs_attention", 409, "The trip needs attention first", _REFUSED),
    ProblemKind("already_done", 409, "The company has done it after all"),
    ProblemKind("conversation_busy", 409, "The conversation has trips that are open", _REFUSED),
    ProblemKind("conversation_forgotten", 410, "The conversation was forgotten", _REFUSED),
    ProblemKind("stale_version", 412, "The trip has changed since you looked", _UNDECIDED),
    ProblemKind("invalid_change", 422, "The change is not possible", _REFUSED),
    ProblemKind("invalid_decision", 422, "The decision does not fit the item", _UNDECIDED),
    ProblemKind("precondition_required", 428, "The version that you decide on is missing", _UNREAD),
    ProblemKind("provider_unavailable", 503, "The company can't be reached"),
    ProblemKind("body_too_large", 413, "The body is too large", _UNREAD),
    ProblemKind("unsupported_media_type", 415, "The body must be JSON", _UNREAD),
    ProblemKind("idempotency_mismatch", 422, "The key was used with another request", _REFUSED),
    ProblemKind("internal_error", 500, "Something went wrong here"),
    ProblemKind("turn_stopped", 500, "The turn stopped before its end"),
    ProblemKind("model_answer_invalid", 502, "The model's answer can't be used"),
    ProblemKind("misconfigured", 503, "The app is not configured rightly", _REFUSED),
    ProblemKind(
        "model_unavailable", 503, "The model can't be reached", "Nothing was booked or charged for this message."
    ),
    ProblemKind("ledger_not_shared", 503, "The ledger is not shared between instances", _REFUSED),
    ProblemKind("storage_unavailable", 503, "The storage can't be reached"),
)
PROBLEMS: dict[str, ProblemKind] = {kind.code: kind for kind in _KINDS}

_IN_STORED_DETAILS = (" Nothing was booked or charged.", "; nothing was booked")
"""Sentences about money that the stored problems of turns have in their details."""


def without_money(detail: str) -> str:
    """Return the detail without its sentences about money, for a request that only reads."""
    # Stored problems keep the details that they were written with, so the sentences are taken out on reading.
    for sentence in _IN_STORED_DETAILS:
        detail = detail.replace(sentence, "")
    return detail
