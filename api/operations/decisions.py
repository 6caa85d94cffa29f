"""A person's decision on an open item: carried out by a small orchestration, for only activities may ask companies."""

import asyncio
import time

from api.durable_port import Durable
from api.idempotency import IdempotencyKeys, mismatch
from api.operations.requests import DecisionWanted
from api.problems import ApiProblem
from api.services import ApiServices
from api.threads import in_thread
from api.trips.accepted import Accepted
from api.trips.views import could_be_an_id
from api.trips.waking import wake
from domain.attention.decisions import ATTENTION_DECISION, DecisionAnswer, DecisionOrder
from domain.attention.open_items import is_of_order
from domain.ids import decision_id, keyed_decision_id
from domain.trip.ending import trip_status
from domain.trip.records import Command

_PATIENCE = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.025, 0.5, 1.3

_PROBLEMS = {
    "item_not_found": "This trip has no such open item. GET /api/operations/attention lists all.",
    "invalid_decision": "A trip that has to be recovered can only be tried again: send retry.",
    "stale_version": "The trip has changed since you looked. Look at GET /api/operations/attention again, then decide.",
    "provider_unavailable": "The company can't be asked what it has done.",
    "already_done": "The company had done it after all, and the trip goes on from that.",
}
_MONEY = {
    "provider_unavailable": "The decision is not stored so far and moved no money. Send it again: it acts once.",
    "already_done": "The money is as the company moved it; the decision itself moved none.",
}
"""What became of the money, where the kind of the problem does not tell."""
_STILL_ASKING = "The company is still being asked."
_NOT_KNOWN_YET = (
    "Whether the decision stands is not known yet: send it again to hear what came of it, for it acts once."
)


class AttentionDecisions:
    """Takes decisions, with the durable client of one request."""

    def __init__(self, services: ApiServices, durable: Durable, by: str, key: str | None = None) -> None:
        self._services = services
        self._ledger = services.stores.ledger
        self._durable = durable
        self._by = by
        self._key = key

    async def decide(self, trip: str, item: str, version: int, wanted: DecisionWanted) -> Accepted:
        """Raises `ApiProblem`: item_not_found, stale_version, provider_unavailable, already_done, idempotency_mismatch.

        The same decision again attaches to the first, and gets what came of it: with the same key, or on the same
        version of the trip.
        """
        row = await in_thread(self._ledger.trip, trip) if could_be_an_id(trip) else None
        if row is None:
            raise _problem("item_not_found")
        if self._key is not None and could_be_an_id(item):
            await IdempotencyKeys(self._services.stores).bind(
                self._key, f"POST operations/attention/{trip}/items/{item}"
            )
        order = self._order(trip, item, version, wanted)
        if command := await self._command(order):
            return await self._stored(command, order)
        answer = await self._carried_out(order)
        # Whatever the orchestration told of it: the decision stands once it is in the ledger.
        if command := await self._command(order):
            return await self._stored(command, order)
        raise _problem("provider_unavailable" if answer.number else answer.status)

    def _order(self, trip: str, item: str, version: int, wanted: DecisionWanted) -> DecisionOrder:
        decided = (wanted.decision, wanted.reason, wanted.reference, self._by)
        keyed = self._key is not None and keyed_decision_id(trip, item, self._key)
        return DecisionOrder(
            trip=trip,
            item=item,
            version=version,
            decision=wanted.decision,
            reason=wanted.reason,
            reference=wanted.reference,
            by=self._by,
            command=keyed or decision_id(trip, item, version, decided),
        )

    async def _command(self, order: DecisionOrder) -> Command | None:
        commands = await in_thread(self._ledger.commands, order.trip)
        return next((command for command in commands if command.id == order.command), None)

    async def _stored(self, command: Command, order: DecisionOrder) -> Accepted:
        """The answer to every delivery of a decision that stands. Raises `ApiProblem`."""
        if not is_of_order(command.body, order):
            raise mismatch()
        row = await in_thread(self._ledger.trip, order.trip)
        if row is not None:
            # Also for a repeat, whose first delivery may have died before this.
            await wake(self._services, self._durable, row, command.number)
        if command.body["decision"] != order.decision:
            raise _problem("already_done")
        facts = await in_thread(self._ledger.facts, order.trip)
        url = f"/api/travel-status/{order.trip}"
        return Accepted(id=order.trip, command_id=order.command, status=trip_status(facts), status_url=url)

    async def _carried_out(self, order: DecisionOrder) -> DecisionAnswer:
        instance = order.command
        if await self._durable.state(instance) != "alive":
            await self._durable.start(ATTENTION_DECISION, instance, order)
        deadline, pause = time.monotonic() + _PATIENCE, _FIRST_PAUSE
        while await self._durable.state(instance) == "alive":
            if time.monotonic() > deadline:
                raise ApiProblem("provider_unavailable", _STILL_ASKING, money=_NOT_KNOWN_YET)
            await asyncio.sleep(pause)
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)
        output = await self._durable.output(instance)
        return DecisionAnswer.model_validate(output) if output else DecisionAnswer(status="provider_unavailable")


def _problem(code: str) -> ApiProblem:
    return ApiProblem(code, _PROBLEMS[code], money=_MONEY.get(code))
