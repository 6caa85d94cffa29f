"""A loopback proxy before a table service that loses answers, or refuses to work, as tests tell it."""

import http.client
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

WriteFate = Literal["pass", "lose", "refuse"]
"""`lose`: the service does what is asked, and its answer never comes. `refuse`: it is asked nothing and answers 503."""


@dataclass
class LossyWrites:
    """What becomes of the requests that write; `seen` counts them."""

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
    """The account's connection string by way of the proxy, and what steers that."""
    parts = dict(part.split("=", 1) for part in account.rstrip(";").split(";"))
    target = urlsplit(parts["TableEndpoint"])
    way = LossyWrites()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or each answer's body waits for the receipt of its head

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fate = way.next() if "$batch" in self.path else "pass"
            if fate == "refuse":
                self._answer(503, {}, b"")
                return
            upstream = http.client.HTTPConnection(target.hostname or "", target.port, timeout=30)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            upstream.request(self.command, self.path, body, headers)
            answer = upstream.getresponse()
            content = answer.read()
            upstream.close()
            if fate == "lose":
                self.close_connection = True
                return
            dropped = {"transfer-encoding", "connection", "content-length", "keep-alive"}
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in dropped}
            self._answer(answer.status, kept, content)

        do_GET = do_POST = do_PUT = do_DELETE = do_MERGE = do_PATCH = handle_any  # noqa: N815

        def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}{target.path}"
        yield ";".join(f"{name}={address if name == 'TableEndpoint' else value}" for name, value in parts.items()), way
        server.shutdown()
