"""The response to an accepted command."""

from domain.trip.outcomes import TripStatus
from domain.value import Value


class Accepted(Value):
    """The body of a 202, and of a 200 where nothing is left to do: then there is no command, and nobody gave it.

    `by` names the caller of the first delivery, as the platform knew it.
    """

    id: str
    command_id: str | None
    by: str | None
    status: TripStatus
    status_url: str
