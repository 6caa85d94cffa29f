"""Installation of each peer in a folder of `bench/.cache`: a virtual environment and, for Restate, npm's server."""

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

BENCH = Path(__file__).parent
CACHE = BENCH / ".cache"
LONGEST = 300.0


class MissingPeerError(Exception):
    """The peer could not be installed; the text says why."""


def python_of(peer: str | None) -> Path:
    """Return the Python that the peer's code runs in; install it if need be. Raise MissingPeerError."""
    if peer is None:
        return Path(sys.executable)
    folder = CACHE / peer
    python = folder / "venv" / "bin" / "python"
    stamp = folder / "installed"
    digest = _digest(peer)
    if stamp.exists() and stamp.read_text() == digest and python.exists():
        return python
    print(f"installing {peer} into {folder.relative_to(BENCH.parent)}", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    venv.create(folder / "venv", with_pip=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]
    install([*pip, str(_requirements(peer))], folder)
    if peer == "restate":
        shutil.copy(BENCH / "restate-server.json", folder / "package.json")
        install(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], folder)
    # Written last, so that an installation that was interrupted is not taken for a complete one.
    stamp.write_text(digest)
    return python


def _requirements(peer: str) -> Path:
    return BENCH / f"requirements-{peer}.txt"


def _digest(peer: str) -> str:
    named = [_requirements(peer)] + ([BENCH / "restate-server.json"] if peer == "restate" else [])
    return hashlib.sha256(b"".join(path.read_bytes() for path in named)).hexdigest()


def install(command: list[str], folder: Path) -> None:
    """Run an installer in the folder. Raise MissingPeerError."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LONGEST)
    except FileNotFoundError as error:
        raise MissingPeerError(f"{command[0]} is not on this machine") from error
    except subprocess.TimeoutExpired as error:
        raise MissingPeerError(f"{command[0]} did not end within {LONGEST:g} s") from error
    if done.returncode:
        # Installers write their reason at the end, after pages of progress.
        lines = (done.stderr or done.stdout).strip().splitlines() or ["nothing was said"]
        raise MissingPeerError(f"{Path(command[0]).name} failed: {lines[-1][:200]}")
