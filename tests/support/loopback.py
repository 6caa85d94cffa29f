"""An HTTP server on loopback whose answers a test makes."""

import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class LoopbackRequest:
    """A request as it came."""

    method: str
    path: str
    headers: Message
    body: bytes


@dataclass(frozen=True)
class LoopbackReply:
    """The answer to a request."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@contextmanager
def serving(reply_to: Callable[[LoopbackRequest], LoopbackReply | None]) -> Generator[str]:
    """Serve on a free port, and yield the address; for None the connection is closed without an answer."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Or each answer's body waits for the receipt of its head.
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = reply_to(LoopbackRequest(self.command, self.path, self.headers, body))
            if reply is None:
                self.close_connection = True
                return
            # The client may have gone away meanwhile.
            with suppress(OSError):
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_DELETE = do_MERGE = do_PATCH = handle_any  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        # A thread that still holds an answer back ends with the process; waiting for it would hold the test.
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
