"""Commands to a trip: stored as a numbered row first, then the saga is woken, so that none gets lost.

An accepted command acts exactly once. One that comes after the trip's end opens its box again and starts a follow-up
saga; should this process die in between, the reconciler starts it.

A request whose answer was lost may come again: it gets the command that its first delivery became. A key names that
command for ever. Without a key a cancel is always the same request, and so is the same choice; a change is, as long as
no other change was asked for since.
"""

import logging
import secrets
from collections.abc import Sequence
from datetime import timedelta

from api.durable_port import Durable
from api.idempotency import IdempotencyKeys, mismatch
from api.problems import ApiProblem
from api.services import ApiServices
from api.threads import in_thread
from api.trips.accepted import Accepted
from api.trips.requests import ChangeWanted, require_bookable
from api.trips.views import could_be_an_id
from api.trips.waking import wake
from domain.components import COMPONENTS, ComponentKind
from domain.ids import keyed_command_id, split_component_id
from domain.money.terms import CancelTerms, cancel_fees, cancel_terms, change_of
from domain.trip.changes import asked_for
from domain.trip.ending import trip_status
from domain.trip.facts import Change, TripFacts
from domain.trip.outcomes import TripStatus
from domain.trip.records import Command, CommandKind, Data, TripRow
from stores.ledger import StaleVersionError

log = logging.getLogger(__name__)

_TRIES = 20
_GRACE = timedelta(seconds=2)
"""The saga of a command that was stored just now is left to whoever stored it: nobody else starts it meanwhile."""
_STANDS: dict[TripStatus, str] = {
    "running": "still being booked",
    "waiting": "waiting for your choice",
    "compensating": "being undone",
    "cancelling": "being cancelled",
    "cancelled": "cancelled",
    "failed": "not booked",
}


class Commands:
    """What may be asked of trips, with the durable client of one request."""

    def __init__(self, services: ApiServices, durable: Durable, by: str, key: str | None = None) -> None:
        self._services = services
        self._ledger = services.stores.ledger
        self._keys = IdempotencyKeys(services.stores)
        self._durable = durable
        self._by = by
        self._key = key

    async def cancel(self, trip: str) -> tuple[int, Accepted]:
        """202 with the command; 200 when the trip was cancelled before, or there is nothing left to cancel.

        Raises `ApiProblem` idempotency_mismatch.
        """
        await self._bind(trip, "DELETE", "cancel")
        for _ in range(_TRIES):
            row, facts = await self._read(trip)
            first = _last(await self._commands(trip), "cancel")
            status = trip_status(facts)
            if first:
                is_mine = self._key is not None and first.id == self._command_id(trip, "cancel")
                ended = status in ("cancelled", "failed") and not is_mine
                return 200 if ended else 202, await self._repeated(row, first)
            if status == "failed":
                return 200, await self._accepted(trip, None)
            body: Data = {"fees": [fee.model_dump() for fee in cancel_fees(facts)]}
            if command := await self._accept(row, "cancel", body):
                return 202, await self._accepted(trip, command)
        raise _contended()

    async def terms(self, trip: str) -> CancelTerms:
        """What cancelling would cost now."""
        _, facts = await self._read(trip)
        return cancel_terms(facts)

    async def change(self, trip: str, wanted: ChangeWanted) -> Accepted:
        """Raises `ApiProblem`: not_confirmed, change_in_progress, needs_attention, invalid_change,
        idempotency_mismatch."""
        await self._bind(trip, "PUT", "modify")
        for _ in range(_TRIES):
            row, facts = await self._read(trip)
            if first := self._first_change(facts, await self._commands(trip), wanted):
                return await self._repeated(row, first)
            require_bookable(wanted.day, self._services.clock())
            if command := await self._accept(row, "change", _change_body(facts, wanted)):
                return await self._accepted(trip, command)
        raise _contended()

    async def answer(self, trip: str, choice: str) -> Accepted:
        """Raises `ApiProblem`: not_waiting unless the trip waits for a choice or has had this one,
        idempotency_mismatch."""
        await self._bind(trip, "POST", "answer")
        for _ in range(_TRIES):
            row, facts = await self._read(trip)
            if first := _last(await self._commands(trip), "answer"):
                if first.body["choice"] == choice:
                    return await self._repeated(row, first)
                if first.id == self._command_id(trip, "answer"):
                    raise mismatch()
                raise ApiProblem("not_waiting", f"The choice for this trip was made: {first.body['choice']}.")
            if trip_status(facts) != "waiting":
                raise ApiProblem("not_waiting", "This trip waits for no choice; its status tells how it stands.")
            if command := await self._accept(row, "answer", {"choice": choice}):
                return await self._accepted(trip, command)
        raise _contended()

    def _first_change(self, facts: TripFacts, commands: Sequence[Command], wanted: ChangeWanted) -> Command | None:
        """The command of an earlier delivery of this request; None for a new one. Raises `ApiProblem`.

        With a key it is that key's. Without one it is the last change, if that asked for the same: what was asked for
        before it has been changed since, and may rightly be asked for again.
        """
        if self._key is None:
            last = _last(commands, "change")
            is_same = last and asked_for(facts, last, wanted.component, wanted.day, wanted.units)
            return last if is_same else None
        keyed = next((command for command in commands if command.id == self._command_id(facts.id, "change")), None)
        if keyed and asked_for(facts, keyed, wanted.component, wanted.day, wanted.units) is False:
            raise mismatch()
        return keyed

    def _command_id(self, trip: str, kind: CommandKind) -> str:
        return secrets.token_hex(8) if self._key is None else keyed_command_id(trip, kind, self._key)

    async def _bind(self, trip: str, method: str, route: str) -> None:
        """Bind the key, if there is one, to this route of a trip that is there. Raises `ApiProblem`."""
        await self._read(trip)
        await self._keys.bind(self._key, f"{method} trips/{trip}/{route}")

    async def _accept(self, row: TripRow, kind: CommandKind, body: Data) -> Command | None:
        """The stored command, or None when the trip has moved on meanwhile."""
        identifier = self._command_id(row.id, kind)
        try:
            command = await in_thread(self._ledger.accept, row.id, kind, identifier, self._by, body, row.version)
        except StaleVersionError:
            return None
        if command.body != body:
            # The same key came at the same moment, and was first: the next look compares what both asked for.
            return None
        log.info("command_accepted trip=%s number=%d kind=%s", row.id, command.number, kind)
        now = await in_thread(self._ledger.trip, row.id) or row
        await wake(self._services, self._durable, now, command.number)
        return command

    async def _repeated(self, row: TripRow, command: Command) -> Accepted:
        """Answer as the first delivery was answered, and wake the saga should that delivery have died before."""
        if self._services.clock() - command.at > _GRACE:
            await wake(self._services, self._durable, row, command.number)
        return await self._accepted(row.id, command)

    async def _commands(self, trip: str) -> Sequence[Command]:
        """The trip's commands. Read them after the facts: a first delivery that the facts show is among them then."""
        return await in_thread(self._ledger.commands, trip)

    async def _read(self, trip: str) -> tuple[TripRow, TripFacts]:
        row = await in_thread(self._ledger.trip, trip) if could_be_an_id(trip) else None
        if row is None:
            raise await self._missing(trip)
        return row, await in_thread(self._ledger.facts, trip)

    async def _missing(self, identifier: str) -> ApiProblem:
        part = split_component_id(identifier) if could_be_an_id(identifier) else None
        whole = await in_thread(self._ledger.trip, part[0]) if part else None
        if whole and whole.kind == "travel":
            return ApiProblem("part_of_trip", f"This is a component of the trip {whole.id}: name the trip itself.")
        return ApiProblem("trip_not_found", "No trip has this id. Take the id from the trips of a chat's answer.")

    async def _accepted(self, trip: str, command: Command | None) -> Accepted:
        facts = await in_thread(self._ledger.facts, trip)
        return Accepted(
            id=trip,
            command_id=command.id if command else None,
            status=trip_status(facts),
            status_url=f"/api/travel-status/{trip}",
        )


