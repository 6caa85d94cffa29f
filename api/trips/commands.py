"""Commands to a trip. Each is stored as a numbered row before the saga is woken, so that none is lost.

An accepted command acts exactly once. A command after the trip's end opens its inbox again and starts a follow-up saga.
If this process dies in between, the reconciler starts it.

A repeat of a request gets the command that its first delivery became. With a key it always does. Without a key every
cancel of a trip is the same request, and so is the same choice. The same change is a repeat until another change of the
trip is requested.
"""

import logging
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

from api.durable_port import Durable
from api.idempotency import IdempotencyKeys, mismatch
from api.identity.caller import Caller
from api.problems import ApiProblem
from api.services import ApiServices
from api.threads import in_thread
from api.trips.accepted import Accepted
from api.trips.owned import OwnedTrips
from api.trips.prices import asked_price
from api.trips.requests import ChangeRequest, require_bookable
from api.trips.waking import wake
from domain.amount import Money
from domain.components import COMPONENTS, ComponentKind
from domain.ids import keyed_command_id
from domain.log_lines import trip_step
from domain.money.change_terms import ModifyTerms, modify_terms
from domain.money.terms import CancelTerms, cancel_fees, cancel_terms, change_of
from domain.trip.changes import asked_for, day_of_flight_back
from domain.trip.command_bodies import AnswerBody, CancelBody, ChangeBody, CommandBody, CommandKind
from domain.trip.ending import trip_status
from domain.trip.facts import Change, TripFacts
from domain.trip.outcomes import TripStatus
from domain.trip.records import Command, TripRow
from domain.trip.shown.as_booked import warnings_after
from stores.ledger import StaleVersionError

log = logging.getLogger(__name__)

_TRIES = 20
_GRACE = timedelta(seconds=2)
"""Time in which only the request that stored a command wakes its saga, and a repeat does not."""
_STATUS_WORDS: dict[TripStatus, str] = {
    "running": "still being booked",
    "waiting": "waiting for your choice",
    "compensating": "being undone",
    "cancelling": "being cancelled",
    "cancelled": "cancelled",
    "failed": "not booked",
}


