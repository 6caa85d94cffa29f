"""Promises of every store of limits."""

from collections.abc import Callable

import pytest

from stores.limits import MOST_MARKS, Limits
from stores.opening import Stores
from support.races import in_threads

MINUTE = 29_520_000


@pytest.fixture
def limits(stores: Stores) -> Limits:
    return stores.limits


def test_a_bucket_takes_so_many_marks_and_each_only_once(limits: Limits) -> None:
    assert [limits.take("ada", MINUTE, mark, 3) for mark in "aabbcd"] == [True] * 5 + [False]
    # What was taken may be repeated, also once the bucket is full.
    assert limits.take("ada", MINUTE, "a", 3)
    assert not limits.take("ada", MINUTE, "e", 3)


def test_buckets_do_not_share(limits: Limits) -> None:
    assert limits.take("ada", MINUTE, "a", 1)
    assert limits.take("bob", MINUTE, "b", 1)
    assert not limits.take("ada", MINUTE, "c", 1)


def test_the_next_window_begins_anew_and_the_last_one_does_not_come_back(limits: Limits) -> None:
    assert limits.take("ada", MINUTE, "a", 1)
    assert limits.take("ada", MINUTE + 1, "b", 1)
    assert not limits.take("ada", MINUTE, "c", 1)
    assert not limits.take("ada", MINUTE + 1, "c", 1)
    assert limits.take("ada", MINUTE + 1, "b", 1)


def test_of_many_at_once_just_so_many_are_taken(reopen_stores: Callable[[], Stores]) -> None:
    stores = [reopen_stores() for _ in range(3)]
    taken = in_threads(lambda number: stores[number % 3].limits.take("ada", MINUTE, f"m{number}", 5), range(12))
    assert sum(taken) == 5


def test_a_bucket_may_hold_as_many_as_a_setting_may_ask_for(limits: Limits) -> None:
    for number in range(0, MOST_MARKS, 100):
        assert limits.take("ada", MINUTE, f"mark-{number:028}", MOST_MARKS)


def test_what_is_over_is_removed_and_begins_anew_if_it_comes_back(limits: Limits) -> None:
    limits.take("ada", MINUTE, "a", 1)
    limits.take("bob", MINUTE, "b", 1)
    limits.take("bob", MINUTE + 120, "b", 1)
    assert limits.remove_before(MINUTE + 60, 100) == 1
    assert limits.remove_before(MINUTE + 60, 100) == 0
    assert not limits.take("bob", MINUTE + 120, "c", 1)
    assert limits.take("ada", MINUTE + 120, "c", 1)


def test_no_more_are_removed_at_once_than_is_asked_for(limits: Limits) -> None:
    for number in range(5):
        limits.take(f"bucket-{number}", MINUTE, "a", 1)
    assert [limits.remove_before(MINUTE + 60, 3) for _ in range(3)] == [3, 2, 0]
