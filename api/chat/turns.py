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
from api.idempotency import IdempotencyKeys, mismatch
from api.limits import too_many_turns
from api.problems import ApiProblem
from api.threads import in_thread
from domain.components import CHAT_TURN
from domain.conversation.chat_turn import TurnRef
from domain.conversation.turn import Turn
from domain.ids import chat_turn_id, turn_name
from domain.log_lines import turn_step
from domain.trip.ending import trip_status
from domain.trip.outcomes import PARKED
from stores.conversations import ConversationForgottenError, KeyMismatchError, Post, TurnsUnderWayError
from stores.opening import Stores

log = logging.getLogger(__name__)

_FIRST_PAUSE = 2.0
"""Seconds after which a turn is read again, since another process may work on it. Later pauses are half of
what was waited before them: with many who wait, reading often slows down the work that they wait for.
"""
_FIRST_QUESTION = 5.0
"""Seconds after which it is asked whether the turn's orchestration is alive: few stop, and asking costs a request."""
_TRIES, _TRY_PAUSE = 20, 0.05


class Turns:
    """The turns of all conversations, for one request with its durable client."""

    def __init__(self, stores: Stores, durable: Durable, clock: Callable[[], datetime]) -> None:
        self._ledger = stores.ledger
        self._conversations = stores.conversations
        self._keys = IdempotencyKeys(stores)
        self._durable = durable
        self._clock = clock
        self._secret: bytes | None = None

    async def post(self, post: Post, seconds: float) -> Turn:
        """Return the turn of this post once it is final, or its current state after a wait of that many seconds.

        Start its orchestration if that is missing. Raise `ApiProblem`: turn_stopped if nothing works on it any more.
        """
        turn, has_right = await self._claim(post)
        if is_final(turn):
            return turn
        # Heard before the start, so that no ring of the work that begins here is missed.
        with process.turns_bell.heard(turn_name(turn.conversation, turn.number)) as rung:
            await self._start(turn, has_right)
            return await self._wait_until_final(turn, seconds, rung)

    async def _claim(self, post: Post) -> tuple[Turn, bool]:
        """Return the turn of this post, and whether its orchestration is this caller's to start."""
        try:
            return await in_thread(self._claim_and_take, post)
        except ConversationForgottenError:
            raise forgotten() from None
        except KeyMismatchError:
            raise mismatch() from None
        except TurnsUnderWayError:
            raise too_many_turns(post.most_at_once) from None

    def _claim_and_take(self, post: Post) -> tuple[Turn, bool]:
        self._keys.require_free(post.key)
        turn = self._conversations.claim(post)
        # Read here because this is the thread for it: the instance is named by it next.
        self._secret = self._conversations.installation_secret()
        return turn, not is_final(turn) and self._conversations.take_start(turn, self._clock())

    async def _wait_until_final(self, turn: Turn, seconds: float, rung: asyncio.Event) -> Turn:
        began, next_question = time.monotonic(), _FIRST_QUESTION
        waited = 0.0
        while True:
            pause = max(_FIRST_PAUSE, waited / 2)
            with suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), min(pause, seconds - waited))
            # Cleared before the turn is read, so that no ring after the reading is missed.
            rung.clear()
            turn = await self.read(turn.conversation, turn.number) or turn
            if is_final(turn):
                return turn
            waited = time.monotonic() - began
            if waited >= seconds:
                return await self.require_at_work(turn)
            if waited >= next_question:
                turn = await self.require_at_work(turn)
                if is_final(turn):
                    return turn
                next_question = 2 * waited

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
        await self._start(turn, await in_thread(self._conversations.take_start, turn, self._clock()))

    async def _start(self, turn: Turn, has_right: bool) -> None:
        instance = await self.instance(turn)
        if not has_right:
            if await self._durable.state(instance) == "alive" or await self._has_trip_under_way(turn):
                return
            if not await in_thread(self._conversations.take_start, turn, self._clock(), again=True):
                await self._wait_for_start(turn, instance)
                return
        # One that another request has started meanwhile goes on. One that has ended is replaced, which is meant.
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
            await asyncio.sleep(_TRY_PAUSE)

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
        if self._secret is None:
            self._secret = await in_thread(self._conversations.installation_secret)
        return chat_turn_id(self._secret, turn.conversation, turn.number, turn.attempt)


def is_final(turn: Turn) -> bool:
    """Return whether the turn has its reply or a problem."""
    return turn.state in ("done", "problem")
