"""Requests that no ordinary client sends are refused or served, and never break the host."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from devhost.testing import RunningHost

API = b"/runtime/webhooks/durabletask"
ODD = [
    b"\xff",
    "ü\U0001f600".encode(),
    b"\xed\xa0\x80",
    b"%FF",
    b"%00",
    b"%ED%A0%80",
    b"%25ED%25A0%2580",
    b"%C2%B2",
    b"1e400",
    b"-1",
    b"9" * 5000,
    b"10000-01-01",
    b"9999-12-31T23:59:59-23:00",
    b"2020-01-01T00:00:00%2B99:99",
    b"..",
    b"=",
    b"AAAA",
    b"_-__",
]
KEYS = [b"createdTimeFrom", b"createdTimeTo", b"runtimeStatus", b"instanceIdPrefix", b"top", b"code", b"taskHub"]


def sent(host: RunningHost, request: bytes) -> bytes:
    """Return the first part of the response."""
    address = urlsplit(host.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(request)
        return connection.recv(4000)


def request(method: bytes, path: bytes, headers: bytes = b"", body: bytes = b"") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body)
    return method + b" " + path + b" HTTP/1.1\r\nHost: localhost\r\n" + headers + length + b"\r\n" + body


def odd_requests(odd: bytes) -> Iterator[bytes]:
    """Yield requests with the odd value in each place that clients can fill."""
    token, key, text = (
        name + odd + b"\r\n" for name in (b"x-ms-continuation-token: ", b"x-functions-key: ", b"Cookie: ")
    )
    for path in (b"/instances", b"/entities", b"/entities/counter"):
        yield request(b"GET", API + path, token)
    for name in KEYS:
        yield request(b"GET", API + b"/instances?" + name + b"=" + odd)
    yield request(b"GET", API + b"/entities?lastOperationTimeFrom=" + odd + b"&top=" + odd)
    yield request(b"GET", API + b"/entities/" + odd + b"/" + odd)
    yield request(b"POST", API + b"/entities/" + odd + b"?op=" + odd, b"Content-Type: text/plain\r\n", odd)
    yield request(b"GET", API + b"/instances/" + odd + b"?showHistory=" + odd)
    yield request(b"DELETE", API + b"/instances/" + odd)
    yield request(b"DELETE", API + b"/instances?createdTimeFrom=" + odd)
    yield request(b"POST", API + b"/instances/" + odd + b"/terminate?reason=" + odd)
    yield request(b"POST", API + b"/orchestrators/" + odd + b"?version=" + odd, body=odd)
    yield request(b"GET", b"/devhost/instance?instanceId=" + odd)
    yield request(b"POST", b"/devhost/testing/skip", b"x-devhost-testing: " + odd + b"\r\n")
    yield request(b"POST", b"/admin/functions/" + odd)
    yield request(b"GET", b"/api/echo/abc?code=" + odd, key + text)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: ascii(odd[:12]))
def test_no_odd_value_breaks_the_host(host: RunningHost, odd: bytes) -> None:
    for raw in odd_requests(odd):
        response = sent(host, raw)
        assert re.match(rb"HTTP/1\.[01] [234]\d\d ", response), (raw, response)


@pytest.mark.parametrize("token", [b"\xff", "ü".encode(), b"no base 64", b"/w==", b"gICA"])
def test_a_continuation_token_that_the_host_never_gave_is_400(host: RunningHost, token: bytes) -> None:
    for path in (b"/instances", b"/entities"):
        response = sent(host, request(b"GET", API + path, b"x-ms-continuation-token: " + token + b"\r\n"))
        assert response.startswith(b"HTTP/1.1 400 ")
        assert b"The continuation token is not valid: take it from the last response of this host." in response


def resident(host: RunningHost) -> int:
    """Return the memory of the host's process in bytes."""
    status = Path(f"/proc/{host.pid}/status").read_text()
    match = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert match is not None
    return int(match[1]) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the memory of a process")
@pytest.mark.parametrize(
    "path", [f"{API.decode()}/instances/large{query}" for query in ("", "?showHistory=true")] + ["/api/large"]
)
def test_slow_readers_of_a_large_response_hold_little_memory(host: RunningHost, path: str) -> None:
    readers, size = 60, 3_000_000
    body = b'"' + b"x" * size + b'"'
    host.request("POST", f"{API.decode()}/orchestrators/nothing/large?timeout=20&pollingInterval=1", body)
    expected = host.request("GET", path).body
    assert len(expected) > size
    before = resident(host)
    address = urlsplit(host.url)
    with ExitStack() as stack:
        connections: list[socket.socket] = []
        for _ in range(readers):
            connection = stack.enter_context(socket.socket())
            # Small, so that the response waits in the host and not in this socket.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(20)
            connection.connect((address.hostname, address.port))
            connection.sendall(request(b"GET", path.encode(), b"Connection: close\r\n"))
            # The response has begun, and this reader takes one byte of it for now.
            assert connection.recv(1) == b"H"
            connections.append(connection)
        held = resident(host) - before
        assert held < readers * size / 3, f"{held / 1e6:.0f} MB"
        for connection in connections:
            with connection.makefile("rb") as rest:
                response = rest.read()
            assert response.partition(b"\r\n\r\n")[2] == expected
