"""Validation of the body and the headers of a decision. An error becomes a problem that says how to mend it."""

import re
from typing import Any

import azure.functions as func

from api.json_body import HALF_OF_A_PAIR, fields_of, invalid
from api.problems import ApiProblem
from domain.attention.decisions import Decision
from domain.value import Value

_VERSION = re.compile(r"[0-9]{1,9}")
_LONGEST_TEXT = 500


class DecisionRequest(Value):
    """The body of `POST /api/operations/attention/{trip}/items/{item}`: an operator's decision and its reason."""

    decision: Decision
    reason: str
    reference: str


def read_decision(request: func.HttpRequest) -> DecisionRequest:
    """Return the decision. Raise `ApiProblem`.

    `reason` is always required; `reference`, of the refund or payment made elsewhere, only for `settled`.
    """
    fields = fields_of(request, ("decision", "reason", "reference"))
    decision = fields.get("decision")
    if decision not in ("retry", "settled", "written_off"):
        raise invalid("The field decision must be retry, settled or written_off.")
    reason, reference = _text(fields, "reason"), _text(fields, "reference")
    if not reason:
        raise invalid("The field reason is missing: it is kept for the audit.")
    if decision == "settled" and not reference:
        raise invalid("The field reference is missing: it names the refund or payment made elsewhere.")
    return DecisionRequest(decision=decision, reason=reason, reference=reference)


def if_match(request: func.HttpRequest) -> int | None:
    """Return the version of the trip that the operator saw, or None for a tag that the app never gives.

    Raise `ApiProblem` precondition_required without the header.
    """
    # A proxy may have weakened the tag, which changes nothing here.
    etag = request.headers.get("if-match", "").strip().removeprefix("W/").strip('"')
    if not etag:
        raise ApiProblem(
            code="precondition_required",
            detail='Send If-Match with the etag of the item, e.g. If-Match: "7".',
        )
    return int(etag) if _VERSION.fullmatch(etag) else None


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str) or not _may_be_stored(value):
        raise invalid(f"The field {name} must be a string of at most 500 characters.")
    return value.strip()


def _may_be_stored(text: str) -> bool:
    return len(text) <= _LONGEST_TEXT and not HALF_OF_A_PAIR.search(text)
