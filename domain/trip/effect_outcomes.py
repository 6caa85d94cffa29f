"""Outcomes of effects as values: a supplier's answer as the ledger keeps it, discriminated by `status`.

Rows hold an outcome as JSON, with exactly the fields that were written when the row was new. So a value remembers which
fields it was given, and `outcome_data` leaves the others out.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, TypeAdapter

from domain.amount import Money
from domain.trip.outcomes import Details, Refusal
from domain.value import Value

# By default UTC would be written as `Z`; the rows have `+00:00`.
Instant = Annotated[datetime, PlainSerializer(datetime.isoformat, when_used="json")]


class Held(Value):
    """The booking is held until `expires`."""

    status: Literal["held"] = "held"
    confirmation: str
    amount: Money
    details: Details
    expires: Instant


class Authorized(Value):
    """The amount is reserved until `expires`."""

    status: Literal["authorized"] = "authorized"
    payment: str
    amount: Money
    expires: Instant


class Confirmed(Value):
    """The booking is confirmed; `cancel_fee` is what cancelling it will cost."""

    status: Literal["confirmed"] = "confirmed"
    cancel_fee: Money | None = None


class Captured(Value):
    """The amount is taken. It is also the outcome of a void that came too late."""

    status: Literal["captured"] = "captured"
    amount: Money


class Cancelled(Value):
    """The booking is cancelled, or will never arrive; `fee` is what the supplier keeps.

    It is also the end of a forward effect whose undoing has begun, then without any other field.
    """

    status: Literal["cancelled"] = "cancelled"
    confirmation: str | None = None
    fee: Money | None = None


class Voided(Value):
    """Nothing is reserved any more, and nothing was taken."""

    status: Literal["voided"] = "voided"


class Refunded(Value):
    """The amount is given back."""

    status: Literal["refunded"] = "refunded"
    amount: Money


class Refused(Value):
    """The supplier did nothing and never will for this call."""

    status: Literal["refused"] = "refused"
    refusal: Refusal


class Settled(Value):
    """An operator settled the effect elsewhere. It is never stored as an outcome."""

    status: Literal["settled"] = "settled"


class WrittenOff(Value):
    """An operator wrote the effect off. It is never stored as an outcome."""

    status: Literal["written_off"] = "written_off"


Outcome = Held | Authorized | Confirmed | Captured | Cancelled | Voided | Refunded | Refused
"""The outcome of an effect, as the ledger stores it."""
EffectEnd = Outcome | Settled | WrittenOff
"""The reason why nothing is left to do under a key: its outcome, or an operator's decision."""

OUTCOMES: TypeAdapter[Outcome] = TypeAdapter(Annotated[Outcome, Field(discriminator="status")])
"""Reads an outcome from its stored JSON, as a text or already decoded."""


def outcome_data(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome as it is stored."""
    # A status comes from its class, so it does not count as given.
    return outcome.model_dump(mode="json", include={"status", *outcome.model_fields_set})
