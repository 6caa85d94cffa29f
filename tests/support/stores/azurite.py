"""Azurite's table service for tests: installed once from npm into a cache outside the checkout, in memory only."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

VERSION = "3.35.0"
_ACCOUNT = "devstoreaccount1"
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The account and the key of every Azurite, as its documentation has them."""
_PATIENCE_SECONDS = 60


class AzuriteMissingError(Exception):
    """It is not installed and cannot be; the text says why."""


@contextmanager
def azurite() -> Generator[str]:
    """Run a table service and yield its connection string. Raise `AzuriteMissingError`."""
    program = _program()
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="azurite-", ignore_cleanup_errors=True) as folder:
        arguments = ["--tableHost", "127.0.0.1", "--tablePort", str(port)]
        switches = ["--silent", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"]
        process = subprocess.Popen([program, *arguments, *switches], stdout=subprocess.DEVNULL, cwd=folder)
        try:
            _await_port(port, process)
            endpoint = f"http://127.0.0.1:{port}/{_ACCOUNT}"
            yield f"DefaultEndpointsProtocol=http;AccountName={_ACCOUNT};AccountKey={_KEY};TableEndpoint={endpoint};"
        finally:
            process.terminate()
            process.wait(_PATIENCE_SECONDS)


def _program() -> str:
    if not shutil.which("node") or not shutil.which("npm"):
        raise AzuriteMissingError("Node.js and npm are not installed, so Azurite cannot run")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / f"azurite-{VERSION}"
    program = cache / "node_modules" / ".bin" / ("azurite-table.cmd" if os.name == "nt" else "azurite-table")
    if not program.exists():
        _install(cache)
    return str(program)


def _install(cache: Path) -> None:
    """Install into a fresh folder first, so that two sessions at once, or a broken one, do no harm."""
    npm = str(shutil.which("npm"))
    cache.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="azurite-", dir=cache.parent))
    command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), f"azurite@{VERSION}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise AzuriteMissingError(f"npm could not install Azurite {VERSION}: {done.stderr.strip()[-300:]}")
    try:
        # Another session may have been faster; then its copy is used, and this one is thrown away.
        folder.rename(cache)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    # The port may be taken again before Azurite listens on it. Then the start fails, and says so.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _await_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"Azurite does not listen on port {port}.")


if __name__ == "__main__":
    print(_program())
