"""The trips of a caller, as the routes that name a whole trip read them."""

from collections.abc import Sequence

from api.problems import ApiProblem
from api.threads import in_thread
from api.trips.views import may_be_an_id, trip_of
from domain.components import has_parts
from domain.ids import split_component_id
from domain.trip.facts import TripFacts
from domain.trip.records import TripRow
from stores.ledger import Ledger


class OwnedTrips:
    """Reads the trips of these owners; those of others do not exist for them."""

    def __init__(self, ledger: Ledger, owners: Sequence[str | None]) -> None:
        self._ledger = ledger
        self._owners = owners

    async def read(self, trip: str) -> tuple[TripRow, TripFacts]:
        """Return row and facts of the trip. Raise `ApiProblem`: trip_not_found, part_of_trip for a component's id."""
        row = await self._trip(trip) if may_be_an_id(trip) else None
        if row is None:
            raise await self._not_found(trip)
        return row, await in_thread(self._ledger.facts, trip)

    async def _trip(self, trip: str) -> TripRow | None:
        return await in_thread(trip_of, self._ledger, trip, self._owners)

    async def _not_found(self, identifier: str) -> ApiProblem:
        """Return the problem for an id of no trip; it names the trip if the id is that of a component."""
        trip = await self._trip_of_component(identifier) if may_be_an_id(identifier) else None
        if trip is None:
            return ApiProblem(
                code="trip_not_found",
                detail="No trip has this id. Take the id from the trips of a chat's answer.",
            )
        return ApiProblem(
            code="part_of_trip",
            detail=f"This is a component of the trip {trip}: name the trip itself.",
        )

    async def _trip_of_component(self, identifier: str) -> str | None:
        part = split_component_id(identifier)
        if part is None:
            return None
        row = await self._trip(part[0])
        # Only a whole trip has components whose ids differ from the trip's.
        return row.id if row and has_parts(row.kind) else None
