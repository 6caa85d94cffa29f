"""Every write to SQLite is on the disk before its caller goes on, as the system calls of a process show."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.stores import writes

_SYNC = re.compile(r"\bf(?:data)?sync\(\d+<([^>]*)>\)\s+= 0")
_SAID = re.compile(r'\bwrite\(1<[^>]*>, "(begin|done (\w+): ([\w ]+))\\n"')


def system_calls(folder: Path) -> list[str]:
    """Make all writes in another process and return its syncs and what it said, in order."""
    if shutil.which("strace") is None:
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing("This test needs strace (Debian: apt-get install strace).")
    log = folder / "calls"
    traced = ["strace", "-f", "-y", "-e", "trace=fsync,fdatasync,write", "-o", str(log)]
    command = [*traced, sys.executable, str(Path(writes.__file__)), str(folder / "state")]
    subprocess.run(command, check=True, capture_output=True)
    return log.read_text().splitlines()


def test_no_write_returns_before_it_is_on_the_disk(tmp_path: Path) -> None:
    synced: set[str] = set()
    made: list[str] = []
    lost: list[str] = []
    for line in system_calls(tmp_path):
        sync, said = _SYNC.search(line), _SAID.search(line)
        if sync:
            synced.add(Path(sync[1]).name)
        elif said and said[1] == "begin":
            synced.clear()
        elif said:
            made.append(said[3])
            if f"{said[2]}.db-wal" not in synced:
                lost.append(said[3])
    assert lost == []
    assert made == [name for name, _, write in writes.all_writes(tmp_path / "here") if write() or True]
