"""The stable problem codes of the HTTP API, with their status and title (RFC 9457)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProblemKind:
    """One kind of problem: its code never changes, its detail is written where the problem happens.

    `money` says what happened to the money, if that is the same for all problems of the kind. Otherwise it is empty and
    the detail says it. It concerns only the request that gets the response: an earlier delivery of it may have been
    carried out, and another request may be acting on the trip. Only requests that were to change something get it.
    `next_step` is for the list of problems.
    """

    code: str
    status: int
    title: str
    money: str
    next_step: str


_UNREAD = "Nothing was booked, changed or charged by this request."
"""For a request that was refused before a trip or a conversation was read."""
_REFUSED = "This request changed nothing and moved no money; what was done before it stands."
"""For a request that does not fit the present state of the trip or the conversation."""
_UNDECIDED = "This decision is not stored and moved no money."
"""For a decision on an open item that was refused."""
_IN_THE_DETAIL = ""
"""For problems whose detail says it, since it is not the same for all of the kind."""

_KINDS = (
    ProblemKind("invalid_json", 400, "The body is not valid JSON", _UNREAD, "Send a JSON object in UTF-8."),
    ProblemKind(
        "invalid_request", 400, "The request is not valid", _UNREAD, "Mend the field or header that the detail names."
    ),
    ProblemKind(
        "sign_in_needed",
        401,
        "Who asks is not known",
        _UNREAD,
        "Sign in, or send a function key of the app in the header `x-functions-key`.",
    ),
    ProblemKind(
        "invalid_credentials", 401, "The credentials are not valid", _UNREAD, "Sign in again, or send another key."
    ),
    ProblemKind(
        "other_origin",
        403,
        "A page of another site asks",
        _UNREAD,
        "Send the request from a page of this app, or with a token or key instead of the cookie.",
    ),
    ProblemKind("sessions_off", 404, "There are no sessions here", _UNREAD, "Sign in, or send a function key."),
    ProblemKind("operator_needed", 403, "Only operators may do this", _UNREAD, "Ask an operator, or sign in as one."),
    ProblemKind(
        "trip_not_found",
        404,
        "There is no such trip",
        _REFUSED,
        "Take the id from the answer of the chat that booked the trip.",
    ),
    ProblemKind(
        "turn_not_found",
        404,
        "There is no such turn",
        _IN_THE_DETAIL,
        "Take the address from the `Location` header of the post.",
    ),
    ProblemKind(
        "quote_not_found",
        404,
        "There is no such quote",
        _REFUSED,
        "Take the id from the answer that named the price.",
    ),
    ProblemKind(
        "quote_incomplete",
        422,
        "Something is missing for a price",
        _UNREAD,
        "Add what the detail asks for to `arguments`, and send it as a new request.",
    ),
    ProblemKind(
        "quote_expired",
        410,
        "The time to decide is over",
        _REFUSED,
        "Ask for the price again.",
    ),
    ProblemKind(
        "other_offer",
        409,
        "Another price is asked about now",
        _REFUSED,
        "Read the quote again, and decide about the offer that it shows.",
    ),
    ProblemKind(
        "already_decided",
        409,
        "The price was answered before",
        _REFUSED,
        "Read the quote: its status and its trips tell what came of the first answer.",
    ),
    ProblemKind(
        "too_many_changes",
        409,
        "The price was changed too often",
        _REFUSED,
        "Approve or reject the offer, or ask for a new price.",
    ),
    ProblemKind(
        "item_not_found",
        404,
        "There is no such open item",
        _UNDECIDED,
        "List the open items again: somebody may have closed it.",
    ),
    ProblemKind(
        "part_of_trip",
        409,
        "This is only part of a trip",
        _REFUSED,
        "Use the id of the whole trip, which the detail names.",
    ),
    ProblemKind(
        "not_waiting",
        409,
        "The trip waits for no choice",
        _REFUSED,
        "Read the status of the trip. Only a trip that is `waiting` takes a choice.",
    ),
    ProblemKind(
        "not_confirmed",
        409,
        "The trip is not confirmed",
        _REFUSED,
        "Read the status of the trip. Only a confirmed trip can be changed.",
    ),
    ProblemKind(
        "change_in_progress",
        409,
        "A change is under way",
        _REFUSED,
        "Wait until the status of the trip is no longer under way, then send the request again.",
    ),
    ProblemKind(
        "needs_attention",
        409,
        "The trip needs attention first",
        _REFUSED,
        "Wait until an operator has settled the open items of the trip.",
    ),
    ProblemKind(
        "already_done",
        409,
        "The company has done it after all",
        _IN_THE_DETAIL,
        "List the open items again. The company has acted, so that nothing is left to decide.",
    ),
    ProblemKind(
        "conversation_busy",
        409,
        "The conversation has trips that are open",
        _REFUSED,
        "Wait for the trips of the conversation, or cancel them, then forget it again.",
    ),
    ProblemKind(
        "conversation_forgotten",
        410,
        "The conversation was forgotten",
        _REFUSED,
        "Begin a new conversation: post without this id.",
    ),
    ProblemKind(
        "stale_version",
        412,
        "The trip has changed since you looked",
        _UNDECIDED,
        "List the open items again and decide with the new `ETag`.",
    ),
    ProblemKind(
        "invalid_change",
        422,
        "The change is not possible",
        _REFUSED,
        "Choose another component, day or length, as the detail says.",
    ),
    ProblemKind(
        "invalid_decision",
        422,
        "The decision does not fit the item",
        _UNDECIDED,
        "Choose one of the decisions that the item allows.",
    ),
    ProblemKind(
        "precondition_required",
        428,
        "The version that you decide on is missing",
        _UNREAD,
        "Send the `ETag` of the item in `If-Match`.",
    ),
    ProblemKind(
        "provider_unavailable",
        503,
        "The company cannot be reached",
        _IN_THE_DETAIL,
        "Send the request again after `Retry-After` seconds.",
    ),
    ProblemKind(
        "too_many_requests", 429, "Too many requests", _UNREAD, "Send the request again after `Retry-After` seconds."
    ),
    ProblemKind("body_too_large", 413, "The body is too large", _UNREAD, "Send a shorter message."),
    ProblemKind(
        "unsupported_media_type",
        415,
        "The body must be JSON",
        _UNREAD,
        "Send the header `Content-Type: application/json`.",
    ),
    ProblemKind(
        "idempotency_mismatch",
        422,
        "The key was used with another request",
        _REFUSED,
        "Use a new key for a new request, and the old key only for the same request.",
    ),
    ProblemKind(
        "internal_error",
        500,
        "Something went wrong here",
        _IN_THE_DETAIL,
        "Do what the detail says. The operator finds the incident in the log under its number.",
    ),
    ProblemKind(
        "turn_stopped",
        500,
        "The turn stopped before its end",
        _IN_THE_DETAIL,
        "Post the same message with the same key: the turn goes on where it stopped.",
    ),
    ProblemKind(
        "model_answer_invalid",
        502,
        "The model's answer cannot be used",
        _IN_THE_DETAIL,
        "Post the message again, perhaps in other words.",
    ),
    ProblemKind(
        "misconfigured",
        503,
        "The app is not configured rightly",
        _REFUSED,
        "The operator mends the setting that the detail names.",
    ),
    ProblemKind(
        "model_unavailable",
        503,
        "The model cannot be reached",
        "Nothing was booked or charged for this message.",
        "Post the message again after `Retry-After` seconds.",
    ),
    ProblemKind(
        "ledger_not_shared",
        503,
        "The ledger is not shared between instances",
        _REFUSED,
        "The operator sets `STORE=tables`, because several instances cannot share a file.",
    ),
    ProblemKind(
        "storage_unavailable",
        503,
        "The storage cannot be reached",
        _IN_THE_DETAIL,
        "Send the request again after `Retry-After` seconds.",
    ),
    ProblemKind("route_not_found", 404, "There is no such address", _UNREAD, "Compare the address with docs/api.md."),
    ProblemKind(
        "method_not_allowed", 405, "The address takes another method", _UNREAD, "Use one of the methods in `Allow`."
    ),
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
