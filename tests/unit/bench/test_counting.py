"""Syncs and requests of a trip are counted from outside, each by its kind."""

import os
import shutil

import pytest
from aiohttp import ClientSession, web
from yarl import URL

from bench.processes import free_port
from bench.travel.requests import TableRequest, counting_proxy, noted, rows_read
from bench.travel.syncs import UncountedError, calls, counted_syncs

_SUMMARY = """\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 98.10    0.002503          62        40           fdatasync
  1.90    0.000050          25         2         1 fsync
------ ----------- ----------- --------- --------- ----------------
100.00    0.002553          60        42         1 total
"""
_BATCH = b"""--batch\r
Content-Type: application/http\r
\r
POST http://127.0.0.1:1/account/travelledger HTTP/1.1\r
\r
{}\r
--batch\r
Content-Type: application/http\r
\r
PUT http://127.0.0.1:1/account/travelledger(PartitionKey='a',RowKey='b') HTTP/1.1\r
\r
{}\r
--batch--\r
"""


def test_both_kinds_of_syncs_count() -> None:
    assert calls(_SUMMARY) == 42
    assert calls("strace: Process 12 detached\n") == 0


async def test_a_machine_without_strace_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(UncountedError, match="not on this machine"):
        async with counted_syncs(os.getpid()):
            pytest.fail("nothing can be counted")


async def test_a_process_that_cannot_be_traced_gives_the_reason() -> None:
    if shutil.which("strace") is None:
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing("This test needs strace (Debian: apt-get install strace).")
    with pytest.raises(UncountedError, match="strace"):
        # No process has this number.
        async with counted_syncs(2**22 + 1):
            pytest.fail("nothing can be counted")


def test_requests_are_counted_apart_by_what_they_read() -> None:
    point = noted("GET", "/account/travelledger(PartitionKey='a',RowKey='b')", b"", 200, b"{}")
    missing = noted("GET", "/account/travelledger(PartitionKey='a',RowKey='b')", b"", 404, b"{}")
    query = noted("GET", "/account/travelledger()", b"", 200, b'{"value": [{}, {}, {}]}')
    batch = noted("POST", "/account/$batch", _BATCH, 202, b"")
    write = noted("PUT", "/account/travelledger(PartitionKey='a',RowKey='b')", b"{}", 204, b"")

    assert point == TableRequest("point", "travelledger", 200, 1)
    assert missing == TableRequest("point", "travelledger", 404, 0)
    assert query == TableRequest("query", "travelledger", 200, 3)
    assert batch == TableRequest("batch", "travelledger", 202, 2)
    assert write == TableRequest("write", "travelledger", 204, 1)
    assert rows_read([point, missing, query, batch, write]) == 4


async def test_the_proxy_passes_on_what_the_service_gets_and_answers() -> None:
    received: list[tuple[str, str, bytes]] = []

    async def answer(request: web.Request) -> web.Response:
        received.append((request.method, request.raw_path, await request.read()))
        return web.json_response({"value": [{}, {}]}, headers={"ETag": "1"})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner, port = web.AppRunner(application), free_port()
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    path = "/account/travelledger()?$filter=PartitionKey%20eq%20%27a%27"
    try:
        async with counting_proxy(f"http://127.0.0.1:{port}/account") as requests, ClientSession() as session:
            base = requests.endpoint.removesuffix("/account")
            async with session.get(URL(base + path, encoded=True)) as response:
                body, etag = await response.json(), response.headers["ETag"]
            async with session.post(f"{base}/account/$batch", data=_BATCH) as response:
                await response.read()
    finally:
        await runner.cleanup()

    assert received == [("GET", path, b""), ("POST", "/account/$batch", _BATCH)]
    assert (body, etag) == ({"value": [{}, {}]}, "1")
    assert [(request.kind, request.rows) for request in requests.seen] == [("query", 2), ("batch", 2)]
