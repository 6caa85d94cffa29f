"""A host with nothing to do takes next to nothing, whatever waits in it."""

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from devhost.testing import RunningHost, running_host

API = "/runtime/webhooks/durabletask"
WATCHED_SECONDS = 10


def processor_seconds(pid: int) -> float:
    # After the last bracket, because the name of a program in brackets may hold spaces and brackets itself.
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_in_vain(host: RunningHost, number: int) -> None:
    path = f"{API}/orchestrators/sleeps/waited-for-{number}?timeout=60&pollingInterval=1"
    with pytest.raises(OSError, match=r"."):
        host.request("POST", path, timeout=WATCHED_SECONDS + 8)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the processor's time from /proc")
def test_an_idle_host_uses_under_one_percent_of_a_core(tmp_path: Path, apps: Path) -> None:
    # The app's timer would otherwise run every second.
    settings = {"TICK_SCHEDULE": "0 0 0 1 1 *"}
    with running_host(apps / "features", state_dir=tmp_path, env=settings, arguments=("--watch",)) as host:
        for number in range(50):
            assert host.request("POST", f"{API}/orchestrators/sleeps/{number}").status == 202
        clients = [threading.Thread(target=wait_in_vain, args=(host, n), daemon=True) for n in range(5)]
        for client in clients:
            client.start()
        host.wait_log("instance waited-for-4")
        # Two seconds for what the starts have left to be done, which is no idleness.
        time.sleep(2)
        before = processor_seconds(host.pid)
        time.sleep(WATCHED_SECONDS)
        used = processor_seconds(host.pid) - before
        assert used / WATCHED_SECONDS < 0.01, f"{used:.2f} s in {WATCHED_SECONDS} s"
        for client in clients:
            client.join()
