"""Handlers of the chat's routes. Each takes the request and the durable port."""

import re

import azure.functions as func

from api.chat.answer import turn_response
from api.chat.forgetting import Forgetting, forgotten
from api.chat.request import read_post
from api.chat.turns import Turns, is_final
from api.durable_port import Durable
from api.idempotency import IdempotencyKeys, has_key, read_key
from api.identity.caller import traveller
from api.limits import require_message
from api.problems import ApiProblem, RequestKind
from api.services import ApiServices
from api.shared_ledger import services_with_shared_ledger
from api.threads import in_thread
from api.trips.views import trips_of
from domain.conversation.turn import Turn
from domain.ids import CONVERSATION_ID

_TURN_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


async def post_chat(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """Claim the turn, start it, and wait for its end for at most `CHAT_WAIT_SECONDS`. Raise `ApiProblem`."""
    services = services_with_shared_ledger()
    caller = await traveller(request, services)
    post = read_post(request, services.clock(), caller)
    await in_thread(require_message, services, caller, post.key)
    turns = Turns(services.stores, durable, services.clock)
    return await _response(await turns.post(post, services.settings.chat_wait_seconds), services)


def kind_of_post(request: func.HttpRequest) -> RequestKind:
    """Return `change` for a message with an Idempotency-Key, a repeat of which is recognised, or else `message`."""
    return "change" if has_key(request.headers) else "message"


async def get_turn(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """Return the response for the turn in its current state. Raise `ApiProblem`."""
    services = services_with_shared_ledger()
    caller = await traveller(request, services)
    conversation, number = request.route_params["conversation_id"], request.route_params["turn"]
    if not CONVERSATION_ID.fullmatch(conversation) or not _TURN_NUMBER.fullmatch(number):
        raise _turn_not_found()
    turns = Turns(services.stores, durable, services.clock)
    stored = caller.conversation(conversation)
    turn = await turns.read(stored, int(number))
    if turn is None:
        raise forgotten() if await turns.is_forgotten(stored) else _turn_not_found()
    if not is_final(turn):
        turn = await turns.require_at_work(turn)
    return await _response(turn, services)


async def forget_conversation(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """Remove the conversation and what is personal in its trips. Return 204. Raise `ApiProblem`."""
    services = services_with_shared_ledger()
    caller = await traveller(request, services)
    conversation, key = request.route_params["conversation_id"], caller.key(read_key(request.headers))
    await IdempotencyKeys(services.stores).bind(key, f"DELETE chat/{conversation}")
    # No conversation can have another id, so there is nothing to forget.
    if CONVERSATION_ID.fullmatch(conversation):
        await Forgetting(services.stores, durable, services.clock).forget(caller.conversation(conversation))
    return func.HttpResponse(status_code=204)


async def _response(turn: Turn, services: ApiServices) -> func.HttpResponse:
    return turn_response(turn, await trips_of(services.stores.ledger, turn.calls), services.settings.model_name)


def _turn_not_found() -> ApiProblem:
    return ApiProblem(
        code="turn_not_found",
        detail="There is no such turn. Take both parts from the answer of a chat.",
    )
