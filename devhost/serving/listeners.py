"""The sockets that the host listens on, opened before anything else, so that a port in use is reported at once."""

import errno
import socket

from devhost.config import StartError


def public_listener(host: str, port: int) -> socket.socket:
    """Open the socket that listens on the address `host`. Raises StartError."""
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
    """Open the loopback socket for the SDK's client: 10000 above the public port, if that is free.

    For 7071 this is the real host's 17071 (docs/devhost/behaviour.md, section 2.1).
    """
    if public_port + 10_000 < 65_536:
        try:
            return socket.create_server(("127.0.0.1", public_port + 10_000), backlog=1024)
        except OSError:
            # In use: any free port does, since the SDK is given the address.
            pass
    return socket.create_server(("127.0.0.1", 0), backlog=1024)
