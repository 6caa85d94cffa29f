"""Idempotency keys: one key stands for one request, for as long as the app's data is kept.

A key is bound to its route and to the trip or conversation that the route names. What the request asked for is kept
with what came of it: the turn of a message, the command of a trip. So a key outlives a restart, and a traveller who is
forgotten leaves nothing but digests here.
"""

import hashlib
import re
from collections.abc import Mapping

from api.problems import ApiProblem
from api.threads import in_thread
from stores.opening import Stores

_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_HEADER = "idempotency-key"


def read_key(headers: Mapping[str, str]) -> str | None:
    """The key of a request, None without one. Raises `ApiProblem`."""
    key = headers.get(_HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise ApiProblem("invalid_request", "The header Idempotency-Key must hold 1 to 255 printable ASCII characters.")
    return key


def has_key(headers: Mapping[str, str]) -> bool:
    """Whether the request came with a key, well formed or not."""
    return headers.get(_HEADER) is not None


def mismatch() -> ApiProblem:
    """422 `idempotency_mismatch`."""
    return ApiProblem(
        "idempotency_mismatch",
        "This Idempotency-Key came with another request before. Repeat that one, or use a new key for this one.",
    )


class IdempotencyKeys:
    """The keys of every route that changes something."""

    def __init__(self, stores: Stores) -> None:
        self._ledger = stores.ledger
        self._conversations = stores.conversations

    async def bind(self, key: str | None, route: str) -> None:
        """Let the key stand for this route, whose names are filled in. Raises `ApiProblem` if it stands for another."""
        if key is None:
            return
        bound = await in_thread(self._ledger.text, _row(key))
        if bound is None:
            if await in_thread(self._conversations.knows_key, key):
                raise mismatch()
            # The first of several writers wins, whatever each of them has read.
            bound = await in_thread(self._ledger.keep_text, _row(key), _digest(route))
        if bound != _digest(route):
            raise mismatch()

    async def require_free(self, key: str | None) -> None:
        """For a message, whose key is bound to its turn: raise `ApiProblem` if it stands for another route."""
        if key is not None and await in_thread(self._ledger.text, _row(key)) is not None:
            raise mismatch()


def _row(key: str) -> str:
    """Where the ledger keeps the text of a key: beside the trips, so that no trip's end takes it away."""
    return f"key-{_digest(key)}/route"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