def _last(commands: Sequence[Command], kind: CommandKind) -> Command | None:
    return next((command for command in reversed(commands) if command.kind == kind), None)


def _change_body(facts: TripFacts, wanted: ChangeWanted) -> Data:
    status = trip_status(facts)
    if facts.change:
        raise ApiProblem(
            "change_in_progress", "Another change of this trip is under way. Try again once its status says confirmed."
        )
    if status == "needs_attention":
        raise ApiProblem(
            "needs_attention", "This trip needs attention first: staff settle it, and then it can be changed."
        )
    if status not in ("confirmed", "partly_confirmed"):
        raise ApiProblem("not_confirmed", f"This trip is {_STANDS[status]}, and only what is confirmed can be changed.")
    change = change_of(facts, facts.commands + 1, wanted.component, wanted.day, wanted.units)
    if change is None:
        raise ApiProblem("invalid_change", _why_not(facts, wanted.component))
    if _is_as_it_was(facts, change):
        raise ApiProblem("invalid_change", "The booking is for that day and length already.")
    return change.model_dump(mode="json", exclude={"command"})


def _why_not(facts: TripFacts, kind: ComponentKind) -> str:
    """Why no booking of that kind can be changed."""
    component, noun = facts.component(kind), COMPONENTS[kind].noun
    if component and component.revisions[-1].booked:
        return "This trip's conversation was forgotten, and the day of its bookings with it: it can only be cancelled."
    return f"This trip has no confirmed {noun}."


def _is_as_it_was(facts: TripFacts, change: Change) -> bool:
    component = facts.component(change.kind)
    old = component.revision(change.replaces) if component else None
    return old is not None and (old.date, old.units) == (change.date, change.units)


def _contended() -> ApiProblem:
    return ApiProblem(
        "storage_unavailable",
        "The trip changes too fast just now; try again.",
        money="This request changed nothing and moved no money so far.",
    )
