"""The bodies of commands to a trip, validated; what is wrong becomes a problem that says how to mend it."""

import re
from datetime import date, datetime, timedelta
from typing import Any, Literal

import azure.functions as func

from api.json_body import fields_of, invalid
from api.problems import ApiProblem
from domain.components import COMPONENT_KINDS, COMPONENTS, ComponentKind
from domain.trip.requests import MOST_DAYS_AHEAD, MOST_UNITS
from domain.value import Value

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class ChangeWanted(Value):
    """`PUT /api/trips/{id}/modify`: another day or length for one component."""

    component: ComponentKind
    units: int | None
    day: date | None


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
