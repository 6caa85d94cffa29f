"""The data of the ledger's entries as values: arguments of an intent, an outcome, and what the other events record.

As with outcomes, a value is stored with exactly the fields that it was given.
"""

from datetime import date as day
from typing import Any, Literal, cast

from pydantic import Field, TypeAdapter

from domain.agreement import Agreement
from domain.amount import Money
from domain.components import Effect
from domain.shape import Shape
from domain.trip.effect_outcomes import OUTCOMES, Outcome, outcome_data
from domain.trip.marks import Decision
from domain.trip.outcomes import TripOutcome
from domain.value import Value, is_none

Event = Literal[
    "opened",
    "intent",
    "outcome",
    "given_up",
    "resolved",
    "lost",
    "pivot",
    "expired",
    "taken_over",
    "stranded",
    "changed",
    "not_changed",
    "closed",
]


class HoldArguments(Value):
    """The place, day, length and shape of a hold. They are unset once their traveller was forgotten."""

    destination: str | None = None
    date: day | None = None
    units: int | None = None
    shape: Shape | None = Field(default=None, exclude_if=is_none)


class AuthorizeArguments(Value):
    """The amount to reserve, and the confirmation of the hold that it pays for."""

    amount: Money
    confirmation: str


class ConfirmArguments(Value):
    """The agreed price."""

    price: Money


class CancelArguments(Value):
    """The fee that the traveller bears, in minor units."""

    fee_agreed: int


class RefundArguments(Value):
    """The minor units to give back, and the revision whose payment they come from."""

    target: int
    amount: int


class NoArguments(Value):
    """A capture or a void: its key says everything."""


Arguments = HoldArguments | AuthorizeArguments | ConfirmArguments | CancelArguments | RefundArguments | NoArguments
"""The identity of a key's effect beside its component, effect and revision. Digests of it are stored with the key."""


class GivenUp(Value):
    """The fee of a cancel whose attempts are used up, in minor units."""

    fee_agreed: int


class Resolved(Value):
    """An operator's decision on an open item, and the command that it came with."""

    decision: Decision
    reason: str | None
    reference: str | None
    by: str
    command: int


class Expired(Value):
    """The reason why the pivot came too late."""

    reason: Literal["hold_expired", "no_answer", "recovered", "price_changed"]


class CommandsSoFar(Value):
    """The number of the last command when a trip was taken over or stranded."""

    commands: int


class ChangeEnd(Value):
    """The command of a change that was made or not made."""

    command: int


EntryData = Outcome | Arguments | GivenUp | Resolved | Expired | CommandsSoFar | ChangeEnd | TripOutcome | Agreement

_ARGUMENTS: dict[Effect, TypeAdapter[Any]] = {
    "hold": TypeAdapter(HoldArguments),
    "authorize": TypeAdapter(AuthorizeArguments),
    "confirm": TypeAdapter(ConfirmArguments),
    "capture": TypeAdapter(NoArguments),
    "cancel": TypeAdapter(CancelArguments),
    "void": TypeAdapter(NoArguments),
    "refund": TypeAdapter(RefundArguments),
}
_OTHERS: dict[Event, TypeAdapter[Any]] = {
    "opened": TypeAdapter(Agreement),
    "given_up": TypeAdapter(GivenUp),
    "resolved": TypeAdapter(Resolved),
    "expired": TypeAdapter(Expired),
    "taken_over": TypeAdapter(CommandsSoFar),
    "stranded": TypeAdapter(CommandsSoFar),
    "changed": TypeAdapter(ChangeEnd),
    "not_changed": TypeAdapter(ChangeEnd),
    "closed": TypeAdapter(TripOutcome),
}
"""The data of the events that are neither intents nor outcomes; those that are missing have none."""


def _adapter(event: Event, effect: Effect | None) -> TypeAdapter[EntryData]:
    """Return the reader of the data that an entry with this event has."""
    if effect is None or event in _OTHERS:
        return _OTHERS[event]
    if event == "intent":
        return _ARGUMENTS[effect]
    # A union of outcomes is also a union of all data, which the type of an adapter cannot say.
    return cast(TypeAdapter[EntryData], OUTCOMES)


def read_entry_data(event: Event, effect: Effect | None, data: dict[str, Any] | None) -> EntryData | None:
    """Return the data of an entry from its decoded JSON."""
    if data is None:
        return None
    return _adapter(event, effect).validate_python(data)


def read_entry_text(event: Event, effect: Effect | None, text: str | None) -> EntryData | None:
    """Return the data of an entry from its JSON; this is twice as fast as decoding first."""
    if text is None:
        return None
    return _adapter(event, effect).validate_json(text)


def arguments_data(arguments: Arguments) -> dict[str, Any]:
    """Return the arguments as they are stored."""
    return arguments.model_dump(mode="json", include=arguments.model_fields_set)


def entry_data(data: EntryData | None) -> dict[str, Any] | None:
    """Return the data of an entry as it is stored."""
    if data is None:
        return None
    if isinstance(data, Outcome):
        return outcome_data(data)
    if isinstance(data, TripOutcome):
        # Unlike the other data it is stored with all of its fields.
        return data.model_dump(mode="json")
    return data.model_dump(mode="json", include=data.model_fields_set)
