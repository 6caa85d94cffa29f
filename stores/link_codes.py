"""The port of link codes: each joins one more device to a session, once and for a short time.

Only a digest of a code is kept. Calls are synchronous and may block. Each is atomic and durable when it returns, or
raises `StorageError`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Link:
    """The session that a code joins a device to, as its tokens name it. Times are aware UTC."""

    session: str
    generation: int
    begin: datetime
    expires: datetime


class LinkCodes(Protocol):
    """The port."""

    def keep(self, digest: str, link: Link) -> None:
        """Keep a new code."""
        ...

    def take(self, digest: str, now: datetime) -> Link | None:
        """Return the link of the code to the first caller, and None to all others and once it has expired."""
        ...

    def remove_of(self, session: str) -> None:
        """Remove the codes of the session, of which there are at most a hundred."""
        ...

    def remove_expired(self, now: datetime, limit: int) -> int:
        """Remove up to so many codes that have expired, and return their number."""
        ...