class Commands:
    """The commands that one request may give to trips, with its durable client.

    `key` is the Idempotency-Key of the request, as it is stored.
    """

    def __init__(self, services: ApiServices, durable: Durable, caller: Caller, key: str | None = None) -> None:
        self._services = services
        self._ledger = services.stores.ledger
        self._keys = IdempotencyKeys(services.stores)
        self._durable = durable
        self._caller = caller
        self._trips = OwnedTrips(self._ledger, caller.owners)
        self._key = key

    async def cancel(self, trip: str) -> tuple[int, Accepted]:
        """Return 202 with the command, or 200 when the trip was cancelled before or holds nothing to cancel.

        Raise `ApiProblem`: trip_not_found, part_of_trip, idempotency_mismatch, storage_unavailable.
        """
        await self._bind(trip, "DELETE", "cancel")
        for _ in range(_TRIES):
            row, facts = await self._trips.read(trip)
            first = _last(await self._commands(trip), "cancel")
            status = trip_status(facts)
            if first:
                return self._status_code(first, status), await self._repeated(row, first)
            if status == "failed":
                return 200, await self._accepted(trip, None)
            body = CancelBody(fees=cancel_fees(facts))
            if command := await self._accept(row, "cancel", body):
                return 202, await self._accepted(trip, command)
        raise _contended()

    def _status_code(self, first: Command, status: TripStatus) -> int:
        """Return the status code for a repeated cancel."""
        # A key gets the status code of its first delivery again, also when the trip has ended since.
        if self._is_of_key(first):
            return 202
        return 200 if status in ("cancelled", "failed") else 202

    async def terms(self, trip: str) -> CancelTerms:
        """Return what cancelling would cost and give back now. Raise `ApiProblem`."""
        _, facts = await self._trips.read(trip)
        return cancel_terms(facts)

    async def change_terms(self, trip: str, requested: ChangeRequest) -> ModifyTerms:
        """Return what a change would cost and bring now. Raise `ApiProblem` as `change` does for a new request."""
        row, facts = await self._trips.read(trip)
        require_bookable(requested.day, self._services.clock())
        change = _change_body(facts, requested)
        return modify_terms(facts, change, await asked_price(self._durable, row, facts, change))

    async def change(self, trip: str, requested: ChangeRequest) -> Accepted:
        """Store the change as a command, and return it or that of an earlier delivery.

        Raise `ApiProblem`: trip_not_found, part_of_trip, not_confirmed, change_in_progress, needs_attention,
        invalid_change, idempotency_mismatch, storage_unavailable.
        """
        await self._bind(trip, "PUT", "modify")
        for _ in range(_TRIES):
            row, facts = await self._trips.read(trip)
            if first := self._first_change(facts, await self._commands(trip), requested):
                return await self._repeated(row, first)
            require_bookable(requested.day, self._services.clock())
            if command := await self._accept(row, "change", _change_body(facts, requested)):
                return await self._accepted(trip, command)
        raise _contended()

    async def answer(self, trip: str, choice: Literal["keep", "undo"]) -> Accepted:
        """Store the choice as a command, and return it or that of an earlier delivery.

        Raise `ApiProblem`: trip_not_found, part_of_trip, idempotency_mismatch, storage_unavailable, and not_waiting
        unless the trip waits for a choice or has had this one.
        """
        await self._bind(trip, "POST", "answer")
        for _ in range(_TRIES):
            row, facts = await self._trips.read(trip)
            if first := _last(await self._commands(trip), "answer"):
                self._require_choice(first, choice)
                return await self._repeated(row, first)
            if trip_status(facts) != "waiting":
                raise ApiProblem(
                    code="not_waiting",
                    detail="This trip waits for no choice; its status tells how it stands.",
                )
            if command := await self._accept(row, "answer", AnswerBody(choice=choice)):
                return await self._accepted(trip, command)
        raise _contended()

    def _require_choice(self, first: Command, choice: str) -> None:
        """Raise `ApiProblem` unless the choice that was made is this one."""
        match first.body:
            case AnswerBody(choice=made) if made == choice:
                return
            case AnswerBody(choice=made) if not self._is_of_key(first):
                raise ApiProblem(
                    code="not_waiting",
                    detail=f"The choice for this trip was made: {made}.",
                )
            case _:
                raise mismatch()

    def _first_change(self, facts: TripFacts, commands: Sequence[Command], requested: ChangeRequest) -> Command | None:
        """Return the command of an earlier delivery of this request, or None for a new one. Raise `ApiProblem`."""
        # Without a key only the last change counts: an earlier one has been changed since, and may be requested again.
        earlier = _last(commands, "change") if self._key is None else self._command_of_key(facts.id, commands)
        if earlier is None:
            return None
        is_same = _asked_for(facts, earlier, requested)
        if self._key is None:
            return earlier if is_same else None
        # It is None where the traveller was forgotten: nothing is left to compare, so the key decides.
        if is_same is False:
            raise mismatch()
        return earlier

    def _command_of_key(self, trip: str, commands: Sequence[Command]) -> Command | None:
        """Return the change that a request with the key of this one became, or None."""
        identifier = self._command_id(trip, "change")
        for command in commands:
            if command.id == identifier:
                return command
        return None

    def _is_of_key(self, command: Command) -> bool:
        """Return whether a request with the key of this one became the command."""
        return self._key is not None and command.id == keyed_command_id(command.trip, command.kind, self._key)

    def _command_id(self, trip: str, kind: CommandKind) -> str:
        return secrets.token_hex(8) if self._key is None else keyed_command_id(trip, kind, self._key)

    async def _bind(self, trip: str, method: str, route: str) -> None:
        """Bind the key, if there is one, to this route of an existing trip. Raise `ApiProblem`."""
        await self._trips.read(trip)
        await self._keys.bind(self._key, f"{method} trips/{trip}/{route}")

    async def _accept(self, row: TripRow, kind: CommandKind, body: CommandBody) -> Command | None:
        """Store the command and wake the saga. Return None when the trip has moved on meanwhile."""
        identifier = self._command_id(row.id, kind)
        try:
            command = await in_thread(
                self._ledger.accept, row.id, kind, identifier, self._caller.name_as_traveller, body, row.version
            )
        except StaleVersionError:
            return None
        if command.body != body:
            # The same key came at the same moment with another body and was first. The next try compares the two.
            return None
        log.info("%s", trip_step(row.id, f"accept_{kind}", "accepted"))
        # The row is read again, since the command may have opened the inbox for a new saga.
        current = await in_thread(self._ledger.trip, row.id) or row
        await wake(self._services, self._durable, current, command.number)
        return command

    async def _repeated(self, row: TripRow, command: Command) -> Accepted:
        """Return the response of the first delivery."""
        # That delivery may have died before it woke the saga.
        if self._services.clock() - command.at > _GRACE:
            await wake(self._services, self._durable, row, command.number)
        return await self._accepted(row.id, command)

    async def _commands(self, trip: str) -> Sequence[Command]:
        """Return the trip's commands. Call it after reading the facts: then it has every command of the facts."""
        return await in_thread(self._ledger.commands, trip)

    async def _accepted(self, trip: str, command: Command | None) -> Accepted:
        facts = await in_thread(self._ledger.facts, trip)
        return Accepted(
            id=trip,
            command_id=command.id if command else None,
            by=command.by if command else None,
            status=trip_status(facts),
            status_url=f"/api/travel-status/{trip}",
            **_terms_of_change(facts, command),
        )


