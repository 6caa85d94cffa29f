"""Workers that die, hang or raise cost their own job and are reported, and all other jobs are done."""

import math
import os
import time

from support.chaos.pool import in_parallel


def reported(job: float, why: str) -> str:
    return f"{job}: {why}"


def test_every_job_is_done_once() -> None:
    assert sorted(in_parallel(math.sqrt, [0, 1, 4, 9, 16], lambda job, why: math.nan)) == [0, 1, 2, 3, 4]


def test_a_worker_that_raises_is_reported_and_goes_on() -> None:
    results = list(in_parallel(math.sqrt, [-1.0, 4.0], reported))
    assert 2.0 in results
    assert any("ValueError" in str(result) for result in results)


def test_a_worker_that_dies_is_reported_and_replaced() -> None:
    results = list(in_parallel(os._exit, [7, 8, 9], reported))
    assert sorted(results) == [f"{code}: its worker died with exit code {code}" for code in (7, 8, 9)]


def test_a_worker_that_hangs_is_ended() -> None:
    begun = time.monotonic()
    results = list(in_parallel(time.sleep, [600.0, 0.0], reported, most_seconds=2.0))
    assert sorted(map(str, results)) == ["600.0: its worker did not end within 2 s", "None"]
    assert time.monotonic() - begun < 60


def test_after_its_time_no_job_is_begun() -> None:
    assert list(in_parallel(math.sqrt, [1.0, 4.0], reported, until=time.monotonic() - 1)) == []
