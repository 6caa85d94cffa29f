"""A traveller's requests: the validated arguments of the four tools.

A model's arguments are parsed into these values before anything happens. The traveller is asked about a destination, a
length or a date that is missing or out of range. Every other flaw (unknown field, wrong type) is the model's error.
"""

from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from domain.amount import Money
from domain.budget import budget_text
from domain.components import COMPONENTS, TRIP_KINDS, ComponentKind, ToolName, TripKind, tool_of
from domain.shape import MOST_TRAVELLERS, Shape
from domain.value import Value, is_none

KIND_OF_TOOL: dict[ToolName, TripKind] = {tool_of(kind): kind for kind in TRIP_KINDS}
DAYS_AHEAD_BY_DEFAULT = 14
MOST_UNITS = 30
MOST_DAYS_AHEAD = 730
NO_DATE = date(1970, 1, 1)
"""The date in the row of a trip whose traveller was forgotten. Nobody is shown it."""

_SHOWN_AS_THEY_ARE = {"destination", "nights", "days", "travellers", "origin", "return_date"}
_SHAPE = {"travellers"}
_SHAPES: dict[ComponentKind, set[str]] = {"flight": {"travellers", "origin", "return_date"}}
"""The fields that say in which shape a component is ordered, where they are not those of every component."""

Destination = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Length = Annotated[int, Field(ge=1, le=MOST_UNITS)]
OptionalDate = date | None
"""In the class, `date` is the name of a field."""


class TripRequest(Value):
    """A complete request. `date` is always set; `date_assumed` is set if the traveller did not name it.

    `nights` is set for travel and hotel, `days` for car hire. A travel trip hires the car for as many days as nights.
    The fields after `date_assumed` are left out of JSON where they are unset.
    """

    kind: TripKind
    destination: Destination
    nights: Length | None = None
    days: Length | None = None
    date: date
    date_assumed: bool = False
    travellers: Annotated[int, Field(ge=1, le=MOST_TRAVELLERS)] | None = Field(default=None, exclude_if=is_none)
    """None for one traveller."""
    origin: Destination | None = Field(default=None, exclude_if=is_none)
    return_date: OptionalDate = Field(default=None, exclude_if=is_none)
    """The day of the flight back; None for a flight without one."""
    budget: Money | None = Field(default=None, exclude_if=is_none)
    """The most that the whole trip may cost."""

    def arguments(self) -> dict[str, str | int]:
        """Return the tool's arguments, ready for JSON, as `GET /api/travel-status` shows them."""
        arguments = self.model_dump(mode="json", include=_SHOWN_AS_THEY_ARE, exclude_none=True)
        if self.date != NO_DATE:
            arguments["date"] = self.date.isoformat()
        if self.budget:
            arguments["budget"] = budget_text(self.budget)
        return arguments

    def units_of(self, component: ComponentKind) -> int | None:
        """Return the number of nights or days requested for this component; None for a flight."""
        if COMPONENTS[component].unit is None:
            return None
        # A trip has one length: its nights, or its days where nothing of it is for nights.
        if self.nights is None:
            return self.days
        return self.nights

    def of_component(self, component: ComponentKind) -> "TripRequest":
        """Return the request for one component, as the tool for it alone would have made it."""
        units, unit = self.units_of(component), COMPONENTS[component].unit
        return TripRequest(
            kind=component,
            destination=self.destination,
            nights=units if unit == "nights" else None,
            days=units if unit == "days" else None,
            date=self.date,
            date_assumed=self.date_assumed,
            **self._shape_fields(component),
        )

    def shape_of(self, component: ComponentKind) -> Shape | None:
        """Return the shape in which this component is ordered; None where nothing of it is set."""
        fields = self._shape_fields(component)
        return Shape(**fields) if fields else None

    def _shape_fields(self, component: ComponentKind) -> dict[str, Any]:
        # What is unset is not dumped.
        return self.model_dump(include=_SHAPES.get(component, _SHAPE))


def assumed_date(today: date) -> date:
    """Return the date that is taken if the traveller names none; `today` is the UTC date."""
    return today + timedelta(days=DAYS_AHEAD_BY_DEFAULT)
