"""Promises of every store of sessions."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from stores.opening import Stores
from stores.sessions import Sessions, SessionState
from support.races import in_threads
from support.suppliers.companies import NOW

ADA, BOB = "AdaAdaAdaAdaAdaAdaAdaA", "BobBobBobBobBobBobBobB"
LATER = NOW + timedelta(days=3)


@pytest.fixture
def sessions(stores: Stores) -> Sessions:
    return stores.sessions


def test_the_secret_is_made_once_and_is_not_that_of_ids(stores: Stores, reopen_stores: Callable[[], Stores]) -> None:
    secret = stores.sessions.signing_secret()
    assert len(secret) == 32
    assert secret != stores.conversations.installation_secret()
    assert reopen_stores().sessions.signing_secret() == stores.sessions.signing_secret() == secret


def test_many_who_begin_together_get_one_secret(reopen_stores: Callable[[], Stores]) -> None:
    secrets = in_threads(lambda stores: stores.sessions.signing_secret(), [reopen_stores() for _ in range(8)])
    assert len(set(secrets)) == 1


def test_a_secret_that_is_replaced_changes_nothing_else(stores: Stores, reopen_stores: Callable[[], Stores]) -> None:
    before, ids = stores.sessions.signing_secret(), stores.conversations.installation_secret()
    stores.sessions.replace_signing_secret()
    after = stores.sessions.signing_secret()
    assert after != before
    reopened = reopen_stores()
    assert (reopened.sessions.signing_secret(), reopened.conversations.installation_secret()) == (after, ids)


def test_of_a_session_that_was_only_begun_nothing_is_kept(sessions: Sessions) -> None:
    assert sessions.state(ADA) is None


def test_a_renewal_keeps_the_generation_and_never_goes_back(sessions: Sessions) -> None:
    sessions.renew(ADA, LATER)
    assert sessions.state(ADA) == SessionState(1, LATER)
    sessions.renew(ADA, NOW)
    assert sessions.state(ADA) == SessionState(1, LATER)
    assert sessions.state(BOB) is None


def test_each_ending_begins_another_generation(sessions: Sessions) -> None:
    sessions.end(ADA, NOW)
    assert sessions.state(ADA) == SessionState(2, NOW)
    sessions.renew(BOB, NOW)
    sessions.end(BOB, LATER)
    sessions.end(BOB, LATER)
    assert sessions.state(BOB) == SessionState(3, LATER)
    sessions.renew(BOB, LATER + timedelta(days=1))
    assert sessions.state(BOB) == SessionState(3, LATER + timedelta(days=1))


def test_of_many_endings_at_once_each_counts(sessions: Sessions) -> None:
    in_threads(lambda _: sessions.end(ADA, NOW), range(6))
    state = sessions.state(ADA)
    assert state
    assert state.generation == 7


def test_only_what_was_not_used_for_long_is_removed(sessions: Sessions) -> None:
    sessions.end(ADA, NOW)
    sessions.renew(BOB, NOW)
    # The tables are looked through in parts, one a day.
    for days in range(64):
        sessions.remove_unused(NOW - timedelta(days=days), 100)
    assert sessions.state(ADA)
    sessions.renew(BOB, NOW + timedelta(days=200))
    removed = sum(sessions.remove_unused(NOW + timedelta(days=1 + days), 100) for days in range(64))
    assert removed == 1
    assert sessions.state(ADA) is None
    assert sessions.state(BOB)
