"""Azurite's table service, in memory, from npm; installed once below `bench/.cache`."""

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.install import CACHE, install
from bench.keepalive import KeepAliveClient
from bench.processes import end, free_port, spawn, until

VERSION = "3.35.0"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The account and the key of every Azurite, published in its documentation."""
_SWITCHES = ("--silent", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry")


@asynccontextmanager
async def azurite(folder: Path) -> AsyncGenerator[tuple[str, int]]:
    """Run a table service and yield its connection string and process id. Raise MissingPeerError."""
    port = free_port()
    command = [str(_program()), "--tableHost", "127.0.0.1", "--tablePort", str(port), *_SWITCHES]
    process = spawn(command, folder / "azurite.log", {"AZURITE_LOCATION": str(folder)})
    client = KeepAliveClient(port)

    async def answers() -> bool:
        # Any status will do: the service refuses a request without a signature, but only once it listens.
        return (await client.request("GET", "/")).status > 0

    try:
        await until(answers, 60, 0.05)
        endpoint = f"http://127.0.0.1:{port}/{ACCOUNT}"
        account = f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};TableEndpoint={endpoint};"
        yield account, process.pid
    finally:
        client.close()
        end(process)


def _program() -> Path:
    folder = CACHE / f"azurite-{VERSION}"
    program = folder / "node_modules" / ".bin" / "azurite-table"
    if not program.exists():
        # An interrupted installation leaves a folder in which npm would not begin anew.
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
        install(["npm", "install", *quiet, "--prefix", str(folder), f"azurite@{VERSION}"], folder)
    return program
