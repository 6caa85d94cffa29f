"""The body and the headers of a decision, validated; what is wrong becomes a problem that says how to mend it."""

from typing import Any

import azure.functions as func

from api.json_body import fields_of, invalid
from api.problems import ApiProblem
from domain.attention.decisions import Decision
from domain.value import Value


class DecisionWanted(Value):
    """`POST /api/operations/attention/{trip}/items/{item}`: what a person decided, and why."""

    decision: Decision
    reason: str
    reference: str


def read_decision(request: func.HttpRequest) -> DecisionWanted:
    """`reason` is wanted always, `reference` (of the refund or payment made elsewhere) for `settled`."""
    fields = fields_of(request, ("decision", "reason", "reference"))
    decision = fields.get("decision")
    if decision not in ("retry", "settled", "written_off"):
        raise invalid("The field decision must be retry, settled or written_off.")
    reason, reference = _text(fields, "reason"), _text(fields, "reference")
    if not reason:
        raise invalid("The field reason is missing: it is kept for the audit.")
    if decision == "settled" and not reference:
        raise invalid("The field reference is missing: it names the refund or payment made elsewhere.")
    return DecisionWanted(decision=decision, reason=reason, reference=reference)


def if_match(request: func.HttpRequest) -> int:
    """The version that a decision is made on, from the list of open items."""
    given = request.headers.get("if-match", "").strip().removeprefix("W/").strip('"')
    if not given:
        raise ApiProblem("precondition_required", 'Send If-Match with the etag of the item, e.g. If-Match: "7".')
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str) or len(value) > 500 or any("\ud800" <= c <= "\udfff" for c in value):
        raise invalid(f"The field {name} must be a string of at most 500 characters.")
    return value.strip()
