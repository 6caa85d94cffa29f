"""Promises of every store about what belongs to one owner: its trips, its conversations, its turns under way."""

from collections.abc import Callable, Sequence

import pytest

from domain.ids import owned_id
from scripts.rebuild_lists import rebuild
from settings import Settings
from stores.conversations import Conversations, Post, TurnsUnderWayError
from stores.ledger import Ledger
from stores.opening import Stores
from support.races import at_once
from support.stores.ledgers import new_trip, outcome
from support.suppliers.companies import NOW

ADA, BOB = "a" * 16, "b" * 16
OWNERS = (ADA, BOB, None)


@pytest.fixture
def ledger(stores: Stores) -> Ledger:
    """Return a ledger with three trips of each owner, opened in turn."""
    for number in range(3):
        for owner in OWNERS:
            stores.ledger.open(new_trip(name(owner, number), conversation=owned_id(owner, f"c{number}")))
    return stores.ledger


def name(owner: str | None, number: int) -> str:
    return f"trip-{(owner or 'key')[0]}{number}"


def listed(ledger: Ledger, owners: Sequence[str | None], before: str | None = None, limit: int = 50) -> list[str]:
    row = ledger.trip(before) if before else None
    return [row.id for row in ledger.newest_of(owners, row, limit)]


class TestTrips:
    @pytest.mark.parametrize("owner", OWNERS)
    def test_of_an_owner_come_newest_first(self, ledger: Ledger, owner: str | None) -> None:
        assert listed(ledger, [owner]) == [name(owner, number) for number in (2, 1, 0)]
        assert listed(ledger, ["c" * 16]) == []

    def test_of_two_owners_come_as_those_of_one(self, ledger: Ledger) -> None:
        expected = [name(owner, number) for number in (2, 1, 0) for owner in (BOB, ADA)]
        assert listed(ledger, [ADA, BOB]) == listed(ledger, [BOB, ADA]) == expected
        assert listed(ledger, [ADA, BOB], before=name(ADA, 2), limit=3) == expected[2:5]

    def test_come_page_by_page_each_once(self, ledger: Ledger) -> None:
        pages = [listed(ledger, [ADA], limit=2)]
        pages.append(listed(ledger, [ADA], before=pages[0][-1], limit=2))
        pages.append(listed(ledger, [ADA], before=pages[1][-1], limit=2))
        assert pages == [[name(ADA, 2), name(ADA, 1)], [name(ADA, 0)], []]

    def test_of_everybody_come_newest_first(self, ledger: Ledger) -> None:
        everything = [name(owner, number) for number in (2, 1, 0) for owner in reversed(OWNERS)]
        assert [row.id for row in ledger.newest(None, 50)] == everything
        assert [row.id for row in ledger.newest(ledger.trip(everything[3]), 4)] == everything[4:8]

    def test_that_are_forgotten_are_their_owners_no_more(self, ledger: Ledger) -> None:
        ledger.close(outcome(trip=name(ADA, 1)), 1, 0)
        assert ledger.forget(owned_id(ADA, "c1")) == 1
        assert listed(ledger, [ADA]) == [name(ADA, 2), name(ADA, 0)]
        # The place of a trip that was the last of a page stays.
        assert listed(ledger, [ADA], before=name(ADA, 1)) == [name(ADA, 0)]
        assert len(ledger.newest(None, 50)) == 9

    def test_are_listed_again_when_the_lists_are_made_anew(self, ledger: Ledger, store_settings: Settings) -> None:
        rebuild(store_settings)
        assert listed(ledger, [ADA]) == [name(ADA, number) for number in (2, 1, 0)]
        assert len(ledger.newest(None, 50)) == 9


@pytest.fixture
def conversations(stores: Stores) -> Conversations:
    return stores.conversations


def post(owner: str | None, conversation: str, key: str | None = None, most: int | None = None) -> Post:
    stored = owned_id(owner, conversation)
    return Post("hello", stored, key, "hash", NOW, owner=owner, most_at_once=most)


class TestConversations:
    def test_of_an_owner_are_listed_once_and_until_they_are_forgotten(self, conversations: Conversations) -> None:
        turns = [conversations.claim(post(ADA, name)) for name in ("c1", "c1", "c2")]
        conversations.claim(post(BOB, "c1"))
        conversations.claim(post(None, "c1"))
        assert sorted(conversations.owned(ADA, 50)) == [owned_id(ADA, "c1"), owned_id(ADA, "c2")]
        assert len(conversations.owned(ADA, 1)) == 1
        conversations.decide(turns[2], (), "Hello.", None, "offline")
        assert conversations.forget(owned_id(ADA, "c2"), lambda trip: False)
        assert conversations.forget(owned_id(ADA, "c2"), lambda trip: False)
        assert conversations.owned(ADA, 50) == [owned_id(ADA, "c1")]
        assert conversations.owned(BOB, 50) == [owned_id(BOB, "c1")]


class TestTurnsUnderWay:
    def test_one_too_many_leaves_nothing_behind(self, conversations: Conversations) -> None:
        for conversation in ("c1", "c1"):
            conversations.claim(post(ADA, conversation, most=2))
        with pytest.raises(TurnsUnderWayError):
            conversations.claim(post(ADA, "c1", most=2))
        with pytest.raises(TurnsUnderWayError):
            conversations.claim(post(ADA, "c2", "key", most=2))
        assert conversations.turn(owned_id(ADA, "c1"), 3) is None
        assert conversations.owned(ADA, 50) == [owned_id(ADA, "c1")]

    @pytest.mark.parametrize("owner", OWNERS)
    def test_others_and_those_without_a_limit_are_not_counted(
        self, conversations: Conversations, owner: str | None
    ) -> None:
        for other in {*OWNERS} - {owner}:
            conversations.claim(post(other, "c1", most=1))
        conversations.claim(post(owner, "c1", most=1))
        with pytest.raises(TurnsUnderWayError):
            conversations.claim(post(owner, "c2", most=1))
        conversations.claim(post(owner, "c2"))

    def test_a_turn_that_has_ended_makes_room(self, conversations: Conversations) -> None:
        turn = conversations.claim(post(ADA, "c1", most=1))
        conversations.decide(turn, (), "Hello.", None, "offline")
        again = conversations.claim(post(ADA, "c1", most=1))
        assert again.number == 2
        with pytest.raises(TurnsUnderWayError):
            conversations.claim(post(ADA, "c1", most=1))

    def test_a_repeat_is_not_counted(self, conversations: Conversations) -> None:
        turn = conversations.claim(post(ADA, "c1", "key", most=1))
        assert conversations.claim(post(ADA, "c1", "key", most=1)) == turn
        with pytest.raises(TurnsUnderWayError):
            conversations.claim(post(ADA, "c1", "other", most=1))
        conversations.decide(turn, (), "Hello.", None, "offline")
        # A key that was refused is as good as new.
        assert conversations.claim(post(ADA, "c1", "other", most=1)).number == 2

    def test_of_many_at_once_just_so_many_are_taken(self, reopen_stores: Callable[[], Stores]) -> None:
        stores = [reopen_stores() for _ in range(3)]

        def claim(number: int) -> int:
            return stores[number % 3].conversations.claim(post(ADA, f"c{number}", most=4)).number

        results = at_once(*(lambda number=number: claim(number) for number in range(12)))
        assert results.count(1) == 4, results
        assert sum(isinstance(result, TurnsUnderWayError) for result in results) == 8
