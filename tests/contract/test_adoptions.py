"""Promises of every store of adoptions."""

from collections.abc import Callable

import pytest

from stores.adoptions import Adoptions
from stores.opening import Stores
from support.races import in_threads


@pytest.fixture
def adoptions(stores: Stores) -> Adoptions:
    return stores.adoptions


def test_the_first_adopter_stays(adoptions: Adoptions) -> None:
    assert adoptions.adopt("session-1", "ada")
    assert not adoptions.adopt("session-1", "bob")
    assert adoptions.adopt("session-1", "ada")
    assert (adoptions.adopted_by("ada"), adoptions.adopted_by("bob")) == (["session-1"], [])


def test_one_adopts_several(adoptions: Adoptions) -> None:
    for session in ("session-2", "session-1"):
        adoptions.adopt(session, "ada")
    assert adoptions.adopted_by("ada") == ["session-1", "session-2"]


def test_of_many_at_once_one_adopts(reopen_stores: Callable[[], Stores]) -> None:
    stores = [reopen_stores() for _ in range(3)]
    adopted = in_threads(lambda number: stores[number % 3].adoptions.adopt("session-1", f"owner-{number}"), range(12))
    assert sum(adopted) == 1
    assert stores[0].adoptions.adopted_by(f"owner-{adopted.index(True)}") == ["session-1"]


def test_what_an_owner_adopted_is_removed_with_it(adoptions: Adoptions) -> None:
    adoptions.adopt("session-1", "ada")
    adoptions.adopt("session-2", "bob")
    adoptions.remove_of("ada")
    adoptions.remove_of("ada")
    assert (adoptions.adopted_by("ada"), adoptions.adopted_by("bob")) == ([], ["session-2"])
