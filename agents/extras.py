"""The optional arguments of every tool: travellers, origin, day of return and budget.

What cannot be booked as it was said is a `Doubt`, about which the traveller is asked. A draft keeps the doubtful value,
so no later message books without it in silence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from agents.contacts import names_card, names_contact
from agents.places.lookup import UnknownPlace, look_up, same_place
from domain.amount import Money
from domain.budget import BadBudget, BudgetFault, read_budget
from domain.components import Unit
from domain.shape import MOST_TRAVELLERS
from domain.trip.requests import MOST_DAYS_AHEAD, MOST_UNITS, assumed_date

OPEN = "open"
"""The day of return of a traveller who wants to come back and names no day."""
LONGEST_PLACE = 80

Extra = Literal["travellers", "origin", "return_date", "budget"]
Reason = Literal[
    "too_many", "too_few", "unclear", "same_place", "open", "no_first_day", "no_such_day", "not_after", "too_far",
    "contradiction", BudgetFault,
]  # fmt: skip

_NAMES: set[str] = set(get_args(Extra))


class ExtraArguments(BaseModel):
    """The optional arguments as a model writes them. A value of the wrong type is the model's error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    travellers: int | None = None
    origin: str | None = None
    return_date: Annotated[str, Field(pattern=rf"^(\d{{4}}-\d{{2}}-\d{{2}}|{OPEN})?$")] | None = None
    budget: str | None = None

    def said(self) -> dict[str, str | int]:
        """Return the optional arguments that say something."""
        values = self.model_dump(include=_NAMES)
        tidied = {"origin": " ".join(str(values["origin"] or "").split())}
        return {name: value for name, value in (values | tidied).items() if value not in (None, "")}


@dataclass(frozen=True)
class Doubt:
    """One thing about an optional argument to ask about. `said` is what the question repeats."""

    what: Extra
    reason: Reason
    said: str = ""


@dataclass(frozen=True)
class Stay:
    """The first day, the length and the last day of a call as far as they are named, with the unit of the length.

    `derived` are the names of those that follow from the others.
    """

    unit: Unit | None
    first: date | None
    length: int | None
    last: date | None
    derived: frozenset[str] = frozenset()

    def completed(self, today: date, *, comes_back: bool) -> "Stay":
        """Return the stay with the third of the three, where two of them are named.

        `comes_back` says that a flight brings the traveller back at the end of the nights, on a day that is not named.
        """
        is_length = _is_length(self.length)
        # A model may write a number of any size.
        length = timedelta(days=self.length or 0) if is_length else timedelta(0)
        match self:
            case Stay(unit=str() as unit, first=date() as first, length=None, last=date() as last) if last > first:
                return replace(self, length=(last - first).days, derived=frozenset({unit}))
            case Stay(unit=str(), first=None, last=date() as last) if is_length:
                return replace(self, first=last - length, derived=frozenset({"date"}))
            case Stay(unit=str(), last=None) if is_length and comes_back:
                last = (self.first or assumed_date(today)) + length
                return replace(self, last=last, derived=frozenset({"return_date"}))
            case _:
                return self


def stay_of(arguments: ExtraArguments, unit: Unit | None, first: str | None, length: int | None) -> Stay:
    """Return the days of a call; a day that no calendar has counts as not named."""
    return Stay(unit, _day(first), length, _day(arguments.return_date))


def doubts_about(arguments: ExtraArguments, destination: str, stay: Stay, today: date) -> tuple[Doubt, ...]:
    """Return everything about the optional arguments that has to be asked first."""
    doubts = (
        _doubt_about_travellers(arguments.travellers),
        _doubt_about_origin(arguments.said().get("origin"), destination),
        _doubt_about_return(arguments.return_date, stay, today),
        _doubt_about_budget(arguments.said().get("budget")),
    )
    return tuple(doubt for doubt in doubts if doubt)


def fields_of_request(arguments: ExtraArguments, stay: Stay, *, has_flight: bool) -> Mapping[str, Any]:
    """Return the fields of `TripRequest` that the optional arguments fill; only for arguments without a doubt."""
    return dict(_fields(arguments, stay, has_flight=has_flight))


