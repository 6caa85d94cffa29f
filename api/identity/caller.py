"""The caller of a request: who it is, whose things it may see, and whether it is an operator.

It comes from the platform, a session's token or a key, never from the body or from a model. The first credential that
is there counts: one that is wrong is refused, and a weaker one beside it is not looked at.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

import azure.functions as func

from api.identity.cookies import origin_is, require_own_page, sent_cookie, without_cookie
from api.identity.principal import HEADER, OPERATOR_ROLE, Principal, read_principal
from api.identity.tokens import Session, read_token
from api.problems import ApiProblem
from api.services import ApiServices
from api.threads import in_thread
from domain.ids import owned_id, owned_key, owner_id
from settings import Settings
from stores.sessions import SessionState

_KEY_HEADER = "x-functions-key"
_HOLDER_OF_KEY = "holder of a function key"
_ANONYMOUS = "an anonymous traveller"
_SIGNED_IN = "a signed-in traveller"
_NOBODY_NAMED = "a caller without a name"
"""The holder of a key on a developer's machine, where no key is asked for."""
_CHALLENGE = {"WWW-Authenticate": f'Bearer, ApiKey header="{_KEY_HEADER}"'}
"""A response 401 has to name a way to authenticate."""
_LOOPBACK = re.compile(r"(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|::1")


CallerKind = Literal["principal", "session", "key"]


@dataclass(frozen=True)
class Caller:
    """The sender of a request. `name` is kept with what an operator does; `owner` is None for a function key's holder.

    `session` is that of an anonymous traveller, and `ends` is when it ends. `adopted` are the owners for whom a
    signed-in principal acts, since they were anonymous sessions of the same person.
    """

    name: str
    owner: str | None
    is_operator: bool
    kind: CallerKind = "key"
    session: Session | None = None
    ends: datetime | None = None
    adopted: tuple[str, ...] = ()

    @property
    def name_as_traveller(self) -> str:
        """The name that is kept with a traveller's commands. Their rows stay for good, so it is never a person's."""
        return {"principal": _SIGNED_IN}.get(self.kind, self.name)

    @property
    def owners(self) -> tuple[str | None, ...]:
        """The owners whose things are the caller's, its own first."""
        return self.owner, *self.adopted

    def conversations(self, identifier: str) -> list[str]:
        """Return the ids under which the caller's conversation may be stored, its own first."""
        return [owned_id(owner, identifier) for owner in self.owners]

    def keys(self, key: str) -> list[str]:
        """Return the names under which an Idempotency-Key of the caller may be stored, its own first."""
        return [owned_key(owner, key) for owner in self.owners]


async def traveller(request: func.HttpRequest, services: ApiServices) -> Caller:
    """Return who asks. Raise `ApiProblem` sign_in_needed or invalid_credentials."""
    return await known_caller(request, services) or _local_caller(request, services.settings)


async def known_caller(request: func.HttpRequest, services: ApiServices) -> Caller | None:
    """Return whom the request's credentials name, None without any. Raise `ApiProblem` invalid_credentials."""
    settings = services.settings
    if principal := _principal(request, settings):
        return await in_thread(_of_principal, services, principal)
    token = sent_token(request, settings)
    if token is not None:
        return await in_thread(_of_session, request, services, token)
    return _holder_of_key(request, settings)


def _of_principal(services: ApiServices, principal: Principal) -> Caller:
    """Return the caller that the platform signed in. May block."""
    stores = services.stores
    owner = owner_id(stores.conversations.installation_secret(), principal.provider, principal.id)
    return Caller(
        name=principal.name,
        owner=owner,
        is_operator=OPERATOR_ROLE in principal.roles or principal.id in services.settings.operator_ids,
        kind="principal",
        adopted=tuple(stores.adoptions.adopted_by(owner)),
    )


