"""Removal of a conversation at its traveller's wish.

All that is personal in its trips goes with it. Amounts, keys and the order of events stay.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import count

from api.approvals import Approvals
from api.durable_port import Durable
from api.histories import purge_trip, purge_turn
from api.problems import ApiProblem
from api.threads import in_thread
from domain.conversation.turn import Turn, quotes_of
from domain.ids import next_quote_id
from domain.quotes.quote import Quote
from stores.conversations import ConversationBusyError
from stores.opening import Stores


class Forgetting:
    """Removes conversations, with the durable client of one request."""

    def __init__(self, stores: Stores, durable: Durable, clock: Callable[[], datetime]) -> None:
        self._stores = stores
        self._durable = durable
        self._clock = clock
        self._approvals = Approvals(stores, durable)

    async def forget(self, conversation: str) -> None:
        """Remove the conversation and what is personal in its trips. Raise `ApiProblem` conversation_busy.

        A repeat completes a removal that was interrupted.
        """
        conversations, ledger = self._stores.conversations, self._stores.ledger
        turns = await in_thread(lambda: list(self._turns(conversation)))
        if not turns and await in_thread(conversations.is_forgotten, conversation):
            # The process may have died between the two stores, so the ledger is asked again.
            await in_thread(ledger.forget, conversation)
            return
        if await in_thread(lambda: any(self._is_busy(turn) for turn in turns)):
            raise _busy()
        # The histories go first: once the turns are removed, nothing names their instances.
        for quote in await in_thread(lambda: list(self._quotes(turns))):
            if not await self._approvals.withdraw(quote, self._clock()):
                raise _busy()
        for turn in turns:
            await self._purge(turn)
        # The store asks again whether a trip is open, since one may have been opened after the check above.
        try:
            await in_thread(conversations.forget, conversation, self._is_open)
        except ConversationBusyError:
            raise _busy() from None
        await in_thread(ledger.forget, conversation)

    def _turns(self, conversation: str) -> Iterator[Turn]:
        for number in count(1):
            turn = self._stores.conversations.turn(conversation, number)
            if turn is None:
                return
            yield turn

    def _quotes(self, turns: Sequence[Turn]) -> Iterator[Quote]:
        """Yield the quotes that the turns have shown or agreed to, each with those that have followed it."""
        secret = self._stores.conversations.installation_secret()
        shown = dict.fromkeys(identifier for turn in turns for identifier in quotes_of(turn))
        for identifier in shown:
            quote = self._stores.quotes.quote(identifier)
            while quote:
                yield quote
                quote = self._stores.quotes.quote(next_quote_id(secret, quote.id))

    def _is_busy(self, turn: Turn) -> bool:
        if turn.state in ("claimed", "decided"):
            return True
        # A turn whose reply is written may still have a trip that waits for somebody.
        return any(self._is_open(call.trip) for call in turn.calls)

    def _is_open(self, trip: str) -> bool:
        row = self._stores.ledger.trip(trip)
        return row is not None and row.box == "open"

    async def _purge(self, turn: Turn) -> None:
        for call in turn.calls:
            row = await in_thread(self._stores.ledger.trip, call.trip)
            if row is not None:
                await purge_trip(self._durable, row, await in_thread(self._stores.ledger.commands, row.id))
        await purge_turn(self._durable, await in_thread(self._stores.conversations.installation_secret), turn)


def forgotten() -> ApiProblem:
    """Return the problem 410 `conversation_forgotten`."""
    return ApiProblem(
        code="conversation_forgotten",
        detail="This conversation was forgotten at its owner's wish. Begin a new one without its id.",
    )


def _busy() -> ApiProblem:
    return ApiProblem(
        code="conversation_busy",
        detail="Something of this conversation is still under way: a turn, or a trip that has not come to its end. The"
        " conversation is kept; try again once all trips have ended.",
    )
