"""The end of a session, with everything that could bring it back."""

import azure.functions as func

from api.identity.caller import Caller, sent_token
from api.identity.tokens import Session, read_token
from api.services import ApiServices
from domain.ids import forgotten_session

_FORGOTTEN = "forgotten"


def end_session(services: ApiServices, caller: Caller) -> None:
    """End the caller's session on every device; do nothing for another caller. May block."""
    if caller.session:
        services.stores.sessions.end(caller.session.id, services.clock())
        services.stores.link_codes.remove_of(caller.session.id)


def forget_session(services: ApiServices, caller: Caller) -> None:
    """End the caller's session, and note that everything of it was forgotten before. May block."""
    if caller.session:
        # First, so that no ended session lacks it.
        services.stores.ledger.keep_text(forgotten_session(caller.session.id), _FORGOTTEN)
        end_session(services, caller)


def is_forgotten(request: func.HttpRequest, services: ApiServices) -> bool:
    """Return whether everything of the session was forgotten whose token the request brings. May block."""
    token = sent_token(request, services.settings)
    session = token and read_token(token, services.stores.sessions.signing_secret())
    return bool(session and services.stores.ledger.text(forgotten_session(session.id)))


def is_open(services: ApiServices, session: Session) -> bool:
    """Return whether tokens of the session count now. May block."""
    return session.is_valid(services.stores.sessions.state(session.id), services.clock())
