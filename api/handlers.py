"""What each HTTP function does, given the durable port."""

import json
import re

import azure.functions as func

from api import health
from api.chat_answer import answer
from api.chat_request import read_post
from api.durable_port import Durable
from api.forgetting import Forgetting, forgotten
from api.idempotency import Keys, has_key, read_key
from api.problems import ApiProblem, Asking
from api.services import Services, services
from api.trips import status_of, view_of
from api.turns import Turns, is_final
from domain.conversation.turn import Turn
from domain.ids import CONVERSATION_ID
from domain.trip.outcomes import TripStatus
from domain.value import Value
from settings import SettingsError

_TURN_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


async def post_chat(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """Claim the turn, start it, wait for its end as long as the settings say."""
    given = services_with_shared_ledger()
    post = read_post(request, given.clock())
    await Keys(given.stores).require_free(post.key)
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
    await Keys(given.stores).bind(key, f"DELETE chat/{conversation}")
    await Forgetting(given.stores, durable).forget(conversation)
    return func.HttpResponse(status_code=204)


async def get_travel_status(request: func.HttpRequest) -> func.HttpResponse:
    """The trip or component as the ledger has it."""
    return json_response(await view_of(services().stores.ledger, request.route_params["id"]))


async def get_health() -> func.HttpResponse:
    """200 while requests can be served; 503 where neither chat nor status could answer."""
    try:
        found = await health.check(services())
    except SettingsError as error:
        return json_response(health.Health(status="misconfigured", error=str(error)), status=503)
    return json_response(found, status=200 if found.ledger and found.ledger.reachable else 503)


async def _answer(turn: Turn, given: Services) -> func.HttpResponse:
    statuses: list[TripStatus | None] = [await status_of(given.stores.ledger, call) for call in turn.calls]
    return answer(turn, statuses, given.settings.model_name)


def services_with_shared_ledger() -> Services:
    """A deployed app runs on several machines: a ledger in a local file would lose trips there."""
    given = services()
    if not given.is_ledger_shared:
        raise ApiProblem(
            "ledger_not_shared",
            "This deployed app keeps its ledger in a local file, which its other instances can't see, so it takes no"
            " bookings. Its operator must set up a shared store.",
        )
    return given


def json_response(value: Value, status: int = 200) -> func.HttpResponse:
    text = json.dumps(value.model_dump(mode="json"), ensure_ascii=False)
    return func.HttpResponse(text, status_code=status, mimetype="application/json")
