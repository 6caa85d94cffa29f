"""Turns of conversations: claim one, start its orchestration exactly once, and wait a bounded time for its end.

The orchestration does all the work. The process may die at any line here: the next post with the same key goes on from
what is stored.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import process
from api.chat.forgetting import forgotten
from api.durable_port import Durable
from api.idempotency import mismatch
from api.problems import ApiProblem
from api.threads import in_thread
from domain.components import CHAT_TURN
from domain.conversation.chat_turn import TurnRef
from domain.conversation.turn import Turn
from domain.ids import chat_turn_id, turn_name
from domain.log_lines import turn_step
from domain.trip.ending import trip_status
from domain.trip.outcomes import PARKED
from stores.conversations import ConversationForgottenError, KeyMismatchError, Post
from stores.opening import Stores

log = logging.getLogger(__name__)

_FIRST_PAUSE = 0.1
_GROWTH = 1.5
_LONGEST_PAUSE = 1.0
_TRIES = 20
_SLOW_PAUSE = 0.25
"""Pause in seconds from which on each look also asks whether the turn's orchestration is alive. Before that it is rare
for one to have stopped, and asking would cost more than reading the turn."""


class Turns:
    """The turns of all conversations, for one request with its durable client."""

    def __init__(self, stores: Stores, durable: Durable, clock: Callable[[], datetime]) -> None:
        self._ledger = stores.ledger
        self._conversations = stores.conversations
        self._durable = durable
        self._clock = clock

    async def claim(self, post: Post) -> Turn:
        """Return the turn of this post, with its orchestration started. Raise `ApiProblem`."""
        try:
            turn = await in_thread(self._conversations.claim, post)
        except ConversationForgottenError:
            raise forgotten() from None
        except KeyMismatchError:
            raise mismatch() from None
        if not is_final(turn):
            await self.ensure_started(turn)
        return turn

    async def wait_until_final(self, turn: Turn, seconds: float) -> Turn:
        """Return the turn once it is final, or its current state after that many seconds.

        Raise `ApiProblem` turn_stopped if nothing works on it any more.
        """
        with process.turns_bell.heard(turn_name(turn.conversation, turn.number)) as rung:
            return await self._wait_until_final(turn, time.monotonic() + seconds, rung)

    async def _wait_until_final(self, turn: Turn, deadline: float, rung: asyncio.Event) -> Turn:
        pause = _FIRST_PAUSE
        while True:
            # Cleared before the turn is read, so that no ring after the reading is missed.
            rung.clear()
            turn = await self.read(turn.conversation, turn.number) or turn
            if is_final(turn):
                return turn
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return await self.require_at_work(turn)
            if pause >= _SLOW_PAUSE:
                turn = await self.require_at_work(turn)
            if is_final(turn):
                return turn
            # Another process may work on the turn, whose bell is not heard here.
            with suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), min(pause, remaining))
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)

    async def read(self, conversation: str, number: int) -> Turn | None:
        """Return the turn, or None where there is none."""
        return await in_thread(self._conversations.turn, conversation, number)

    async def is_forgotten(self, conversation: str) -> bool:
        """Return whether the conversation was removed at its traveller's wish."""
        return await in_thread(self._conversations.is_forgotten, conversation)

    async def is_alive(self, turn: Turn) -> bool:
        """Return whether the orchestration of this attempt at the turn is running."""
        return await self._durable.state(await self.instance(turn)) == "alive"

    async def require_at_work(self, turn: Turn) -> Turn:
        """Return the unfinished turn, read again if its work has stopped.

        Raise `ApiProblem` turn_stopped if the same attempt is unfinished and nothing works on it.
        """
        if not await self._has_stopped(turn):
            return turn
        # The orchestration may have ended right after its last write, so the turn is read once more.
        current = await self.read(turn.conversation, turn.number) or turn
        if is_final(current) or current.attempt != turn.attempt:
            return current
        log.warning("%s", turn_step(await self.instance(turn), "work", "stopped"))
        booked = "Nothing is booked or charged yet."
        if current.calls:
            booked = "Its trips' status tells what is booked and paid."
        raise ApiProblem(
            code="turn_stopped",
            detail="The work on this message stopped before its end. The app takes it up again within minutes, and"
            " at once when the message is posted again with the Idempotency-Key that it came with.",
            money=f"{booked} What is missing is done then, and nothing twice.",
        )

    async def _has_stopped(self, turn: Turn) -> bool:
        """Return whether neither the turn's orchestration nor a saga of its trips goes on."""
        if await self._is_alive_or_starting(turn, await self.instance(turn)):
            return False
        return not await self._has_trip_under_way(turn)

    async def _is_alive_or_starting(self, turn: Turn, instance: str) -> bool:
        state = await self._durable.state(instance)
        if state == "missing":
            # A claimed turn without an orchestration has not begun: another request may be starting it.
            return turn.state == "claimed"
        return state == "alive"

    async def ensure_started(self, turn: Turn) -> None:
        """Start the turn's orchestration, unless it or a saga of its trips is running. Raise `DurableError`."""
        instance = await self.instance(turn)
        has_right = await in_thread(self._conversations.take_start, turn, self._clock())
        state = await self._durable.state(instance)
        if not has_right:
            if state == "alive" or await self._has_trip_under_way(turn):
                return
            if not await in_thread(self._conversations.take_start, turn, self._clock(), again=True):
                await self._wait_for_start(turn, instance)
                return
            # Another request may have started it before this one took the right.
            state = await self._durable.state(instance)
        # The host replaces an instance that has ended, which is meant. A running one must not be started again.
        if state != "alive":
            ref = TurnRef(conversation=turn.conversation, turn=turn.number, attempt=turn.attempt)
            await self._durable.start(CHAT_TURN, instance, ref)
            log.info("%s", turn_step(instance, "start", "started"))
        await in_thread(self._conversations.started, turn)

    async def _wait_for_start(self, turn: Turn, instance: str) -> None:
        """Wait up to a second until another request has started the orchestration."""
        # Without the wait the caller could take the turn for one whose work has stopped.
        for _ in range(_TRIES):
            if await self._is_alive_or_starting(turn, instance):
                return
            await asyncio.sleep(_LONGEST_PAUSE / _TRIES)

    async def _has_trip_under_way(self, turn: Turn) -> bool:
        """Return whether a saga works on one of the turn's trips, or will take it over."""
        for call in turn.calls:
            if await self._is_under_way(call.trip):
                return True
        return False

    async def _is_under_way(self, trip: str) -> bool:
        row = await in_thread(self._ledger.trip, trip)
        if row is None or row.outcome is not None:
            return False
        # The turn is worded when its trips have ended or parked, so a parked trip does not hold it up.
        if trip_status(await in_thread(self._ledger.facts, trip)) in PARKED:
            return False
        # The reconciler sees to a trip that a later saga owns, whatever became of the first one.
        return row.epoch > 1 or await self._durable.state(trip) == "alive"

    async def instance(self, turn: Turn) -> str:
        """Return the instance id of this attempt at the turn."""
        secret = await in_thread(self._conversations.installation_secret)
        return chat_turn_id(secret, turn.conversation, turn.number, turn.attempt)


def is_final(turn: Turn) -> bool:
    """Return whether the turn has its reply or a problem."""
    return turn.state in ("done", "problem")
