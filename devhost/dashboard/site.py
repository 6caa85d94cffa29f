"""The dashboard at /devhost/: the page's files, and the answers to what the page asks beyond the management API."""

from pathlib import Path

from devhost.auth import Access
from devhost.dashboard.answers import DashboardAnswers
from devhost.engine.engine import Engine
from devhost.wire.wire import Incoming, Reply

DASHBOARD_PATH = "/devhost"
_PAGE = Path(__file__).parent / "page"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# The page has no inline script and no source but this host, and shows what apps have stored.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = [
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
]


class Dashboard:
    """Answers paths below /devhost.

    With keys, a request without one for the document gets 401 with the page all the same, which then asks for the
    key. Its scripts and styles need no key: they are the same for everybody and contain nothing of the app.
    """

    def __init__(self, engine: Engine, access: Access) -> None:
        self._access, self._answers = access, DashboardAnswers(engine)
        self._files = {f"/{file.name}": file for file in _PAGE.iterdir() if file.suffix in _TYPES}

    async def answer(self, incoming: Incoming, below: str) -> Reply:
        """Answer a request for the path `below` /devhost."""
        if incoming.method not in ("GET", "HEAD"):
            return Reply(404)
        if below == "":
            # With the slash, the page's relative addresses lie below /devhost/.
            query = incoming.target.removeprefix(incoming.path)
            return Reply(308, [("Location", f"{incoming.path}/{query}"), *_HEADERS])
        is_open = self._access.opens_api(incoming)
        if below == "/":
            return self._file("/index.html", 200 if is_open else 401)
        if below in self._files:
            return self._file(below, 200)
        if not is_open:
            return Reply(401)
        reply = await self._answers.answer(incoming, below)
        return Reply(reply.status, [*reply.headers, *_HEADERS], reply.body)

    def _file(self, name: str, status: int) -> Reply:
        file = self._files[name]
        kind = ("Content-Type", f"{_TYPES[file.suffix]}; charset=utf-8")
        return Reply(status, [kind, *_HEADERS], file.read_bytes())
