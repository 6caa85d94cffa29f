"""Chat functions, given the durable port."""

import re

import azure.functions as func

from api.chat.answer import answer
from api.chat.forgetting import Forgetting, forgotten
from api.chat.request import read_post
from api.chat.turns import Turns, is_final
from api.durable_port import Durable
from api.idempotency import IdempotencyKeys, has_key, read_key
from api.problems import ApiProblem, Asking
from api.services import ApiServices
from api.shared_ledger import services_with_shared_ledger
from api.trips.views import status_of
from domain.conversation.turn import Turn
from domain.ids import CONVERSATION_ID
from domain.trip.outcomes import TripStatus

_TURN_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


async def post_chat(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """Claim the turn, start it, wait for its end as long as the settings say."""
    given = services_with_shared_ledger()
    post = read_post(request, given.clock())
    await IdempotencyKeys(given.stores).require_free(post.key)
    turns = Turns(given.stores, durable, given.clock)
    turn = await turns.claim(post)
    return await _answer(await turns.settled(turn, given.settings.chat_wait_seconds), given)


def asking_of_chat(request: func.HttpRequest) -> Asking:
    """Whether the message would be recognised if it came again."""
    return "change" if has_key(request.headers) else "message"


async def get_turn(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """The turn as it stands."""
    given = services_with_shared_ledger()
    conversation, number = request.route_params["conversation_id"], request.route_params["turn"]
    turns = Turns(given.stores, durable, given.clock)
    well_formed = CONVERSATION_ID.fullmatch(conversation) and _TURN_NUMBER.fullmatch(number)
    turn = await turns.read(conversation, int(number)) if well_formed else None
    if turn is None:
        if well_formed and await turns.is_forgotten(conversation):
            raise forgotten()
        raise ApiProblem("turn_not_found", "There is no such turn. Take both parts from the answer of a chat.")
    return await _answer(turn if is_final(turn) else await turns.watched(turn), given)


async def forget_conversation(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """Forget what was said, who travels where and when; 204 when nothing of that is left."""
    given = services_with_shared_ledger()
    conversation, key = request.route_params["conversation_id"], read_key(request.headers)
    await IdempotencyKeys(given.stores).bind(key, f"DELETE chat/{conversation}")
    await Forgetting(given.stores, durable).forget(conversation)
    return func.HttpResponse(status_code=204)


async def _answer(turn: Turn, given: ApiServices) -> func.HttpResponse:
    statuses: list[TripStatus | None] = [await status_of(given.stores.ledger, call) for call in turn.calls]
    return answer(turn, statuses, given.settings.model_name)
