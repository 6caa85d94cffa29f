"""Decisions of operators on open items.

A small orchestration carries a decision out, because only activities may ask suppliers.
"""

from api.durable_port import Durable
from api.durable_wait import has_ended
from api.idempotency import IdempotencyKeys, mismatch
from api.operations.requests import DecisionRequest
from api.problems import ApiProblem
from api.services import ApiServices
from api.threads import in_thread
from api.trips.accepted import Accepted
from api.trips.views import may_be_an_id
from api.trips.waking import wake
from domain.attention.decisions import ATTENTION_DECISION, DecisionAnswer, DecisionOrder, version_number
from domain.attention.open_items import is_of_order
from domain.ids import decision_id, keyed_decision_id
from domain.trip.command_bodies import DecisionBody
from domain.trip.ending import trip_status
from domain.trip.records import Command

_TIMEOUT_SECONDS = 30.0

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
"""Sentences about the money, for problems whose kind has none."""
_STILL_ASKING = "The company is still being asked."
_NOT_KNOWN_YET = (
    "Whether the decision stands is not known yet: send it again to hear what came of it, for it acts once."
)


class AttentionDecisions:
    """The decisions that one request may make, with its durable client."""

    def __init__(self, services: ApiServices, durable: Durable, by: str, key: str | None = None) -> None:
        self._services = services
        self._ledger = services.stores.ledger
        self._durable = durable
        self._by = by
        self._key = key

    async def decide(self, trip: str, item: str, version: int | None, requested: DecisionRequest) -> Accepted:
        """Store the decision as a command of the trip, or return the command of an earlier delivery.

        The same decision with the same key, or on the same version of the trip, is a repeat of the first. A version of
        None is stale. Raise `ApiProblem`: item_not_found, invalid_decision, stale_version, provider_unavailable,
        already_done, idempotency_mismatch.
        """
        await self._require_trip(trip)
        # An item whose id cannot exist is not found in any case, so its key stays free for another request.
        if may_be_an_id(item):
            keys = IdempotencyKeys(self._services.stores)
            await keys.bind(self._key, f"POST operations/attention/{trip}/items/{item}")
        order = self._order(trip, item, version, requested)
        if command := await self._command(order):
            return await self._accepted(command, order)
        facts = await in_thread(self._ledger.facts, trip)
        if not facts.items:
            # Another delivery of this request may have closed the last item since the first look.
            if command := await self._command(order):
                return await self._accepted(command, order)
            # Nothing can be decided on this trip, whichever version the caller has seen.
            raise _problem("item_not_found")
        response = await self._carried_out(order)
        # The ledger is asked again, for the decision is made once it is there, even if the orchestration failed later.
        if command := await self._command(order):
            return await self._accepted(command, order)
        # The orchestration says that it stored the command, but the ledger does not have it, so nobody can rely on it.
        raise _problem("provider_unavailable" if response.number else response.status)

    async def _require_trip(self, trip: str) -> None:
        row = await in_thread(self._ledger.trip, trip) if may_be_an_id(trip) else None
        if row is None:
            raise _problem("item_not_found")

    def _order(self, trip: str, item: str, version: int | None, requested: DecisionRequest) -> DecisionOrder:
        return DecisionOrder(
            trip=trip,
            item=item,
            version=version,
            decision=requested.decision,
            reason=requested.reason,
            reference=requested.reference,
            by=self._by,
            command=self._command_id(trip, item, version, requested),
        )

    def _command_id(self, trip: str, item: str, version: int | None, requested: DecisionRequest) -> str:
        if self._key is not None:
            return keyed_decision_id(trip, item, self._key)
        # Without a key, all that makes up the decision takes the place of one.
        decided = (requested.decision, requested.reason, requested.reference, self._by)
        return decision_id(trip, item, version_number(version), decided)

    async def _command(self, order: DecisionOrder) -> Command | None:
        for command in await in_thread(self._ledger.commands, order.trip):
            if command.id == order.command:
                return command
        return None

    async def _accepted(self, command: Command, order: DecisionOrder) -> Accepted:
        """Return the response to every delivery of a stored decision. Raise `ApiProblem`."""
        body = command.body
        if not isinstance(body, DecisionBody) or not is_of_order(body, order):
            raise mismatch()
        row = await in_thread(self._ledger.trip, order.trip)
        if row is not None:
            # A repeat wakes it too, for the first delivery may have died before this line.
            await wake(self._services, self._durable, row, command.number)
        # The supplier had done the effect after all, so that fact was stored and not what the operator decided.
        if body.decision != order.decision:
            raise _problem("already_done")
        facts = await in_thread(self._ledger.facts, order.trip)
        return Accepted(
            id=order.trip,
            command_id=order.command,
            by=command.by,
            status=trip_status(facts),
            status_url=f"/api/travel-status/{order.trip}",
        )

    async def _carried_out(self, order: DecisionOrder) -> DecisionAnswer:
        """Run the orchestration that carries the decision out. Raise `ApiProblem` when it takes too long."""
        instance = order.command
        # A repeat of a running decision waits for it. One that ended without a command is carried out again.
        if await self._durable.state(instance) != "alive":
            await self._durable.start(ATTENTION_DECISION, instance, order)
        if not await has_ended(self._durable, instance, _TIMEOUT_SECONDS):
            raise ApiProblem(
                code="provider_unavailable",
                detail=_STILL_ASKING,
                money=_NOT_KNOWN_YET,
            )
        output = await self._durable.output(instance)
        if not output:
            return DecisionAnswer(status="provider_unavailable")
        return DecisionAnswer.model_validate(output)


def _problem(code: str) -> ApiProblem:
    return ApiProblem(
        code=code,
        detail=_PROBLEMS[code],
        money=_MONEY.get(code),
    )
