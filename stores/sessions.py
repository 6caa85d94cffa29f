"""The sessions port: what is kept of anonymous travellers besides the tokens that they hold.

A session needs no row until it is renewed or ended: a token names its session, and when that began. All calls are
synchronous and may block: call them from a worker thread. Each is atomic and durable when it returns, or raises
`StorageError`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class SessionState:
    """The generation of the tokens that are valid, and the time (aware UTC) of the last renewal or ending."""

    generation: int
    renewed: datetime


class Sessions(Protocol):
    """The port."""

    def signing_secret(self) -> bytes:
        """Return the secret that tokens are signed with (32 bytes), made on first use and kept.

        It is for nothing else, so that replacing it ends all sessions and changes no id.
        """
        ...

    def replace_signing_secret(self) -> None:
        """Make another secret, which ends all sessions."""
        ...

    def state(self, session: str) -> SessionState | None:
        """Return what is kept of the session, None if it was neither renewed nor ended."""
        ...

    def renew(self, session: str, at: datetime) -> None:
        """Note that the session is in use. Its generation stays."""
        ...

    def end(self, session: str, at: datetime) -> None:
        """Begin the next generation, so that no token from before is valid."""
        ...

    def remove_unused(self, before: datetime, limit: int) -> int:
        """Remove up to so many rows that were not renewed or ended since then, and return their number."""
        ...
