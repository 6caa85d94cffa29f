"""The data of the ledger's entries as values: arguments of an intent, an outcome, and what the other events record.

As with outcomes, a value is stored with exactly the fields that it was given.
"""

from datetime import date as day
from typing import Any, Literal

from domain.amount import Money
from domain.components import Effect
from domain.trip.effect_outcomes import (
    Authorized,
    Cancelled,
    Captured,
    Confirmed,
    Held,
    Outcome,
    Refunded,
    Refused,
    Voided,
    outcome_data,
    read_outcome,
)
from domain.trip.marks import Decision
from domain.trip.outcomes import TripOutcome
from domain.value import Value

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
    """The place, day and length of a hold. They are unset once their traveller was forgotten."""

    destination: str | None = None
    date: day | None = None
    units: int | None = None


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
"""What a key stands for, beside its component, effect and revision. Digests of it are stored with the key."""


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

    reason: Literal["hold_expired", "no_answer", "recovered"]


class CommandsSoFar(Value):
    """The number of the last command when a trip was taken over or stranded."""

    commands: int


class ChangeEnd(Value):
    """The command of a change that was made or not made."""

    command: int


EntryData = Outcome | Arguments | GivenUp | Resolved | Expired | CommandsSoFar | ChangeEnd | TripOutcome

_ARGUMENTS: dict[Effect, type[Arguments]] = {
    "hold": HoldArguments,
    "authorize": AuthorizeArguments,
    "confirm": ConfirmArguments,
    "capture": NoArguments,
    "cancel": CancelArguments,
    "void": NoArguments,
    "refund": RefundArguments,
}
_OTHERS: dict[Event, type[GivenUp | Resolved | Expired | CommandsSoFar | ChangeEnd | TripOutcome]] = {
    "given_up": GivenUp,
    "resolved": Resolved,
    "expired": Expired,
    "taken_over": CommandsSoFar,
    "stranded": CommandsSoFar,
    "changed": ChangeEnd,
    "not_changed": ChangeEnd,
    "closed": TripOutcome,
}
"""The data of the events that are neither intents nor outcomes; those that are missing have none."""


def read_arguments(effect: Effect, data: dict[str, Any]) -> Arguments:
    """Return the arguments of an effect from their stored JSON."""
    return _ARGUMENTS[effect].model_validate(data)


def arguments_data(arguments: Arguments) -> dict[str, Any]:
    """Return the arguments as they are stored."""
    return arguments.model_dump(mode="json", include=arguments.model_fields_set)


def read_entry_data(event: Event, effect: Effect | None, data: dict[str, Any] | None) -> EntryData | None:
    """Return the data of an entry from its stored JSON."""
    if data is None:
        return None
    if effect is None or event in _OTHERS:
        return _OTHERS[event].model_validate(data)
    if event == "intent":
        return read_arguments(effect, data)
    return read_outcome(data)


def entry_data(data: EntryData | None) -> dict[str, Any] | None:
    """Return the data of an entry as it is stored."""
    match data:
        case None:
            return None
        case Held() | Authorized() | Confirmed() | Captured() | Cancelled() | Voided() | Refunded() | Refused():
            return outcome_data(data)
        case TripOutcome():
            # Unlike the other data it is stored with all of its fields.
            return data.model_dump(mode="json")
        case _:
            return data.model_dump(mode="json", include=data.model_fields_set)
