"""The four tools: their strict schemas for a model, and the strict reading of a model's calls.

A call that is not well-formed raises `ModelAnswerInvalid`. A well-formed call that lacks something, or asks for too
much, is a `Gap`, about which the traveller is asked.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal, TypedDict

from pydantic import Field, ValidationError

from agents.contacts import names_card, names_contact
from agents.extras import (
    OPEN,
    Doubt,
    ExtraArguments,
    Stay,
    doubts_about,
    fields_of_request,
    schema_properties,
    stay_of,
)
from agents.model import ModelAnswerInvalid, ToolCall
from agents.places.lookup import AmbiguousPlace, KnownPlace, UnknownPlace, look_up
from agents.trade_words import TRADE_WORDS
from domain.components import FLIGHT, ToolName, Unit, parts_of, tool_of
from domain.conversation.turn import Draft, OpenDay
from domain.trip.requests import KIND_OF_TOOL, MOST_DAYS_AHEAD, MOST_UNITS, TripRequest, assumed_date

LENGTH_OF_TOOL: dict[ToolName, Unit | None] = {tool: TRADE_WORDS[kind].length for tool, kind in KIND_OF_TOOL.items()}
_LONGEST_DESTINATION = 80
_LONGEST_TO_REPEAT = 10_000
_NEEDS_TOWN: frozenset[ToolName] = frozenset({"book_travel", "book_flight"})
"""Tools that go to one town, or to an island; a hotel and a hire car may be anywhere in a country."""
_WITH_FLIGHT = frozenset(tool for tool, kind in KIND_OF_TOOL.items() if FLIGHT in parts_of(kind))
"""Tools that book a flight, which may have a leg back."""


class _Arguments(ExtraArguments):
    """The arguments that all tools share. Each may be missing: then it is asked about, not refused."""

    destination: str | None = None
    date: Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] | None = None


class _ArgumentsWithNights(_Arguments):
    nights: int | None = None


class _ArgumentsWithDays(_Arguments):
    days: int | None = None


_SHAPE_OF_LENGTH: dict[Unit | None, type[_Arguments]] = {
    None: _Arguments,
    "nights": _ArgumentsWithNights,
    "days": _ArgumentsWithDays,
}
_SHAPES: dict[str, tuple[ToolName, type[_Arguments]]] = {
    tool: (tool, _SHAPE_OF_LENGTH[length]) for tool, length in LENGTH_OF_TOOL.items()
}

What = Literal["destination", "nights", "days", "date"]


@dataclass(frozen=True)
class Flaw:
    """One thing to ask about. `said` is the value that cannot be used, None where nothing was said."""

    what: What
    reason: Literal[
        "missing", "too_long", "too_short", "past", "too_far", "no_such_day", "unknown", "ambiguous", "too_wide"
    ]
    said: str | None = None
    options: tuple[str, ...] = ()
    """The places that an ambiguous name may mean."""

    @property
    def is_to_narrow(self) -> bool:
        """Whether the value says something, but not enough: it is kept, so that the answer completes it."""
        return self.reason in ("ambiguous", "too_wide")


@dataclass(frozen=True)
class Gap:
    """A well-formed call that cannot be booked yet. `draft` keeps the usable arguments, and all optional ones."""

    draft: Draft
    flaws: tuple[Flaw, ...]
    doubts: tuple[Doubt, ...] = ()
    """The same about the optional arguments."""


class FunctionSchema(TypedDict):
    name: str
    description: str
    strict: bool
    parameters: dict[str, object]


class ToolSchema(TypedDict):
    type: Literal["function"]
    function: FunctionSchema


def tool_schemas() -> list[ToolSchema]:
    """Return the tools in the form of chat completions."""
    return list(map(_schema, LENGTH_OF_TOOL))


def read_call(call: ToolCall, today: date) -> TripRequest | Gap:
    """Return the request that a call means, or what is to be asked first. Raises `ModelAnswerInvalid`."""
    if call.tool not in _SHAPES:
        raise ModelAnswerInvalid("The model called a tool that does not exist; nothing was booked.")
    tool, shape = _SHAPES[call.tool]
    try:
        arguments = shape.model_validate_json(call.arguments)
    except ValidationError:
        raise ModelAnswerInvalid(
            f"The model called {tool} with arguments that can't be used; nothing was booked."
        ) from None
    return _judge(tool, arguments, today)


def draft_of(request: TripRequest) -> Draft:
    """Return a complete request as a draft that waits for others."""
    arguments = request.arguments()
    # A date that we assumed is not the traveller's: it is assumed anew when the draft is booked.
    if request.date_assumed:
        del arguments["date"]
    return Draft(tool=tool_of(request.kind), arguments=arguments)


def call_of(draft: Draft) -> ToolCall:
    """Return a draft as the call that a model would make for it."""
    arguments = json.dumps(draft.arguments, ensure_ascii=False)
    return ToolCall(draft.tool, arguments)


def needs_place(draft: Draft) -> bool:
    """Return whether the destination of an unfinished request is missing, or does not say enough."""
    destination = str(draft.arguments.get("destination", ""))
    return _flaw_of_destination(draft.tool, destination) is not None


def _judge(tool: ToolName, arguments: _Arguments, today: date) -> TripRequest | Gap:
    destination = " ".join((arguments.destination or "").split())
    values: dict[str, str | int | None] = {"destination": destination}
    flaws: dict[str, Flaw | None] = {"destination": _flaw_of_destination(tool, destination)}
    stay = _stay_of(tool, arguments, today)
    if unit := LENGTH_OF_TOOL[tool]:
        values[unit] = stay.length
        flaws[unit] = _flaw_of_length(unit, stay.length)
    if named := _first_day_in(arguments, stay):
        values["date"] = named
        flaws["date"] = _flaw_of_date(named, today)
    usable = {name: value for name, value in values.items() if value is not None and _is_kept(flaws[name])}
    to_ask = tuple(flaw for flaw in flaws.values() if flaw)
    doubts = doubts_about(arguments, destination, stay, today)
    if to_ask or doubts:
        # What follows from other arguments is left out, because the answer may change those.
        for name in stay.derived:
            usable.pop(name, None)
        # A day that cannot be booked was named all the same, so none is assumed in its place.
        open_day = OpenDay() if flaws.get("date") else None
        return Gap(Draft(tool=tool, arguments=usable | arguments.said(), open_day=open_day), to_ask, doubts)
    extras = fields_of_request(arguments, stay, has_flight=tool in _WITH_FLIGHT)
    return _request(tool, {**usable, **extras}, today)


def _stay_of(tool: ToolName, arguments: _Arguments, today: date) -> Stay:
    stay = stay_of(arguments, LENGTH_OF_TOOL[tool], arguments.date, _length_in(arguments))
    comes_back = arguments.return_date == OPEN and tool in _WITH_FLIGHT
    return stay.completed(today, comes_back=comes_back)


def _first_day_in(arguments: _Arguments, stay: Stay) -> str:
    """Return the first day as it was named, or as it follows from the others; empty if neither."""
    if arguments.date or stay.first is None:
        return arguments.date or ""
    return stay.first.isoformat()


def _request(tool: ToolName, usable: Mapping[str, Any], today: date) -> TripRequest:
    named = usable.get("date")
    first_day = date.fromisoformat(str(named)) if named else assumed_date(today)
    about = {"kind": KIND_OF_TOOL[tool], "date": first_day, "date_assumed": named is None}
    place = look_up(str(usable["destination"]))
    return TripRequest.model_validate({**usable, **about, "destination": place.name})


def _is_kept(flaw: Flaw | None) -> bool:
    return flaw is None or flaw.is_to_narrow


def _length_in(arguments: _Arguments) -> int | None:
    match arguments:
        case _ArgumentsWithNights(nights=length) | _ArgumentsWithDays(days=length):
            return length
        case _:
            return None


def _flaw_of_destination(tool: ToolName, destination: str) -> Flaw | None:
    has_letters = any(map(str.isalpha, destination))
    if not has_letters or not destination.isprintable():
        return Flaw("destination", "missing")
    if len(destination) > _LONGEST_DESTINATION:
        return Flaw("destination", "too_long")
    # The name is part of questions and replies, so a model could write to the traveller through it.
    if names_contact(destination) or names_card(destination):
        return Flaw("destination", "missing")
    return _flaw_of_place(tool, destination)


def _flaw_of_place(tool: ToolName, destination: str) -> Flaw | None:
    match look_up(destination):
        case KnownPlace(is_wide=True) if tool in _NEEDS_TOWN:
            return Flaw("destination", "too_wide", destination)
        case KnownPlace():
            return None
        case AmbiguousPlace(name=name, options=options):
            return Flaw("destination", "ambiguous", name, options)
        case UnknownPlace():
            return Flaw("destination", "unknown", destination)


def _flaw_of_length(unit: Unit, length: int | None) -> Flaw | None:
    if length is None:
        return Flaw(unit, "missing")
    if length < 1:
        return Flaw(unit, "too_short", _repeated(length))
    if length > MOST_UNITS:
        return Flaw(unit, "too_long", _repeated(length))
    return None


def _repeated(length: int) -> str:
    # A model may write a number of any size, also one to call.
    return str(length) if abs(length) < _LONGEST_TO_REPEAT else "that many"


def _flaw_of_date(text: str, today: date) -> Flaw | None:
    try:
        named = date.fromisoformat(text)
    except ValueError:
        return Flaw("date", "no_such_day", text)
    if named < today:
        return Flaw("date", "past", text)
    if named > today + timedelta(days=MOST_DAYS_AHEAD):
        return Flaw("date", "too_far", text)
    return None


def _schema(tool: ToolName) -> ToolSchema:
    # Strict mode wants every property required, so one that may be missing is nullable instead.
    properties: dict[str, object] = {
        "destination": {
            "type": ["string", "null"],
            "description": "The place to go to, as the traveller wrote it, with its country or state if one was named; "
            "null if no place was named.",
        }
    }
    if unit := LENGTH_OF_TOOL[tool]:
        properties[unit] = {
            "type": ["integer", "null"],
            "description": f"How many {unit}, as the traveller said, even if out of the range 1 to {MOST_UNITS}; "
            "null if none were named.",
        }
    properties["date"] = {
        "type": ["string", "null"],
        "description": "First day as YYYY-MM-DD; null if the traveller named none.",
    }
    properties |= schema_properties()
    return {
        "type": "function",
        "function": {
            "name": tool,
            "description": TRADE_WORDS[KIND_OF_TOOL[tool]].purpose,
            "strict": True,
            "parameters": {
                "type": "object",
                "properties": properties,
                "required": list(properties),
                "additionalProperties": False,
            },
        },
    }
