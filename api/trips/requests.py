"""Validation of the bodies of commands to a trip. An error becomes a problem that says how to mend it."""

import re
from datetime import date, datetime, timedelta
from typing import Any, Literal

import azure.functions as func

from api.json_body import fields_of, invalid
from api.problems import ApiProblem
from domain.components import COMPONENT_KINDS, COMPONENTS, ComponentKind
from domain.trip.requests import MOST_DAYS_AHEAD, MOST_UNITS
from domain.value import Value

_LENGTHS = ("nights", "days")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class ChangeRequest(Value):
    """The body of `PUT /api/trips/{id}/modify`: another day or length for one component. None leaves it as it is."""

    component: ComponentKind
    units: int | None
    day: date | None


def read_change(request: func.HttpRequest) -> ChangeRequest:
    """Return the requested change. Raise `ApiProblem`, 422 `invalid_change` for a value that no booking may have."""
    fields = fields_of(request, ("component", *_LENGTHS, "date"))
    kind = fields.get("component")
    if kind not in COMPONENT_KINDS:
        raise invalid(f"The field component must be one of {', '.join(COMPONENT_KINDS)}.")
    units = _units(fields, kind)
    day = _day(fields)
    if units is None and day is None:
        raise invalid("Name what is to change: nights or days, or date, or both.")
    return ChangeRequest(component=kind, units=units, day=day)


def require_bookable(day: date | None, at: datetime) -> None:
    """Raise `ApiProblem` 422 `invalid_change` for a day that has passed or is too far ahead, seen from `at`."""
    if day is None:
        return
    first = at.date()
    if not first <= day <= first + timedelta(days=MOST_DAYS_AHEAD):
        raise ApiProblem(
            code="invalid_change",
            detail=f"The date {day} has passed or is more than {MOST_DAYS_AHEAD} days ahead.",
        )


def read_choice(request: func.HttpRequest) -> Literal["keep", "undo"]:
    """Return the choice in the body of `POST /api/trips/{id}/answer`. Raise `ApiProblem`."""
    choice = fields_of(request, ("choice",)).get("choice")
    if choice not in ("keep", "undo"):
        raise invalid("The field choice must be keep or undo.")
    return choice


def _units(fields: dict[str, Any], kind: ComponentKind) -> int | None:
    unit, noun = COMPONENTS[kind].unit, COMPONENTS[kind].noun
    for name in _LENGTHS:
        if name in fields and name != unit:
            raise ApiProblem(
                code="invalid_change",
                detail=f"A {noun} has no {name}.",
            )
    if unit is None or unit not in fields:
        return None
    value = fields[unit]
    # A boolean is an integer in Python, hence the type itself and not `isinstance`.
    if type(value) is not int:
        raise invalid(f"The field {unit} must be a whole number.")
    if not 1 <= value <= MOST_UNITS:
        raise ApiProblem(
            code="invalid_change",
            detail=f"The field {unit} must be 1 to {MOST_UNITS}.",
        )
    return value


def _day(fields: dict[str, Any]) -> date | None:
    if "date" not in fields:
        return None
    value = fields["date"]
    # `fromisoformat` would also take 20270301 and 2027-W09-1.
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise _no_date()
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _no_date() from None


def _no_date() -> ApiProblem:
    return invalid("The field date must be a date like 2027-03-01.")
