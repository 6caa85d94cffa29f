"""Validation of commands to a trip, and of questions about them. An error says how to mend the request."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal

import azure.functions as func

from api.json_body import fields_of, invalid
from api.problems import ApiProblem
from domain.components import COMPONENT_KINDS, COMPONENTS, ComponentKind
from domain.trip.requests import MOST_DAYS_AHEAD, MOST_UNITS
from domain.value import Value

_LENGTHS = ("nights", "days")
_FIELDS = ("component", *_LENGTHS, "date")
_NUMBER = re.compile(r"-?[0-9]{1,9}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class ChangeRequest(Value):
    """The body of `PUT /api/trips/{id}/modify`: another day or length for one component. None leaves it as it is."""

    component: ComponentKind
    units: int | None
    day: date | None


def read_change(request: func.HttpRequest) -> ChangeRequest:
    """Return the requested change. Raise `ApiProblem`, 422 `invalid_change` for a value that no booking may have."""
    return _change(fields_of(request, _FIELDS))


def read_change_query(query: Mapping[str, str]) -> ChangeRequest:
    """Return the change in the query of `GET /api/trips/{id}/modify-terms`. Raise `ApiProblem` as `read_change`."""
    # The platform's function key may be in the query too.
    fields: dict[str, Any] = {name: value for name, value in query.items() if name != "code"}
    unknown = [name for name in fields if name not in _FIELDS]
    if unknown:
        raise invalid(f"There is no parameter {unknown[0][:100]!a}; the parameters are {', '.join(_FIELDS)}.")
    for name in _LENGTHS:
        if _NUMBER.fullmatch(fields.get(name, "")):
            fields[name] = int(fields[name])
    return _change(fields)


def _change(fields: Mapping[str, Any]) -> ChangeRequest:
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


def _units(fields: Mapping[str, Any], kind: ComponentKind) -> int | None:
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


def _day(fields: Mapping[str, Any]) -> date | None:
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
