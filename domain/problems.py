"""The stable problem codes of the HTTP API, with their status and title (RFC 9457)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProblemKind:
    """One kind of problem: its code never changes, its detail is written where it happens."""

    code: str
    status: int
    title: str


_KINDS = (
    ProblemKind("invalid_json", 400, "The body is not valid JSON"),
    ProblemKind("invalid_request", 400, "The request is not valid"),
    ProblemKind("trip_not_found", 404, "There is no such trip"),
    ProblemKind("turn_not_found", 404, "There is no such turn"),
    ProblemKind("body_too_large", 413, "The body is too large"),
    ProblemKind("unsupported_media_type", 415, "The body must be JSON"),
    ProblemKind("idempotency_mismatch", 422, "The key was used with another body"),
    ProblemKind("internal_error", 500, "Something went wrong here"),
    ProblemKind("turn_stopped", 500, "The turn stopped before its end"),
    ProblemKind("model_answer_invalid", 502, "The model's answer can't be used"),
    ProblemKind("misconfigured", 503, "The app is not configured rightly"),
    ProblemKind("model_unavailable", 503, "The model can't be reached"),
    ProblemKind("ledger_not_shared", 503, "The ledger is not shared between instances"),
    ProblemKind("storage_unavailable", 503, "The storage can't be reached"),
)
PROBLEMS: dict[str, ProblemKind] = {kind.code: kind for kind in _KINDS}
