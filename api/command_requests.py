"""The bodies of commands, validated; what is wrong becomes the problem that names the mend."""

import re
from datetime import date, datetime, timedelta
from typing import Any, Literal

import azure.functions as func

from api.json_body import fields_of, invalid
from api.problems import ApiProblem
from domain.attention.decisions import Decision
from domain.components import COMPONENT_KINDS, COMPONENTS, ComponentKind
from domain.trip.requests import MOST_DAYS_AHEAD, MOST_UNITS
from domain.value import Value

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class ChangeWanted(Value):
    """`PUT /api/trips/{id}/modify`: another day or length for one component."""

    component: ComponentKind
    units: int | None
    day: date | None


class DecisionWanted(Value):
    """`POST /api/operations/attention/{trip}/items/{item}`: what a person decided, and why."""

    decision: Decision
    reason: str
    reference: str


def read_change(request: func.HttpRequest) -> ChangeWanted:
    """Raises `ApiProblem`, 422 `invalid_change` for what is well formed and can't be on any day."""
    fields = fields_of(request, ("component", "nights", "days", "date"))
    kind = fields.get("component")
    if kind not in COMPONENT_KINDS:
        raise invalid(f"The field component must be one of {', '.join(COMPONENT_KINDS)}.")
    units = _units(fields, kind)
    day = _day(fields)
    if units is None and day is None:
        raise invalid("Name what is to change: nights or days, or date, or both.")
    return ChangeWanted(component=kind, units=units, day=day)


def require_bookable(day: date | None, at: datetime) -> None:
    """Raise `ApiProblem` 422 `invalid_change` for a day that can't be booked at this time."""
    if day is not None and not at.date() <= day <= at.date() + timedelta(days=MOST_DAYS_AHEAD):
        raise ApiProblem("invalid_change", f"The date {day} has passed or is more than {MOST_DAYS_AHEAD} days ahead.")


def read_choice(request: func.HttpRequest) -> Literal["keep", "undo"]:
    """`POST /api/trips/{id}/answer`."""
    choice = fields_of(request, ("choice",)).get("choice")
    if choice == "keep" or choice == "undo":
        return choice
    raise invalid("The field choice must be keep or undo.")


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


def _units(fields: dict[str, Any], kind: ComponentKind) -> int | None:
    unit = COMPONENTS[kind].unit
    other = next((name for name in ("nights", "days") if name in fields and name != unit), None)
    if other:
        raise ApiProblem("invalid_change", f"A {COMPONENTS[kind].noun} has no {other}.")
    if unit is None or unit not in fields:
        return None
    value = fields[unit]
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(f"The field {unit} must be a whole number.")
    if not 1 <= value <= MOST_UNITS:
        raise ApiProblem("invalid_change", f"The field {unit} must be 1 to {MOST_UNITS}.")
    return value


def _day(fields: dict[str, Any]) -> date | None:
    if "date" not in fields:
        return None
    value = fields["date"]
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and _DATE.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None:
        raise invalid("The field date must be a date like 2027-03-01.")
    return day


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str) or len(value) > 500 or any("\ud800" <= c <= "\udfff" for c in value):
        raise invalid(f"The field {name} must be a string of at most 500 characters.")
    return value.strip()
