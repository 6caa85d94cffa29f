"""Tokens of anonymous travellers: signed names of sessions, which nobody else can make.

A token is `v1.<session>.<generation>.<begin>.<signature>`. It is sent as a bearer token, or by a browser as a cookie.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stores.sessions import SessionState

IDLE = timedelta(days=30)
"""A session ends so long after the last post that renewed it."""
LONGEST = timedelta(days=180)
"""A session ends so long after its begin in any case."""
_RENEWED_EACH = timedelta(days=1)
_TOKEN = re.compile(r"(v1\.([A-Za-z0-9_-]{22})\.([1-9][0-9]{0,8})\.([0-9]{1,11}))\.([0-9a-f]{64})")


@dataclass(frozen=True)
class Session:
    """A session as its token names it. `begin` is aware UTC, in whole seconds."""

    id: str
    generation: int
    begin: datetime

    def end(self, state: SessionState | None) -> datetime:
        """Return when the session ends if it is not renewed again."""
        renewed = state.renewed if state else self.begin
        return min(renewed + IDLE, self.begin + LONGEST)

    def is_valid(self, state: SessionState | None, now: datetime) -> bool:
        """Return whether a token of this session counts now. `state` is what is kept of the session."""
        generation = state.generation if state else 1
        return self.generation == generation and now < self.end(state)

    def is_to_be_renewed(self, state: SessionState | None, now: datetime) -> bool:
        """Return whether the last renewal is long enough ago for another write."""
        renewed = state.renewed if state else self.begin
        return now - renewed > _RENEWED_EACH


def new_session(now: datetime) -> Session:
    """Return a session that nobody can guess."""
    return Session(secrets.token_urlsafe(16), 1, now.replace(microsecond=0))


def token_of(session: Session, secret: bytes) -> str:
    """Return the token of the session."""
    named = f"v1.{session.id}.{session.generation}.{int(session.begin.timestamp())}"
    return f"{named}.{_signature(named, secret)}"


def read_token(token: str, secret: bytes) -> Session | None:
    """Return the session that the token names, None if it was not made with this secret."""
    parts = _TOKEN.fullmatch(token)
    if parts is None or not hmac.compare_digest(parts[5], _signature(parts[1], secret)):
        return None
    return Session(parts[2], int(parts[3]), datetime.fromtimestamp(int(parts[4]), UTC))


def _signature(named: str, secret: bytes) -> str:
    return hmac.new(secret, named.encode(), hashlib.sha256).hexdigest()
