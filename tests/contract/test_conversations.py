"""Promises of every conversation store."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.conversation.turn import Draft, Problem, TripCall, Turn
from domain.ids import CONVERSATION_ID, split_owned_id
from domain.options import TripOptions
from stores.conversations import (
    ConversationBusyError,
    ConversationForgottenError,
    Conversations,
    KeyMismatchError,
    Post,
)
from stores.opening import Stores
from support.races import in_processes, in_threads
from support.stores.ledgers import Writer, claim_keyed, claim_unkeyed, read_secret, request
from support.suppliers.companies import NOW

CALLS = (
    TripCall(trip="trip-1", kind="travel", request=request()),
    TripCall(trip="trip-2", kind="flight", request=request("flight")),
)
OPTIONS = TripOptions(on_failure="ask_me", parallel=True)
PROBLEM = Problem(code="model_unavailable", detail="The model can't be reached.", retry_after=3)


@pytest.fixture
def conversations(stores: Stores) -> Conversations:
    return stores.conversations


def post(key: str | None = None, conversation: str | None = None, message: str = "hello") -> Post:
    return Post(message, conversation, key, f"hash of {message}", NOW, OPTIONS)


def never_open(_: str) -> bool:
    return False


def answered(conversations: Conversations, message: str, conversation: str = "c") -> Turn:
    turn = conversations.claim(post(conversation=conversation, message=message))
    return conversations.decide(turn, (), f"answer to {message}", None, "offline")


def test_a_new_post_gets_a_conversation_and_its_first_turn(conversations: Conversations) -> None:
    turn = conversations.claim(post(message="to Paris"))
    assert CONVERSATION_ID.fullmatch(turn.conversation)
    assert (turn.number, turn.attempt, turn.state, turn.message) == (1, 1, "claimed", "to Paris")
    assert (turn.created, turn.options) == (NOW, OPTIONS)
    assert conversations.turn(turn.conversation, 1) == turn
    assert conversations.turn(turn.conversation, 2) is None


@pytest.mark.parametrize("key", [None, "key"])
def test_a_new_conversation_of_an_owner_has_the_owner_in_its_stored_id(
    conversations: Conversations, key: str | None
) -> None:
    owned = replace(post(key), owner="0123456789abcdef")
    turn = conversations.claim(owned)
    owner, conversation = split_owned_id(turn.conversation)
    assert owner == "0123456789abcdef"
    assert CONVERSATION_ID.fullmatch(conversation)
    assert conversations.turn(turn.conversation, 1) == turn
    assert conversations.turn(conversation, 1) is None


def test_a_key_is_known_once_a_post_came_with_it_and_stays_known(conversations: Conversations) -> None:
    assert not conversations.knows_key("key")
    turn = conversations.claim(post("key", "mine"))
    conversations.decide(turn, (), "answer", None, "offline")
    assert conversations.knows_key("key")
    assert conversations.forget("mine", never_open)
    assert conversations.knows_key("key")
    assert not conversations.knows_key("another key")


def test_posts_without_a_key_are_turns_of_their_own(conversations: Conversations) -> None:
    assert conversations.claim(post()).conversation != conversations.claim(post()).conversation
    numbers = [conversations.claim(post(conversation="mine")).number for _ in range(3)]
    assert numbers == [1, 2, 3]


def test_a_key_stands_for_one_turn(conversations: Conversations, reopen_stores: Callable[[], Stores]) -> None:
    turn = conversations.claim(post("key"))
    assert conversations.claim(post("key")) == turn
    assert reopen_stores().conversations.claim(post("key")) == turn


def test_a_key_with_another_body_is_an_error_and_stores_nothing(conversations: Conversations) -> None:
    turn = conversations.claim(post("key", "mine"))
    with pytest.raises(KeyMismatchError):
        conversations.claim(post("key", "mine", "something else"))
    assert conversations.turn("mine", 2) is None
    assert conversations.claim(post("key", "mine")) == turn


def test_simultaneous_posts_with_one_key_are_one_turn(conversations: Conversations, writers: list[Writer]) -> None:
    turns = in_threads(lambda _: conversations.claim(post("key", "mine")), range(16))
    assert all(turn == turns[0] for turn in turns)
    assert conversations.turn("mine", 2) is None
    by_process = in_processes(claim_keyed, writers)
    assert all(turns == by_process[0] for turns in by_process)
    assert len({turn.conversation for turn in by_process[0]}) == 10


def test_simultaneous_posts_to_a_conversation_get_consecutive_numbers(writers: list[Writer]) -> None:
    numbers = [number for claimed in in_processes(claim_unkeyed, writers) for number in claimed]
    assert sorted(numbers) == list(range(1, 41))


def test_a_repeat_after_a_problem_is_a_new_attempt_for_all_who_repeat(conversations: Conversations) -> None:
    turn = conversations.claim(post("key"))
    assert conversations.take_start(turn, NOW)
    failed = conversations.fail(turn, PROBLEM)
    assert (failed.state, failed.problem) == ("problem", PROBLEM)
    repeats = in_threads(lambda _: conversations.claim(post("key")), range(8))
    assert all(again == repeats[0] for again in repeats)
    again = repeats[0]
    assert (again.number, again.attempt, again.state, again.problem) == (turn.number, 2, "claimed", None)
    assert sorted(in_threads(lambda _: conversations.take_start(again, NOW), range(8))) == [False] * 7 + [True]


def test_one_caller_may_start_an_attempt_until_the_right_lapses(conversations: Conversations) -> None:
    turn = conversations.claim(post())
    taken = in_threads(lambda _: conversations.take_start(turn, NOW), range(16))
    assert taken.count(True) == 1
    # The right to start a turn lapses after five seconds, and is then another caller's for as long.
    assert not conversations.take_start(turn, NOW + timedelta(seconds=4.9))
    assert conversations.take_start(turn, NOW + timedelta(seconds=5))
    assert not conversations.take_start(turn, NOW + timedelta(seconds=6))


def test_what_is_started_is_never_started_again(conversations: Conversations) -> None:
    turn = conversations.claim(post())
    conversations.take_start(turn, NOW)
    conversations.started(turn)
    assert not conversations.take_start(turn, NOW + timedelta(days=1))


def test_a_started_attempt_can_be_taken_over_by_one_who_found_it_lost(conversations: Conversations) -> None:
    turn = conversations.claim(post())
    conversations.take_start(turn, NOW)
    conversations.started(turn)
    conversations.decide(turn, CALLS, None, None, "gpt")
    assert not conversations.take_start(turn, NOW + timedelta(days=1))
    taken = in_threads(lambda _: conversations.take_start(turn, NOW, again=True), range(16))
    assert taken.count(True) == 1
    assert not conversations.take_start(turn, NOW + timedelta(seconds=4.9), again=True)
    assert conversations.take_start(turn, NOW + timedelta(seconds=5), again=True)


def test_a_turn_that_has_ended_is_never_started(conversations: Conversations) -> None:
    done = answered(conversations, "hello")
    failed = conversations.fail(conversations.claim(post()), PROBLEM)
    for turn in (done, failed):
        assert not conversations.take_start(turn, NOW)
        assert not conversations.take_start(turn, NOW + timedelta(days=1), again=True)


def test_a_superseded_attempt_changes_nothing(conversations: Conversations) -> None:
    first = conversations.claim(post("key"))
    conversations.fail(first, PROBLEM)
    second = conversations.claim(post("key"))
    assert not conversations.take_start(first, NOW)
    assert not conversations.take_start(first, NOW + timedelta(days=1), again=True)
    conversations.started(first)
    assert conversations.take_start(second, NOW)
    assert conversations.fail(first, PROBLEM) == second
    assert conversations.decide(first, CALLS, None, None, "offline") == second


def test_deciding_stores_the_calls(conversations: Conversations, stores: Stores) -> None:
    turn = conversations.claim(post())
    decided = conversations.decide(turn, CALLS, None, None, "gpt")
    assert (decided.state, decided.calls, decided.reply, decided.model) == ("decided", CALLS, None, "gpt")
    assert conversations.turn(turn.conversation, 1) == decided
    assert list(stores.ledger.trips()) == []


def test_the_first_decision_stays(conversations: Conversations) -> None:
    turn = conversations.claim(post())
    first = conversations.decide(turn, CALLS, None, None, "gpt")
    other = (TripCall(trip="trip-3", kind="travel", request=request()),)
    assert conversations.decide(turn, other, None, None, "gpt") == first
    assert conversations.decide(turn, (), "Nothing to do.", None, "gpt") == first


def test_simultaneous_decisions_agree(conversations: Conversations) -> None:
    turn = conversations.claim(post())

    def decide(number: int) -> Turn:
        calls = (TripCall(trip=f"trip-of-{number}", kind="travel", request=request()),)
        return conversations.decide(turn, calls, None, None, "gpt")

    decisions = in_threads(decide, range(12))
    assert all(decision == decisions[0] for decision in decisions)


def test_a_reply_without_calls_ends_the_turn(conversations: Conversations) -> None:
    draft = Draft(tool="book_travel", arguments={"destination": "Paris"})
    turn = conversations.claim(post())
    done = conversations.decide(turn, (), "How many nights?", draft, "offline")
    assert (done.state, done.reply, done.draft, done.model) == ("done", "How many nights?", draft, "offline")
    assert conversations.finish(turn, "Something else.") == done


def test_the_first_reply_stays(conversations: Conversations) -> None:
    turn = conversations.claim(post())
    assert conversations.finish(turn, "Too early.") == turn
    conversations.decide(turn, CALLS, None, None, "gpt")
    done = conversations.finish(turn, "Booked.")
    assert (done.state, done.reply, done.calls) == ("done", "Booked.", CALLS)
    assert conversations.finish(turn, "Booked, again.") == done


def test_a_decided_turn_cannot_fail_and_a_failed_one_cannot_be_decided(conversations: Conversations) -> None:
    decided = conversations.decide(conversations.claim(post()), CALLS, None, None, "gpt")
    assert conversations.fail(decided, PROBLEM) == decided
    failed = conversations.fail(conversations.claim(post()), PROBLEM)
    late = (TripCall(trip="trip-late", kind="travel", request=request()),)
    assert conversations.decide(failed, late, None, None, "gpt") == failed


def test_history_is_the_last_finished_turns_oldest_first(conversations: Conversations) -> None:
    for message in ("one", "two", "three"):
        answered(conversations, message)
    answered(conversations, "elsewhere", conversation="other")
    conversations.fail(conversations.claim(post(conversation="c", message="failed")), PROBLEM)
    conversations.decide(conversations.claim(post(conversation="c", message="under way")), CALLS, None, None, "gpt")
    answered(conversations, "last")
    now = conversations.claim(post(conversation="c", message="now"))

    def history(limit: int) -> list[str]:
        return [turn.message for turn in conversations.finished_before("c", now.number, limit)]

    assert history(20) == ["one", "two", "three", "last"]
    assert history(2) == ["three", "last"]
    assert [turn.message for turn in conversations.finished_before("c", 3, 20)] == ["one", "two"]


def test_the_secret_is_made_once(stores: Stores, writers: list[Writer]) -> None:
    secrets = {*in_processes(read_secret, writers), stores.conversations.installation_secret()}
    assert len(secrets) == 1
    assert len(secrets.pop()) == 32


def test_text_in_any_script_comes_back_as_it_was(conversations: Conversations) -> None:
    message = "Zürich, 東京 ✈ \x00 'quoted' \n end"
    turn = conversations.claim(post(message=message))
    stored = conversations.turn(turn.conversation, 1)
    assert stored is not None
    assert stored.message == message


def test_history_reaches_far_back(conversations: Conversations) -> None:
    # Nearly all of these turns do not count, so that the store has to read on and on.
    for number in range(1, 61):
        turn = conversations.claim(post(conversation="c", message=str(number)))
        if number in (1, 2, 30):
            conversations.decide(turn, (), "answer", None, "offline")
        else:
            conversations.fail(turn, PROBLEM)
    assert [turn.number for turn in conversations.finished_before("c", 61, 20)] == [1, 2, 30]
    assert [turn.number for turn in conversations.finished_before("c", 61, 2)] == [2, 30]


def test_turns_under_way_are_found_by_their_age(conversations: Conversations) -> None:
    def claimed(seconds: int) -> Turn:
        return conversations.claim(Post("hello", "c", None, "hash", NOW + timedelta(seconds=seconds)))

    waiting, done, failed, decided, young = (claimed(seconds) for seconds in (0, 1, 2, 3, 60))
    conversations.decide(done, (), "Done.", None, "offline")
    conversations.fail(failed, PROBLEM)
    decided = conversations.decide(decided, CALLS, None, None, "gpt")
    minute = NOW + timedelta(seconds=60)
    assert conversations.stale_turns(minute, 10) == [waiting, decided]
    assert conversations.stale_turns(minute, 1) == [waiting]
    assert conversations.stale_turns(minute + timedelta(seconds=1), 10) == [waiting, decided, young]
    conversations.finish(decided, "Booked.")
    assert conversations.stale_turns(minute, 10) == [waiting]


def test_a_new_attempt_is_young_again(conversations: Conversations) -> None:
    first = conversations.claim(post("key"))
    conversations.fail(first, PROBLEM)
    later = NOW + timedelta(minutes=5)
    again = conversations.claim(Post("hello", None, "key", "hash of hello", later))
    assert conversations.stale_turns(later, 10) == []
    assert conversations.stale_turns(later + timedelta(seconds=1), 10) == [again]


def test_a_forgotten_conversation_is_gone_and_stays_refused(
    conversations: Conversations, reopen_stores: Callable[[], Stores]
) -> None:
    turn = conversations.claim(post("key", "mine"))
    conversations.finish(conversations.decide(turn, CALLS, None, None, "gpt"), "Booked.")
    answered(conversations, "and then", "mine")
    assert not conversations.is_forgotten("mine")
    assert conversations.forget("mine", never_open)
    assert conversations.is_forgotten("mine")
    assert not conversations.is_forgotten("never was")
    for store in (conversations, reopen_stores().conversations):
        assert store.turn("mine", 1) is None
        assert store.finished_before("mine", 3, 20) == []
        for refused in (post(conversation="mine"), post("key", "mine"), post("new key", "mine"), post("key")):
            with pytest.raises(ConversationForgottenError):
                store.claim(refused)
    assert conversations.forget("mine", never_open)
    assert conversations.claim(post("another key")).number == 1


def test_a_conversation_that_never_was_is_not_forgotten(conversations: Conversations) -> None:
    assert not conversations.forget("mine", never_open)
    assert conversations.claim(post(conversation="mine")).number == 1


def test_a_key_without_a_conversation_is_forgotten_with_the_one_it_got(conversations: Conversations) -> None:
    turn = answered(conversations, "hello", conversations.claim(post("key")).conversation)
    with pytest.raises(ConversationBusyError):
        conversations.forget(turn.conversation, never_open)
    conversations.decide(conversations.claim(post("key")), (), "Hello.", None, "offline")
    assert conversations.forget(turn.conversation, never_open)
    with pytest.raises(ConversationForgottenError):
        conversations.claim(post("key"))


@pytest.mark.parametrize("state", ["claimed", "decided", "open trip"])
def test_a_conversation_under_way_cannot_be_forgotten(conversations: Conversations, state: str) -> None:
    answered(conversations, "first", "mine")
    turn = conversations.claim(post(conversation="mine"))
    if state != "claimed":
        turn = conversations.decide(turn, CALLS, None, None, "gpt")
    if state == "open trip":
        turn = conversations.finish(turn, "It waits.")
    with pytest.raises(ConversationBusyError):
        conversations.forget("mine", lambda trip: state == "open trip" and trip == "trip-2")
    assert conversations.turn("mine", 2) == turn
    assert conversations.claim(post(conversation="mine")).number == 3


def test_a_conversation_with_many_turns_is_forgotten_whole(conversations: Conversations) -> None:
    # A turn and its key are two rows each, so that more than one batch of a hundred is deleted.
    for number in range(60):
        turn = conversations.claim(post(f"key-{number}", "mine"))
        conversations.decide(turn, (), "answer", None, "offline")
    assert conversations.forget("mine", never_open)
    assert [conversations.turn("mine", number) for number in (1, 30, 60)] == [None] * 3


def test_a_post_and_forgetting_at_once_have_one_order(conversations: Conversations) -> None:
    # Five races, because a single one may well be won by the same side every time.
    for number in range(5):
        name = f"mine-{number}"
        answered(conversations, "first", name)

        def attempt(which: int, name: str = name) -> str:
            try:
                if which:
                    conversations.forget(name, never_open)
                else:
                    conversations.claim(post(conversation=name))
            except (ConversationBusyError, ConversationForgottenError) as error:
                return type(error).__name__
            return "done"

        claimed, forgotten = in_threads(attempt, [0, 1])
        assert (claimed, forgotten) in [("done", "ConversationBusyError"), ("ConversationForgottenError", "done")]
        assert (conversations.turn(name, 2) is None) == (forgotten == "done")
