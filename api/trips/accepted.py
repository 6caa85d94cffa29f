"""The response to an accepted command."""

from domain.trip.outcomes import TripStatus
from domain.value import Value


class Accepted(Value):
    """The body of a 202, and of a 200 where nothing is left to do."""

    id: str
    command_id: str | None
    status: TripStatus
    status_url: str