def schema_properties() -> dict[str, object]:
    """Return the optional arguments as properties of a tool's schema."""
    return {
        "travellers": {
            "type": ["integer", "null"],
            "description": "For how many people, children too, as the traveller said, even if out of the range 1 to "
            f"{MOST_TRAVELLERS}; null if no number was said.",
        },
        "origin": {
            "type": ["string", "null"],
            "description": "The place where the journey starts, as the traveller wrote it; null if none was named.",
        },
        "return_date": {
            "type": ["string", "null"],
            "description": "Day of the return flight, or last day of the stay, as YYYY-MM-DD; "
            f'"{OPEN}" if a return flight is wanted without a day; null for one way or if nothing was said.',
        },
        "budget": {
            "type": ["string", "null"],
            "description": "The most that all of it may cost, with the currency that was named, such as "
            '"900 USD" or "899.50 EUR"; for a limit by the night, day or person "80 USD per night"; null if none was '
            "named.",
        },
    }


def _fields(arguments: ExtraArguments, stay: Stay, *, has_flight: bool) -> Iterator[tuple[str, Any]]:
    said = arguments.said()
    # One traveller is what is booked without the argument, so that both are the same request.
    if arguments.travellers not in (None, 1):
        yield "travellers", arguments.travellers
    if "origin" in said:
        yield "origin", said["origin"]
    # The last day of a hotel or a hire car is in its length.
    if stay.last and has_flight:
        yield "return_date", stay.last
    if isinstance(budget := read_budget(str(said.get("budget"))), Money):
        yield "budget", budget


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _is_length(length: int | None) -> bool:
    return length in range(1, MOST_UNITS + 1)


def _first_doubt(what: Extra, said: str, checks: Mapping[Reason, bool]) -> Doubt | None:
    """Return the doubt for the first of the reasons that applies."""
    for reason, applies in checks.items():
        if applies:
            return Doubt(what, reason, said)
    return None


def _doubt_about_travellers(travellers: int | None) -> Doubt | None:
    number = 1 if travellers is None else travellers
    checks: dict[Reason, bool] = {
        "too_many": number > MOST_TRAVELLERS,
        "too_few": number < 1,
    }
    return _first_doubt("travellers", "", checks)


def _doubt_about_origin(origin: str | int | None, destination: str) -> Doubt | None:
    if origin is None:
        return None
    name = str(origin)
    checks: dict[Reason, bool] = {
        "unclear": not _is_name(name),
        "same_place": same_place(name, destination),
    }
    return _first_doubt("origin", name, checks) or doubt_about_place_of_origin(name)


def _is_name(text: str) -> bool:
    """Return whether a text may be a name. Replies repeat it, so a model could write to the traveller through it."""
    has_letters = any(map(str.isalpha, text))
    is_short = len(text) <= LONGEST_PLACE
    return all([has_letters, text.isprintable(), is_short, not names_contact(text), not names_card(text)])


def doubt_about_place_of_origin(origin: str) -> Doubt | None:
    """Return the doubt about an origin that is no known place."""
    return Doubt("origin", "unclear", origin) if isinstance(look_up(origin), UnknownPlace) else None


def _doubt_about_return(text: str | None, stay: Stay, today: date) -> Doubt | None:
    if stay.first and stay.last:
        return _doubt_about_last_day(stay, stay.first, stay.last, today)
    # The end of a stay is its length's: where the length is missing it is asked for, and the other days follow.
    is_flight_alone = stay.unit is None
    checks: dict[Reason, bool] = {
        "open": all([text == OPEN, is_flight_alone]),
        "no_such_day": all([text not in (OPEN, "", None), stay.last is None]),
        "no_first_day": all([stay.last is not None, is_flight_alone]),
    }
    return _first_doubt("return_date", str(text), checks)


def _doubt_about_last_day(stay: Stay, first: date, last: date, today: date) -> Doubt | None:
    days = (last - first).days
    # Who hires a car counts the last day too, or does not.
    counted = (days, days + (stay.unit == "days"))
    checks: dict[Reason, bool] = {
        "not_after": last <= first,
        "too_far": last > today + timedelta(days=MOST_DAYS_AHEAD),
        "contradiction": all([_is_length(stay.length), stay.length not in counted]),
    }
    return _first_doubt("return_date", f"{last}", checks)


def _doubt_about_budget(budget: str | int | None) -> Doubt | None:
    if budget is None:
        return None
    amount = read_budget(str(budget))
    # A budget in order is answered by a price, which the traveller compares.
    return Doubt("budget", amount.fault) if isinstance(amount, BadBudget) else None
