"""The four tools: their strict schemas for a model, and the strict reading of what a model calls.

A call that is not well-formed raises `ModelAnswerInvalid`. A well-formed call that lacks something, or asks for too
much, is a `Gap`: the traveller is asked.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.model import ModelAnswerInvalid, ToolCall
from domain.components import TripKind
from domain.conversation.turn import Draft
from domain.trip.requests import KIND_OF_TOOL, MOST_DAYS_AHEAD, MOST_UNITS, ToolName, TripRequest, assumed_date

LENGTH_OF_TOOL: dict[ToolName, Literal["nights", "days"] | None] = {
    "book_travel": "nights",
    "book_flight": None,
    "book_hotel": "nights",
    "book_car_hire": "days",
}
_PURPOSES: dict[ToolName, str] = {
    "book_travel": "Book a whole trip: flight, hotel and car hire to one destination. Only when the traveller clearly "
    "asks for a trip, holiday or package, or for all three parts.",
    "book_flight": "Book a flight alone.",
    "book_hotel": "Book a hotel alone.",
    "book_car_hire": "Book a hire car alone.",
}
_TOOL_OF_KIND: dict[TripKind, ToolName] = {kind: tool for tool, kind in KIND_OF_TOOL.items()}
_LONGEST_DESTINATION = 80


class _Arguments(BaseModel):
    """What all tools share. Everything may be missing: that is asked about, not refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    destination: str | None = None
    date: Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] | None = None


class _FlightArguments(_Arguments):
    pass


class _StayArguments(_Arguments):
    nights: int | None = None


class _CarArguments(_Arguments):
    days: int | None = None


_SHAPES: dict[str, tuple[ToolName, type[_Arguments]]] = {
    "book_travel": ("book_travel", _StayArguments),
    "book_flight": ("book_flight", _FlightArguments),
    "book_hotel": ("book_hotel", _StayArguments),
    "book_car_hire": ("book_car_hire", _CarArguments),
}

What = Literal["destination", "nights", "days", "date"]


@dataclass(frozen=True)
class Flaw:
    """One thing to ask about: `given` is what was said and can't be used, None if nothing was."""

    what: What
    reason: Literal["missing", "too_long", "too_short", "past", "too_far", "no_such_day"]
    given: str | None = None


@dataclass(frozen=True)
class Gap:
    """A well-formed call that can't be booked yet; `draft` keeps what is usable of it."""

    draft: Draft
    flaws: tuple[Flaw, ...]


class FunctionSchema(TypedDict):
    name: str
    description: str
    strict: bool
    parameters: dict[str, object]


class ToolSchema(TypedDict):
    type: Literal["function"]
    function: FunctionSchema


def tool_schemas() -> list[ToolSchema]:
    """The tools in the form of chat completions. Strict mode wants every property required, so all are nullable."""
    return [_schema(tool) for tool in LENGTH_OF_TOOL]


def read_call(call: ToolCall, today: date) -> TripRequest | Gap:
    """The request that a call stands for, or what is to be asked first. Raises `ModelAnswerInvalid`."""
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
    """A complete request as a draft that waits for others."""
    tool = _TOOL_OF_KIND[request.kind]
    arguments = request.arguments()
    if request.date_assumed:
        del arguments["date"]
    return Draft(tool=tool, arguments=arguments)


def call_of(draft: Draft) -> ToolCall:
    """The call that a draft amounts to."""
    return ToolCall(draft.tool, json.dumps(draft.arguments, ensure_ascii=False))


def _judge(tool: ToolName, arguments: _Arguments, today: date) -> TripRequest | Gap:
    usable: dict[str, str | int] = {}
    flaws: list[Flaw] = []
    destination = " ".join((arguments.destination or "").split())
    if flaw := _flaw_of_destination(destination):
        flaws.append(flaw)
    else:
        usable["destination"] = destination
    if unit := LENGTH_OF_TOOL[tool]:
        length = arguments.nights if isinstance(arguments, _StayArguments) else None
        length = arguments.days if isinstance(arguments, _CarArguments) else length
        if flaw := _flaw_of_length(unit, length):
            flaws.append(flaw)
        elif length is not None:
            usable[unit] = length
    if arguments.date:
        if flaw := _flaw_of_date(arguments.date, today):
            flaws.append(flaw)
        else:
            usable["date"] = arguments.date
    if flaws:
        return Gap(Draft(tool=tool, arguments=usable), tuple(flaws))
    assumed = "date" not in usable
    named = assumed_date(today) if assumed else date.fromisoformat(str(usable["date"]))
    return TripRequest.model_validate(
        usable | {"kind": KIND_OF_TOOL[tool], "date": named, "date_assumed": assumed},
    )


def _flaw_of_destination(destination: str) -> Flaw | None:
    if not any(letter.isalpha() for letter in destination) or not destination.isprintable():
        return Flaw("destination", "missing")
    if len(destination) > _LONGEST_DESTINATION:
        return Flaw("destination", "too_long")
    return None


def _flaw_of_length(unit: Literal["nights", "days"], length: int | None) -> Flaw | None:
    if length is None:
        return Flaw(unit, "missing")
    if length < 1:
        return Flaw(unit, "too_short", str(length)[:12])
    if length > MOST_UNITS:
        return Flaw(unit, "too_long", str(length)[:12])
    return None


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
    properties: dict[str, object] = {
        "destination": {
            "type": ["string", "null"],
            "description": "The place to go to, as the traveller wrote it; null if none was named.",
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
    return {
        "type": "function",
        "function": {
            "name": tool,
            "description": _PURPOSES[tool],
            "strict": True,
            "parameters": {
                "type": "object",
                "properties": properties,
                "required": list(properties),
                "additionalProperties": False,
            },
        },
    }
