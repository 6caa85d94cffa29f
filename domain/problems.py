"""The stable problem codes of the HTTP API, with their status and title (RFC 9457)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProblemKind:
    """One kind of problem: its code never changes, its detail is written where it happens.

    `money` is what became of the money wherever that is the same for all of the kind; otherwise the detail tells.
    """

    code: str
    status: int
    title: str
    money: str = ""


_UNTOUCHED = "Nothing was booked, changed or charged."

_KINDS = (
    ProblemKind("invalid_json", 400, "The body is not valid JSON", _UNTOUCHED),
    ProblemKind("invalid_request", 400, "The request is not valid", _UNTOUCHED),
    ProblemKind("trip_not_found", 404, "There is no such trip", _UNTOUCHED),
    ProblemKind("turn_not_found", 404, "There is no such turn", _UNTOUCHED),
    ProblemKind("item_not_found", 404, "There is no such open item", _UNTOUCHED),
    ProblemKind("part_of_trip", 409, "This is only part of a trip", _UNTOUCHED),
    ProblemKind("not_waiting", 409, "The trip waits for no choice", _UNTOUCHED),
    ProblemKind("not_confirmed", 409, "The trip is not confirmed", _UNTOUCHED),
    ProblemKind("change_in_progress", 409, "A change is under way", _UNTOUCHED),
    ProblemKind("needs_attention", 409, "The trip needs attention first", _UNTOUCHED),
    ProblemKind("already_done", 409, "The company has done it after all"),
    ProblemKind("conversation_busy", 409, "The conversation has trips that are open", _UNTOUCHED),
    ProblemKind("conversation_forgotten", 410, "The conversation was forgotten", _UNTOUCHED),
    ProblemKind("stale_version", 412, "The trip has changed since you looked", _UNTOUCHED),
    ProblemKind("invalid_change", 422, "The change is not possible", _UNTOUCHED),
    ProblemKind("invalid_decision", 422, "The decision does not fit the item", _UNTOUCHED),
    ProblemKind("precondition_required", 428, "The version that you decide on is missing", _UNTOUCHED),
    ProblemKind("provider_unavailable", 503, "The company can't be reached"),
    ProblemKind("body_too_large", 413, "The body is too large", _UNTOUCHED),
    ProblemKind("unsupported_media_type", 415, "The body must be JSON", _UNTOUCHED),
    ProblemKind("idempotency_mismatch", 422, "The key was used with another body", _UNTOUCHED),
    ProblemKind("internal_error", 500, "Something went wrong here"),
    ProblemKind("turn_stopped", 500, "The turn stopped before its end"),
    ProblemKind("model_answer_invalid", 502, "The model's answer can't be used"),
    ProblemKind("misconfigured", 503, "The app is not configured rightly", _UNTOUCHED),
    ProblemKind("model_unavailable", 503, "The model can't be reached", _UNTOUCHED),
    ProblemKind("ledger_not_shared", 503, "The ledger is not shared between instances"),
    ProblemKind("storage_unavailable", 503, "The storage can't be reached"),
)
PROBLEMS: dict[str, ProblemKind] = {kind.code: kind for kind in _KINDS}
