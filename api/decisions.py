"""A person's decision on an open item: carried out by a small orchestration, for only activities may ask companies."""

import asyncio
import time

from api.command_requests import DecisionWanted
from api.commands import Accepted, wake
from api.durable_port import Durable
from api.problems import ApiProblem
from api.services import Services
from api.threads import in_thread
from api.trips import could_be_an_id
from domain.attention import ATTENTION_DECISION, DecisionAnswer, DecisionOrder
from domain.ending import trip_status
from domain.ids import decision_id

_PATIENCE = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.025, 0.5, 1.3

_PROBLEMS = {
    "item_not_found": "This trip has no such open item. GET /api/operations/attention lists all.",
    "invalid_decision": "A trip that has to be recovered can only be tried again: send retry.",
    "stale_version": "The trip has changed since you looked. Look at GET /api/operations/attention again, then decide.",
    "provider_unavailable": "The company can't be asked what it has done. Nothing was decided or charged; try again.",
    "already_done": "The company had done it after all. That is in the ledger now, and the trip goes on from there.",
}
_STILL_ASKING = "The company is still being asked. Send the same decision again to hear what came of it; it acts once."


class Decisions:
    """Takes decisions, with the durable client of one request."""

    def __init__(self, services: Services, durable: Durable, by: str) -> None:
        self._services = services
        self._durable = durable
        self._by = by

    async def decide(self, trip: str, item: str, version: int, wanted: DecisionWanted) -> Accepted:
        """Raises `ApiProblem`: item_not_found, stale_version, provider_unavailable, already_done.

        The same decision again attaches to the first, and gets what came of it.
        """
        row = await in_thread(self._services.stores.ledger.trip, trip) if could_be_an_id(trip) else None
        if row is None:
            raise _problem("item_not_found")
        decided = (wanted.decision, wanted.reason, wanted.reference, self._by)
        order = DecisionOrder(
            trip=trip,
            item=item,
            version=version,
            decision=wanted.decision,
            reason=wanted.reason,
            reference=wanted.reference,
            by=self._by,
            command=decision_id(trip, item, version, decided),
        )
        answer = await self._carried_out(order)
        if answer.number is not None:
            await self._wake(trip, answer.number)
        if answer.status != "accepted":
            raise _problem(answer.status)
        facts = await in_thread(self._services.stores.ledger.facts, trip)
        url = f"/api/travel-status/{trip}"
        return Accepted(id=trip, command_id=order.command, status=trip_status(facts), status_url=url)

    async def _carried_out(self, order: DecisionOrder) -> DecisionAnswer:
        instance = order.command
        if await self._durable.state(instance) != "alive":
            await self._durable.start(ATTENTION_DECISION, instance, order)
        deadline, pause = time.monotonic() + _PATIENCE, _FIRST_PAUSE
        while await self._durable.state(instance) == "alive":
            if time.monotonic() > deadline:
                raise ApiProblem("provider_unavailable", _STILL_ASKING)
            await asyncio.sleep(pause)
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)
        output = await self._durable.output(instance)
        return DecisionAnswer.model_validate(output) if output else DecisionAnswer(status="provider_unavailable")

    async def _wake(self, trip: str, number: int) -> None:
        """Also for a repeat, whose first delivery may have died before this."""
        row = await in_thread(self._services.stores.ledger.trip, trip)
        if row is not None:
            await wake(self._services, self._durable, row, number)


def _problem(code: str) -> ApiProblem:
    return ApiProblem(code, _PROBLEMS[code])
