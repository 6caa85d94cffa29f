"""Refusals of requests that a web page of another origin may have sent.

A browser lets any page send requests to this machine. It says which page does so in `Origin` and `Sec-Fetch-Site`,
which no script can change. A page whose name has been pointed at this machine meanwhile (DNS rebinding) has its own
name in `Host`. Programs send none of these, and a `Host` that names this machine.
"""

from collections.abc import Collection

from devhost.logs import log
from devhost.serving.cors import Cors
from devhost.wire.addresses import Origin, is_loopback, read_host, read_origin
from devhost.wire.replies import message
from devhost.wire.wire import Incoming, Reply

_OWN_SITES = frozenset({"", "none", "same-origin"})
_NO_PAGES = Cors()
_MOST_REPORTED = 100


class Guard:
    """Tells requests of programs and of this host's own pages from those of other pages.

    `names` are those besides loopback ones by which the host is reached. `trusted` are further ones, whose pages are
    trusted like those of the host itself. `cors` are the pages that may use the app's routes.
    """

    def __init__(self, names: Collection[str], trusted: Collection[str], cors: Cors) -> None:
        self._names = frozenset(names)
        self._trusted = frozenset(trusted)
        self.cors = cors
        self._reported: set[str] = set()

    def refusal(self, incoming: Incoming, *, is_app: bool, opens_page: bool = False) -> Reply | None:
        """Return the refusal of a request with a foreign name or of a foreign page, None for a request to answer.

        On the app's routes (`is_app`) pages that `cors` allows are served too. A link of any page may lead to a page
        of the dashboard (`opens_page`).
        """
        host = self._foreign_host(incoming)
        if host is not None:
            text = f"its Host, {host}, is not a name of this host; to allow it, start with --allowed-host"
            return self._refused(incoming, 421, text)
        if opens_page and _follows_link(incoming):
            return None
        page = self._foreign_page(incoming, self.cors if is_app else _NO_PAGES)
        if page is None:
            return None
        text = f"it comes from a page of another origin, {page}"
        remedy = "; to allow it, name that origin in Host.CORS of local.settings.json" if is_app else ""
        return self._refused(incoming, 403, text + remedy)

    def _foreign_host(self, incoming: Incoming) -> str | None:
        """Return a Host that is not this host's. An IP address is, if the client has connected to it."""
        names = self._names | self._trusted | {incoming.local_address}
        for host in incoming.every_header("host"):
            name = read_host(host).name
            if name not in names and not is_loopback(name):
                return host[:100]
        return None

    def _foreign_page(self, incoming: Incoming, cors: Cors) -> str | None:
        """Return the address of a page that may not send this request."""
        own = set(map(read_host, incoming.every_header("host")))
        pages = incoming.every_header("origin")
        sites = {site.strip().lower() for site in incoming.every_header("sec-fetch-site")}
        if not sites <= _OWN_SITES:
            own = set[Origin]()
            # For an image or a link of a page, the browser names the page in Referer alone.
            pages = pages or incoming.every_header("referer") or ["unknown"]
        for page in pages:
            origin = read_origin(page)
            is_own = origin in own or origin.name in self._trusted
            if not is_own and not cors.allows(origin):
                return page[:100]
        return None

    def _refused(self, incoming: Incoming, status: int, text: str) -> Reply:
        # Once for each reason: a page could send thousands.
        if text not in self._reported and len(self._reported) < _MOST_REPORTED:
            self._reported.add(text)
            log.warning("Refused %s %s: %s", incoming.method, incoming.path, text)
        return message(status, f"The request is refused: {text}.")


def _follows_link(incoming: Incoming) -> bool:
    mode = incoming.header("sec-fetch-mode")
    target = incoming.header("sec-fetch-dest")
    return (mode, target) == ("navigate", "document") and incoming.method in ("GET", "HEAD")
