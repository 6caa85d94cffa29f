"""The caller of a request: who it is, whose things it may see, and whether it is an operator.

It comes from the platform or from a key, never from the body or from a model. The first credential that is there
counts: one that is wrong is refused, and a weaker one beside it is not looked at.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import azure.functions as func

from api.identity.principal import HEADER, OPERATOR_ROLE, Principal, read_principal
from api.problems import ApiProblem
from api.services import ApiServices
from api.threads import in_thread
from domain.ids import owned_id, owned_key, owner_id
from settings import Settings

_KEY_HEADER = "x-functions-key"
_HOLDER_OF_KEY = "holder of a function key"
_NOBODY_NAMED = "a caller without a name"
"""The holder of a key on a developer's machine, where no key is asked for."""
_CHALLENGE = {"WWW-Authenticate": f'ApiKey header="{_KEY_HEADER}"'}
"""A response 401 has to name a way to authenticate."""
_LOOPBACK = re.compile(r"(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|::1")


@dataclass(frozen=True)
class Caller:
    """Who asks. `name` is kept with what the caller does; `owner` is None for the holder of a function key."""

    name: str
    owner: str | None
    is_operator: bool

    def conversation(self, identifier: str) -> str:
        """Return the id under which the caller's conversation is stored."""
        return owned_id(self.owner, identifier)

    def key(self, key: str | None) -> str | None:
        """Return an Idempotency-Key of the caller as it is stored, None for none."""
        return None if key is None else owned_key(self.owner, key)


async def traveller(request: func.HttpRequest, services: ApiServices) -> Caller:
    """Return who asks. Raise `ApiProblem` sign_in_needed or invalid_credentials."""
    settings = services.settings
    if principal := _principal(request, settings):
        secret = await in_thread(services.stores.conversations.installation_secret)
        return Caller(
            name=principal.name,
            owner=owner_id(secret, principal.provider, principal.id),
            is_operator=OPERATOR_ROLE in principal.roles or principal.id in settings.operator_ids,
        )
    return _holder_of_key(request, settings)


async def operator(request: func.HttpRequest, services: ApiServices) -> Caller:
    """Return the operator who asks. Raise `ApiProblem` as `traveller` does, and operator_needed."""
    caller = await traveller(request, services)
    if not caller.is_operator:
        raise ApiProblem("operator_needed", "This address is for operators of the app, and you are not one of them.")
    return caller


def _principal(request: func.HttpRequest, settings: Settings) -> Principal | None:
    """Return the principal that the platform signed in, None if it signed nobody in. Raise `ApiProblem`."""
    header = request.headers.get(HEADER)
    # Elsewhere any client could invent the header.
    if header is None or not settings.is_signed_in_by_platform:
        return None
    principal = read_principal(header)
    if principal is None:
        detail = "The signed-in principal of this request cannot be read."
        raise ApiProblem("invalid_credentials", detail, headers=_CHALLENGE)
    return principal


def _holder_of_key(request: func.HttpRequest, settings: Settings) -> Caller:
    key = request.headers.get(_KEY_HEADER)
    # Without keys of the app, one that a development host asks for is none of its business.
    if key is not None and settings.asks_for_keys:
        role = settings.role_of_key(key)
        if role is None:
            detail = "The function key of this request is not one of the app's."
            raise ApiProblem("invalid_credentials", detail, headers=_CHALLENGE)
        # Where people sign in, operators do so too: a key tells nobody's name.
        is_operator = role == "operator" and not settings.is_signed_in_by_platform
        return Caller(_HOLDER_OF_KEY, None, is_operator)
    if settings.website_instance_id is None and _is_of_this_machine(request):
        return Caller(_NOBODY_NAMED, None, is_operator=True)
    detail = "This address needs a sign-in, or a function key of the app in the header x-functions-key."
    raise ApiProblem("sign_in_needed", detail, headers=_CHALLENGE)


def _is_of_this_machine(request: func.HttpRequest) -> bool:
    """Return whether the request came to a loopback name, and from no page of another site."""
    host = request.headers.get("host", urlsplit(request.url).netloc)
    origin = request.headers.get("origin", f"//{host}")
    # A page whose name leads to this machine (DNS rebinding) still sends its own name.
    name = str(urlsplit(f"//{host}").hostname)
    return _LOOPBACK.fullmatch(name) is not None and urlsplit(origin).netloc == host
