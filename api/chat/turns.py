"""From a claimed turn to its end: start its orchestration exactly once, then watch it for a bounded time.

The orchestration does all the work; what is written here is safe to lose at any line, for the next post with the
same key goes on from what stands.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime

from api.chat.forgetting import forgotten
from api.durable_port import Durable
from api.idempotency import mismatch
from api.problems import ApiProblem
from api.threads import in_thread
from domain.components import CHAT_TURN
from domain.conversation.chat_turn import TurnRef
from domain.conversation.turn import Turn
from domain.ids import chat_turn_id
from domain.trip.ending import trip_status
from domain.trip.outcomes import PARKED
from stores.conversations import ConversationForgottenError, KeyMismatchError, Post
from stores.opening import Stores

log = logging.getLogger(__name__)

_FIRST_PAUSE = 0.025
_GROWTH = 1.3
_LONGEST_PAUSE = 1.0
_TRIES = 20
_SLOW = 0.25
"""From this pause on each look asks too whether the turn's orchestration is still alive."""


class Turns:
    """The turns of all conversations, with the durable client of one request."""

    def __init__(self, stores: Stores, durable: Durable, clock: Callable[[], datetime]) -> None:
        self._ledger = stores.ledger
        self._conversations = stores.conversations
        self._durable = durable
        self._clock = clock

    async def claim(self, post: Post) -> Turn:
        """The turn of this post, with its orchestration running or ended. Raises `ApiProblem`."""
        try:
            turn = await in_thread(self._conversations.claim, post)
        except ConversationForgottenError:
            raise forgotten() from None
        except KeyMismatchError:
            raise mismatch() from None
        if not is_final(turn):
            await self.ensure_started(turn)
        return turn

    async def settled(self, turn: Turn, seconds: float) -> Turn:
        """The turn once it is final, or as it stands after so many seconds. Raises `ApiProblem` if it stopped."""
        deadline = time.monotonic() + seconds
        pause = _FIRST_PAUSE
        while True:
            turn = await self.read(turn.conversation, turn.number) or turn
            if is_final(turn):
                return turn
            left = deadline - time.monotonic()
            if left <= 0 or pause >= _SLOW:
                turn = await self.watched(turn)
            if left <= 0 or is_final(turn):
                return turn
            await asyncio.sleep(min(pause, left))
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)

    async def read(self, conversation: str, number: int) -> Turn | None:
        return await in_thread(self._conversations.turn, conversation, number)

    async def is_forgotten(self, conversation: str) -> bool:
        return await in_thread(self._conversations.is_forgotten, conversation)

    async def is_alive(self, turn: Turn) -> bool:
        """Whether the orchestration of the turn's latest attempt is at work."""
        return await self._durable.state(await self._instance(turn)) == "alive"

    async def watched(self, turn: Turn) -> Turn:
        """The unfinished turn, unless nobody works on it any more: then as it stands now. Raises `ApiProblem`."""
        if not await self._has_stopped(turn):
            return turn
        now = await self.read(turn.conversation, turn.number) or turn
        if is_final(now) or now.attempt != turn.attempt:
            return now
        log.warning("turn_stopped conversation=%s turn=%d attempt=%d", turn.conversation, turn.number, turn.attempt)
        stands = (
            "Its trips' status tells what is booked and paid." if now.calls else "Nothing is booked or charged yet."
        )
        raise ApiProblem(
            "turn_stopped",
            "The work on this message stopped before its end. The app takes it up again within minutes, and at once"
            " when the message is posted again with the Idempotency-Key that it came with.",
            money=f"{stands} What is missing is done then, and nothing twice.",
        )

    async def _has_stopped(self, turn: Turn) -> bool:
        """Whether neither the turn's orchestration goes on nor a saga that it left behind.

        A claimed turn whose orchestration is missing has not stopped, but not begun: somebody may be starting it.
        """
        state = await self._durable.state(await self._instance(turn))
        if state == "alive" or (state == "missing" and turn.state == "claimed"):
            return False
        return not await self._has_trip_under_way(turn)

    async def ensure_started(self, turn: Turn) -> None:
        """Start the turn's orchestration, unless it or what it has left behind is at work."""
        instance = await self._instance(turn)
        holds = await in_thread(self._conversations.take_start, turn, self._clock())
        state = await self._durable.state(instance)
        if not holds:
            if state == "alive" or await self._has_trip_under_way(turn):
                return
            if not await in_thread(self._conversations.take_start, turn, self._clock(), again=True):
                await self._being_started(turn, instance)
                return
            state = await self._durable.state(instance)
        if state != "alive":
            ref = TurnRef(conversation=turn.conversation, turn=turn.number, attempt=turn.attempt)
            await self._durable.start(CHAT_TURN, instance, ref)
            log.info("turn_started conversation=%s turn=%d attempt=%d", turn.conversation, turn.number, turn.attempt)
        await in_thread(self._conversations.started, turn)

    async def _being_started(self, turn: Turn, instance: str) -> None:
        """Somebody else starts it just now: a moment's patience, so that it isn't taken for one that has stopped."""
        for _ in range(_TRIES):
            state = await self._durable.state(instance)
            if state == "alive" or (state == "missing" and turn.state == "claimed"):
                return
            await asyncio.sleep(_LONGEST_PAUSE / _TRIES)

    async def _has_trip_under_way(self, turn: Turn) -> bool:
        """Whether a saga works on one of the turn's trips, or is to take it over."""
        for call in turn.calls:
            row = await in_thread(self._ledger.trip, call.trip)
            if row is None or row.outcome is not None:
                continue
            if trip_status(await in_thread(self._ledger.facts, call.trip)) in PARKED:
                continue
            if row.epoch > 1 or await self._durable.state(call.trip) == "alive":
                return True
        return False

    async def _instance(self, turn: Turn) -> str:
        secret = await in_thread(self._conversations.installation_secret)
        return chat_turn_id(secret, turn.conversation, turn.number, turn.attempt)


def is_final(turn: Turn) -> bool:
    return turn.state in ("done", "problem")
