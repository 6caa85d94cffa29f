"""Link codes: a short text that a traveller types on another device to go on there as the same traveller."""

import secrets
from datetime import timedelta

from api.identity.tokens import Session
from api.services import ApiServices
from domain.ids import UNAMBIGUOUS, link_digest
from stores.link_codes import Link

_LIFETIME = timedelta(minutes=10)
_LETTERS = 10
"""Letters of a code, each one of 32: as many codes as 50 bits name, of which a guesser tries some hundred."""


def new_code(services: ApiServices, session: Session) -> tuple[str, Link]:
    """Return a code for the session, of which only a digest is kept. May block."""
    code = "".join(secrets.choice(UNAMBIGUOUS) for _ in range(_LETTERS))
    link = Link(session.id, session.generation, session.begin, services.clock() + _LIFETIME)
    services.stores.link_codes.keep(_digest(services, code), link)
    return f"{code[:5]}-{code[5:]}", link


def take_code(services: ApiServices, code: str) -> Session | None:
    """Return the session that the code joins the caller to; None for a wrong, used or expired one. May block."""
    # As people type it: with or without the hyphen, in small letters.
    letters = "".join(filter(UNAMBIGUOUS.__contains__, code.upper()))
    link = services.stores.link_codes.take(_digest(services, letters), services.clock())
    return Session(link.session, link.generation, link.begin) if link else None


def _digest(services: ApiServices, code: str) -> str:
    return link_digest(services.stores.conversations.installation_secret(), code)
