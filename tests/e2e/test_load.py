"""Many chats at once end without loss, and one alone is answered quickly."""

import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from support.app.running import PARIS, running_app

CHATS, AT_ONCE = 200, 20
pytestmark = [pytest.mark.slow, pytest.mark.alone]


def test_200_chats_at_20_in_parallel_all_end_and_balance(tmp_path: Path) -> None:
    with running_app(tmp_path, {}) as app:

        def one(number: int) -> tuple[Any, float]:
            began = time.perf_counter()
            body = app.finished(PARIS, f"load-{number}")
            return body, time.perf_counter() - began

        began = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            results = list(pool.map(one, range(CHATS)))
        took = time.perf_counter() - began
        statuses = Counter(app.trip(body)["status"] for body, _ in results)
        app.audit()
    waits = sorted(seconds for _, seconds in results)
    print(
        f"{CHATS} chats in {took:.1f} s, median {statistics.median(waits):.2f} s, worst {waits[-1]:.2f} s, {statuses}"
    )
    assert len({body["trips"][0]["id"] for body, _ in results}) == CHATS
    assert statuses.keys() <= {"confirmed", "failed"}
    # Many times what the run takes: it tells a queue that stalls, not a slow machine.
    assert took < 240


def test_one_trip_is_answered_while_its_traveller_waits(tmp_path: Path) -> None:
    with running_app(tmp_path) as app:
        # The first one also loads the model and opens the stores.
        app.chat(PARIS)
        waits: list[float] = []
        for _ in range(21):
            began = time.perf_counter()
            app.chat(PARIS)
            waits.append(time.perf_counter() - began)
    median = statistics.median(waits)
    print(f"one trip: median {median * 1000:.0f} ms, best {min(waits) * 1000:.0f} ms, worst {max(waits) * 1000:.0f} ms")
    assert median < 3
