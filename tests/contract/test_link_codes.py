"""Promises of every store of link codes."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from stores.link_codes import Link, LinkCodes
from stores.opening import Stores
from support.races import in_threads
from support.suppliers.companies import NOW

ADA, BOB = "AdaAdaAdaAdaAdaAdaAdaA", "BobBobBobBobBobBobBobB"
EXPIRES = NOW + timedelta(minutes=10)
JUST_BEFORE = EXPIRES - timedelta(microseconds=1)


@pytest.fixture
def codes(stores: Stores) -> LinkCodes:
    return stores.link_codes


def link(session: str = ADA) -> Link:
    return Link(session, 1, NOW - timedelta(days=2), EXPIRES)


def test_a_code_is_taken_once(codes: LinkCodes) -> None:
    codes.keep("one", link())
    assert codes.take("two", NOW) is None
    assert codes.take("one", JUST_BEFORE) == link()
    assert codes.take("one", NOW) is None


def test_of_a_hundred_at_once_one_takes_it(reopen_stores: Callable[[], Stores]) -> None:
    stores = [reopen_stores() for _ in range(4)]
    stores[0].link_codes.keep("one", link())
    taken = in_threads(lambda number: stores[number % 4].link_codes.take("one", NOW), range(100))
    assert list(filter(None, taken)) == [link()]


def test_an_expired_code_is_no_code(codes: LinkCodes) -> None:
    codes.keep("one", link())
    assert codes.take("one", EXPIRES) is None


def test_the_codes_of_a_session_go_with_it(codes: LinkCodes) -> None:
    for digest in ("one", "two"):
        codes.keep(digest, link())
    codes.keep("three", link(BOB))
    codes.remove_of(ADA)
    codes.remove_of(ADA)
    assert [codes.take(digest, NOW) for digest in ("one", "two", "three")] == [None, None, link(BOB)]


def test_what_has_expired_is_removed_and_nothing_else(codes: LinkCodes) -> None:
    for number in range(3):
        codes.keep(f"old-{number}", link())
    codes.keep("new", Link(BOB, 2, NOW, EXPIRES + timedelta(minutes=1)))
    assert [codes.remove_expired(EXPIRES, 2) for _ in range(3)] == [2, 1, 0]
    assert codes.take("new", EXPIRES) == Link(BOB, 2, NOW, EXPIRES + timedelta(minutes=1))
