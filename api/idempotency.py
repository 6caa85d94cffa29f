"""Idempotency keys of requests. One key belongs to one request for as long as the app's data is kept.

A key is bound to its route and to the trip or conversation that the route names. The content of the request is stored
with its result: the turn of a message, or the command of a trip. Only digests are stored here, so that nothing personal
is left when a traveller is forgotten.
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
    """Return the key of a request, or None without one. Raise `ApiProblem` for a malformed key."""
    key = headers.get(_HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise ApiProblem(
            code="invalid_request",
            detail="The header Idempotency-Key must hold 1 to 255 printable ASCII characters.",
        )
    return key


def has_key(headers: Mapping[str, str]) -> bool:
    """Return whether the request has a key, well formed or not."""
    return headers.get(_HEADER) is not None


def mismatch() -> ApiProblem:
    """Return the problem 422 `idempotency_mismatch`."""
    return ApiProblem(
        code="idempotency_mismatch",
        detail="This Idempotency-Key came with another request before. Repeat that one, or use a new key for this one.",
    )


class IdempotencyKeys:
    """The keys of every route that changes something."""

    def __init__(self, stores: Stores) -> None:
        self._ledger = stores.ledger
        self._conversations = stores.conversations

    async def bind(self, key: str | None, route: str) -> None:
        """Bind the key to this route with its names filled in. Raise `ApiProblem` if it is bound to another one."""
        if key is None:
            return
        text_key = _text_key(key)
        bound = await in_thread(self._ledger.text, text_key)
        if bound is None:
            if await in_thread(self._conversations.knows_key, key):
                raise mismatch()
            # The first of several writers wins, although each of them has read that the key is free.
            bound = await in_thread(self._ledger.keep_text, text_key, _digest(route))
        if bound != _digest(route):
            raise mismatch()

    def is_used(self, key: str) -> bool:
        """Return whether a request came with this key, which belongs to its owner. May block."""
        return self._ledger.text(_text_key(key)) is not None or self._conversations.knows_key(key)

    def require_free(self, key: str | None) -> None:
        """Raise `ApiProblem` if the key is bound to a route. For a message, whose key belongs to its turn instead.

        It may block.
        """
        if key is not None and self._ledger.text(_text_key(key)) is not None:
            raise mismatch()


def _text_key(key: str) -> str:
    """Return the name under which the ledger keeps the route of a key."""
    # The name has no trip's id in it, so that forgetting a trip does not remove the key.
    return f"key-{_digest(key)}/route"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