def sent_token(request: func.HttpRequest, settings: Settings) -> str | None:
    """Return the token that the request brings, as a bearer or as a cookie; None without one, or without sessions."""
    if settings.sessions == "off":
        return None
    bearer = _bearer(request)
    return sent_cookie(request) if bearer is None else bearer


async def operator(request: func.HttpRequest, services: ApiServices) -> Caller:
    """Return the operator who asks. Raise `ApiProblem` as `traveller` does, and operator_needed."""
    caller = await traveller(request, services)
    if not caller.is_operator:
        raise ApiProblem("operator_needed", "This address is for operators of the app, and you are not one of them.")
    return caller


def _bearer(request: func.HttpRequest) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _of_session(request: func.HttpRequest, services: ApiServices, token: str) -> Caller:
    """Return the traveller whose session the token is of, and renew it with a post. Raise `ApiProblem`. May block."""
    current = valid_session(request, services, token)
    if current is None:
        detail = "The session of this request has ended, or never was: begin another with POST /api/session."
        raise ApiProblem("invalid_credentials", detail, headers=_CHALLENGE | without_cookie(request))
    session, state = current
    now = services.clock()
    if request.method == "POST" and session.is_to_be_renewed(state, now):
        services.stores.sessions.renew(session.id, now)
    return traveller_of(session, session.end(state), services)


def valid_session(
    request: func.HttpRequest, services: ApiServices, token: str
) -> tuple[Session, SessionState | None] | None:
    """Return the session of the request's token with what is kept of it; None if the token does not count. May block.

    Raise `ApiProblem` for a change that comes with the cookie from a page of another site.
    """
    sessions = services.stores.sessions
    session = read_token(token, sessions.signing_secret())
    state = sessions.state(session.id) if session else None
    if session is None or not session.is_valid(state, services.clock()):
        return None
    if _bearer(request) is None:
        require_own_page(request)
    return session, state


def traveller_of(session: Session, ends: datetime, services: ApiServices) -> Caller:
    """Return the anonymous traveller of the session. May block."""
    owner = session_owner(services, session.id)
    return Caller(_ANONYMOUS, owner, is_operator=False, kind="session", session=session, ends=ends)


def session_owner(services: ApiServices, session: str) -> str:
    """Return the owner of what the session begins. May block."""
    return owner_id(services.stores.conversations.installation_secret(), "session", session)


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


def _holder_of_key(request: func.HttpRequest, settings: Settings) -> Caller | None:
    """Return the holder of the request's function key, None without a key. Raise `ApiProblem`."""
    key = request.headers.get(_KEY_HEADER)
    # Without keys of the app, one that a development host asks for is none of its business.
    if key is None or not settings.asks_for_keys:
        return None
    role = settings.role_of_key(key)
    if role is None:
        detail = "The function key of this request is not one of the app's."
        raise ApiProblem("invalid_credentials", detail, headers=_CHALLENGE)
    # Where people sign in, operators do so too: a key tells nobody's name.
    is_operator = role == "operator" and not settings.is_signed_in_by_platform
    return Caller(_HOLDER_OF_KEY, None, is_operator)


def _local_caller(request: func.HttpRequest, settings: Settings) -> Caller:
    """Return the caller without credentials on a developer's machine. Raise `ApiProblem` anywhere else."""
    if settings.website_instance_id is None and _is_of_this_machine(request):
        return Caller(_NOBODY_NAMED, None, is_operator=True)
    detail = "This address needs a sign-in, a session, or a function key of the app in the header x-functions-key."
    raise ApiProblem("sign_in_needed", detail, headers=_CHALLENGE)


def _is_of_this_machine(request: func.HttpRequest) -> bool:
    """Return whether the request came to a loopback name, and from no page of another site."""
    host = request.headers.get("host", urlsplit(request.url).netloc)
    # A page whose name leads to this machine (DNS rebinding) still sends its own name.
    name = str(urlsplit(f"//{host}").hostname)
    origin = request.headers.get("origin", f"//{host}")
    return _LOOPBACK.fullmatch(name) is not None and origin_is(request, origin)
