"""A loopback proxy before a table service that loses answers, or refuses to work, as tests tell it."""

import http.client
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from support.loopback import LoopbackReply, LoopbackRequest, serving

WriteFate = Literal["pass", "lose", "refuse"]
"""`lose`: the service does what is asked, and its answer never comes. `refuse`: it is asked nothing and answers 503."""
_HOP_BY_HOP = {"transfer-encoding", "connection", "content-length", "keep-alive"}


@dataclass
class LossyWrites:
    """The fates of the requests that write; `seen` counts them."""

    fate: Callable[[int], WriteFate] = lambda _: "pass"
    seen: int = 0
    lost: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> WriteFate:
        with self.lock:
            self.seen += 1
            fate = self.fate(self.seen)
            self.lost += fate != "pass"
            return fate


@contextmanager
def lossy(account: str) -> Generator[tuple[str, LossyWrites]]:
    """Yield the account's connection string by way of the proxy, and what steers that."""
    parts = dict(part.split("=", 1) for part in account.rstrip(";").split(";"))
    target = urlsplit(parts["TableEndpoint"])
    way = LossyWrites()

    def pass_on(request: LoopbackRequest) -> LoopbackReply | None:
        # Reads, and the making of a table, are passed on and counted by nobody.
        is_write = request.method != "GET" and not request.path.endswith("/Tables")
        fate = way.next() if is_write else "pass"
        if fate == "refuse":
            return LoopbackReply(503)
        upstream = http.client.HTTPConnection(target.hostname or "", target.port, timeout=30)
        headers = {name: value for name, value in request.headers.items() if name.lower() != "connection"}
        upstream.request(request.method, request.path, request.body, headers)
        response = upstream.getresponse()
        kept = {name: value for name, value in response.getheaders() if name.lower() not in _HOP_BY_HOP}
        reply = LoopbackReply(response.status, response.read(), kept)
        upstream.close()
        return None if fate == "lose" else reply

    with serving(pass_on) as address:
        proxied = parts | {"TableEndpoint": f"{address}{target.path}"}
        yield ";".join(f"{name}={value}" for name, value in proxied.items()), way
