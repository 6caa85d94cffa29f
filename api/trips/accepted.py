"""The response to an accepted command."""

from pydantic import Field

from domain.amount import ShownMoney
from domain.trip.outcomes import TripStatus, is_none
from domain.value import Value


class Accepted(Value):
    """The body of a 202, and of a 200 where nothing is left to do: then there is no command, and nobody gave it.

    `by` names the caller of the first delivery, as the platform knew it. For a change, `fee` is what the company keeps
    of the old booking, and `warnings` are the parts that will not meet.
    """

    id: str
    command_id: str | None
    by: str | None
    status: TripStatus
    status_url: str
    fee: ShownMoney | None = Field(default=None, exclude_if=is_none)
    warnings: tuple[str, ...] | None = Field(default=None, exclude_if=is_none)
