"""The sockets that the host listens on, taken before anything else so that a port in use is told at once."""

import errno
import socket

from devhost.config import StartError


def public_listener(host: str, port: int) -> socket.socket:
    """A socket that listens for everybody who may reach `host`. Raises StartError."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartError(
                f"Port {port} on {host} is in use; stop the other program or choose another port."
            ) from None
        raise StartError(f"Cannot listen on {host}:{port}: {error.strerror}.") from None


def rpc_listener(public_port: int) -> socket.socket:
    """The loopback port of the SDK's client: 10000 above the public one (17071, as on the real host) if it is free."""
    if public_port + 10_000 < 65_536:
        try:
            return socket.create_server(("127.0.0.1", public_port + 10_000), backlog=1024)
        except OSError:
            pass
    return socket.create_server(("127.0.0.1", 0), backlog=1024)
