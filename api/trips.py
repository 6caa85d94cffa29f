"""Trips as HTTP shows them: the ledger's rows, and the saga's state where no end is recorded yet."""

from api.durable_port import Durable
from api.problems import ApiProblem
from api.threads import in_thread
from domain.components import Component
from domain.conversation import Call
from domain.ids import chat_turn_id, split_component_id
from domain.outcomes import TripStatus
from domain.records import TripRow
from domain.status import SagaState, TripView, component_view, trip_status, trip_view
from stores.opening import Stores

_LONGEST_ID = 100


class Trips:
    """All trips, with the durable client of one request."""

    def __init__(self, stores: Stores, durable: Durable) -> None:
        self._ledger = stores.ledger
        self._conversations = stores.conversations
        self._durable = durable

    async def view(self, identifier: str) -> TripView:
        """The trip or component of this id. Raises `ApiProblem` where there is none."""
        view = await self._view(identifier) if _could_be_an_id(identifier) else None
        if view is None:
            raise ApiProblem(
                "trip_not_found",
                "No trip and no component of one has this id. Take the id from the trips of a chat's answer.",
            )
        return view

    async def status(self, call: Call) -> TripStatus:
        """Where the trip of a turn's call stands."""
        row = await in_thread(self._ledger.trip, call.trip)
        if row and row.outcome:
            return row.outcome.status
        saga = await self._saga(row) if row else "stopped"
        row = await in_thread(self._ledger.trip, call.trip)
        return trip_status(row, await in_thread(self._ledger.entries, call.trip), saga) if row else "needs_attention"

    async def _view(self, identifier: str) -> TripView | None:
        if found := await self._with_saga(identifier):
            row, saga = found
            return trip_view(row, await in_thread(self._ledger.entries, row.id), saga)
        part = split_component_id(identifier)
        return await self._component(*part) if part else None

    async def _component(self, trip: str, component: Component) -> TripView | None:
        found = await self._with_saga(trip)
        if found is None or found[0].kind != "travel":
            return None
        row, saga = found
        return component_view(row, await in_thread(self._ledger.entries, trip), component, saga)

    async def _with_saga(self, trip: str) -> tuple[TripRow, SagaState] | None:
        """The trip's row and its saga's state. The saga is asked first, for it records its end before it ends."""
        row = await in_thread(self._ledger.trip, trip)
        if row is None or row.outcome:
            return (row, "stopped") if row else None
        saga = await self._saga(row)
        return (await in_thread(self._ledger.trip, trip) or row, saga)

    async def _saga(self, row: TripRow) -> SagaState:
        """A saga that is missing may not have begun: then its turn's orchestration must still be there to begin it."""
        state = await self._durable.state(row.id)
        if state == "missing":
            turn = await in_thread(self._conversations.turn, row.conversation, row.turn)
            if turn:
                secret = await in_thread(self._conversations.installation_secret)
                state = await self._durable.state(chat_turn_id(secret, turn.conversation, turn.number, turn.attempt))
        return "alive" if state == "alive" else "stopped"


def _could_be_an_id(identifier: str) -> bool:
    return len(identifier) <= _LONGEST_ID and identifier.isascii() and identifier.isprintable()
