"""The web pages of other origins that may use the app's routes, as Core Tools lets them."""

from collections.abc import Collection, Sequence

from devhost.wire.addresses import Origin, read_origin
from devhost.wire.wire import Incoming, Reply

_ALLOW_ORIGIN = "Access-Control-Allow-Origin"


class Cors:
    """The origins of `Host.CORS` in local.settings.json, whose pages may use the app's routes; `*` means all.

    With `credentials` such a page may send the browser's cookies, unless all pages are allowed.
    """

    def __init__(self, origins: Collection[str] = (), *, credentials: bool = False) -> None:
        self._all = "*" in origins
        self._origins = frozenset(map(read_origin, origins))
        self._credentials = [("Access-Control-Allow-Credentials", "true")] if credentials else []

    def allows(self, page: Origin) -> bool:
        """Return whether pages of this origin may use the app's routes."""
        return self._all or page in self._origins

    def preflight(self, incoming: Incoming) -> Reply | None:
        """Answer the question that a browser asks before it sends an allowed page's request; None for any other."""
        method = incoming.header("access-control-request-method")
        headers = self._headers(incoming)
        if incoming.method != "OPTIONS" or method is None or not headers:
            return None
        names = incoming.header("access-control-request-headers") or "*"
        allowed = [("Access-Control-Allow-Methods", method), ("Access-Control-Allow-Headers", names)]
        return Reply(204, [*headers, *allowed])

    def marked(self, reply: Reply, incoming: Incoming) -> Reply:
        """Return the reply with the headers that let an allowed page read it, unless the app has set its own."""
        names = {name.lower() for name, _ in reply.headers}
        if _ALLOW_ORIGIN.lower() in names:
            return reply
        return Reply(reply.status, [*reply.headers, *self._headers(incoming)], reply.body)

    def _headers(self, incoming: Incoming) -> Sequence[tuple[str, str]]:
        origin = incoming.header("origin")
        if origin is None or not self.allows(read_origin(origin)):
            return []
        if self._all:
            return [(_ALLOW_ORIGIN, "*")]
        return [(_ALLOW_ORIGIN, origin), ("Vary", "Origin"), *self._credentials]
