"""Commands of tests to a running host; served only when the environment has a secret for it (see `testing`)."""

import asyncio
import hmac
import json
from typing import TYPE_CHECKING

from devhost.wire.wire import Incoming, Reply, json_reply

if TYPE_CHECKING:
    from devhost.engine.engine import Engine

TESTING_SECRET = "DEVHOST_TESTING"  # noqa: S105 - the name of a variable
TESTING_PATH = "/devhost/testing"
TESTING_HEADER = "x-devhost-testing"


class TestingControl:
    """The command `POST skip`: move the clock to the next durable timer, answer `{"skipped": seconds or null}`."""

    __test__ = False

    def __init__(self, engine: "Engine", secret: str) -> None:
        self._engine, self._secret = engine, secret

    async def answer(self, incoming: Incoming, below: str) -> Reply:
        """Answer a request for the path `below` that of this site."""
        secret = incoming.header(TESTING_HEADER) or ""
        if not hmac.compare_digest(secret.encode(), self._secret.encode()):
            return Reply(404)
        if (incoming.method, below) != ("POST", "/skip"):
            return Reply(404)
        skipped = await asyncio.wrap_future(self._engine.skip_to_next_timer())
        return json_reply(200, json.dumps({"skipped": skipped}))