def _terms_of_change(facts: TripFacts, command: Command | None) -> dict[str, Any]:
    """Return the members of the response that only a change has."""
    match command:
        case Command(body=ChangeBody() as change):
            fee = Money(currency=facts.currency, minor=change.fee)
            return {"fee": fee, "warnings": warnings_after(facts, change)}
        case _:
            return {}


def _last(commands: Sequence[Command], kind: CommandKind) -> Command | None:
    for command in reversed(commands):
        if command.kind == kind:
            return command
    return None


def _asked_for(facts: TripFacts, command: Command, requested: ChangeRequest) -> bool | None:
    """Return whether the command asked for this change; None if its details were forgotten with their traveller."""
    if not isinstance(command.body, ChangeBody):
        return False
    return asked_for(facts, command.body, requested.component, requested.day, requested.units)


def _change_body(facts: TripFacts, requested: ChangeRequest) -> ChangeBody:
    """Return the body of the command. Raise `ApiProblem` if the trip cannot be changed so now."""
    _require_changeable(facts)
    change = change_of(facts, facts.commands + 1, requested.component, requested.day, requested.units)
    if change is None:
        raise ApiProblem(
            code="invalid_change",
            detail=_why_not(facts, requested.component),
        )
    if _changes_nothing(facts, change):
        raise ApiProblem(
            code="invalid_change",
            detail="The booking is for that day and length already.",
        )
    # A change moves the first leg only.
    back = day_of_flight_back(facts, change)
    if back and change.date >= back:
        raise ApiProblem(
            code="invalid_change",
            detail=f"The flight back is on {back}, so the flight out has to be before that day.",
        )
    # The command's number is known only when it is stored.
    return ChangeBody.model_validate(change.model_dump(exclude={"command"}))


def _require_changeable(facts: TripFacts) -> None:
    status = trip_status(facts)
    if facts.change:
        raise ApiProblem(
            code="change_in_progress",
            detail="Another change of this trip is under way. Try again once its status says confirmed.",
        )
    if status == "needs_attention":
        raise ApiProblem(
            code="needs_attention",
            detail="This trip needs attention first: staff settle it, and then it can be changed.",
        )
    if status not in ("confirmed", "partly_confirmed"):
        raise ApiProblem(
            code="not_confirmed",
            detail=f"This trip is {_STATUS_WORDS[status]}, and only what is confirmed can be changed.",
        )


def _why_not(facts: TripFacts, kind: ComponentKind) -> str:
    """Return the reason why no booking of that kind can be changed."""
    component, noun = facts.component(kind), COMPONENTS[kind].noun
    if component and component.revisions[-1].booked:
        return "This trip's conversation was forgotten, and the day of its bookings with it: it can only be cancelled."
    return f"This trip has no confirmed {noun}."


def _changes_nothing(facts: TripFacts, change: Change) -> bool:
    component = facts.component(change.kind)
    if component is None:
        return False
    replaced = component.revision(change.replaces)
    return (replaced.date, replaced.units) == (change.date, change.units)


def _contended() -> ApiProblem:
    return ApiProblem(
        code="storage_unavailable",
        detail="The trip changes too fast just now; try again.",
        money="This request changed nothing and moved no money so far.",
    )
