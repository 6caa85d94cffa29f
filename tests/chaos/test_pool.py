"""Workers that die, hang or raise cost their own job and are told of; all other jobs are done."""

import math
import os
import time

from support.chaos.pool import in_parallel


def told(job: float, why: str) -> str:
    return f"{job}: {why}"


def test_every_job_is_done_once() -> None:
    assert sorted(in_parallel(math.sqrt, [0, 1, 4, 9, 16], lambda job, why: math.nan)) == [0, 1, 2, 3, 4]


def test_a_worker_that_raises_is_told_of_and_goes_on() -> None:
    found = list(in_parallel(math.sqrt, [-1.0, 4.0], told))
    assert 2.0 in found
    assert any("ValueError" in str(each) for each in found)


def test_a_worker_that_dies_is_told_of_and_replaced() -> None:
    found = list(in_parallel(os._exit, [7, 8, 9], told))
    assert sorted(found) == [f"{code}: its worker died with exit code {code}" for code in (7, 8, 9)]


def test_a_worker_that_hangs_is_ended() -> None:
    begun = time.monotonic()
    found = list(in_parallel(time.sleep, [600.0, 0.0], told, most_seconds=2.0))
    assert sorted(map(str, found)) == ["600.0: its worker did not end within 2 s", "None"]
    assert time.monotonic() - begun < 60


def test_after_its_time_no_job_is_begun() -> None:
    assert list(in_parallel(math.sqrt, [1.0, 4.0], told, until=time.monotonic() - 1)) == []
