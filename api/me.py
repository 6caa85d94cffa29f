"""Handler of the route that forgets everything of its caller."""

import azure.functions as func

from api.chat.forgetting import Forgetting
from api.durable_port import Durable
from api.idempotency import IdempotencyKeys, read_key
from api.identity.caller import Caller, traveller
from api.identity.cookies import without_cookie
from api.identity.ending import forget_session, is_forgotten
from api.json_response import json_response
from api.problems import ApiProblem
from api.services import ApiServices
from api.shared_ledger import services_with_shared_ledger
from api.stored_names import stored_key
from api.threads import in_thread
from domain.value import Value


class Remaining(Value):
    """The body of a response after which something is left: conversations with trips under way, or very many."""

    remaining: int


async def forget_me(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """Forget the caller's conversations with what is personal in their trips, then the session.

    Return 204, or 200 while something is left; a repeat goes on. Raise `ApiProblem`.
    """
    services = services_with_shared_ledger()
    try:
        caller = await traveller(request, services)
    except ApiProblem:
        # A repeat of the request that has ended its own session.
        if await in_thread(is_forgotten, request, services):
            return _nothing_left(request)
        raise
    if caller.owner is None:
        raise ApiProblem("key_is_shared", "Holders of a function key share what they begin, so nobody forgets it all.")
    key = await stored_key(services, caller, read_key(request.headers))
    await IdempotencyKeys(services.stores).bind(key, "DELETE me")
    remaining = await Forgetting(services.stores, durable, services.clock).forget_all((caller.owner, *caller.adopted))
    if remaining:
        return json_response(Remaining(remaining=remaining))
    await in_thread(_end, services, caller, caller.owner)
    return _nothing_left(request)


def _end(services: ApiServices, caller: Caller, owner: str) -> None:
    # Last, since the caller needs both to go on where something is left.
    services.stores.adoptions.remove_of(owner)
    forget_session(services, caller)


def _nothing_left(request: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=204, headers=without_cookie(request))
