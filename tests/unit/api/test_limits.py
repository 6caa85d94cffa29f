"""A caller may ask for so much in a minute; repeats are free, and the holder of a function key is not limited."""

from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api import sessions
from api.chat import handlers as chat
from api.services import ApiServices, serving
from settings import Settings
from stores.opening import open_stores
from support.app.callers import SIGNED_IN, TRAVELLERS_KEY, bearer, key, principal
from support.app.durable import FakeDurable
from support.app.http_calls import JSON, Answered, call, request
from support.suppliers.companies import NOW

ADA, BOB = principal("ada-1"), principal("bob-1")


class Limited:
    """A deployed app with limits, and a clock that the test moves."""

    def __init__(self, state: Path, **variables: Any) -> None:
        settings = Settings(state_dir=state, chat_wait_seconds=0, **(SIGNED_IN | variables))
        self.now = NOW
        stores = replace(open_stores(settings), name="tables")
        self.services = ApiServices(settings, stores, lambda: self.now)
        self.durable = FakeDurable()

    def post(self, who: dict[str, str], key: str | None = None) -> Answered:
        headers = JSON | who | ({"idempotency-key": key} if key else {})
        return call(chat.post_chat(request({"message": "hello"}, headers), self.durable))

    def end(self, number: int) -> None:
        """Let a turn that was started be answered."""
        ref = self.durable.started[number]
        turn = self.services.stores.conversations.turn(ref.conversation, ref.turn)
        assert turn
        self.services.stores.conversations.decide(turn, (), "Hello.", None, "offline")

    def begin(self, forwarded: str | None = None) -> Answered:
        headers = JSON | ({"x-forwarded-for": forwarded} if forwarded is not None else {})
        return call(sessions.begin(request({"token": True}, headers)))


def limited(state: Path, **variables: Any) -> Generator[Limited]:
    app = Limited(state, **variables)
    with serving(app.services):
        yield app


@pytest.fixture
def app(tmp_path: Path) -> Generator[Limited]:
    yield from limited(tmp_path, rate_chat_per_minute=3, sessions_per_minute=2, rate_turns_at_once=90)


@pytest.fixture
def unset(tmp_path: Path) -> Generator[Limited]:
    yield from limited(tmp_path, rate_turns_at_once=90)


@pytest.fixture
def at_once(tmp_path: Path) -> Generator[Limited]:
    yield from limited(tmp_path, rate_chat_per_minute=100)


def test_one_more_message_is_told_when_to_come_back(app: Limited) -> None:
    assert [app.post(ADA).status for _ in range(4)] == [202, 202, 202, 429]
    refused = app.post(ADA)
    assert refused.body["code"] == "too_many_requests"
    assert refused.headers["Retry-After"] == str(60 - NOW.second)
    assert app.post(BOB).status == 202
    app.now += timedelta(seconds=60 - NOW.second)
    assert app.post(ADA).status == 202


def test_a_refused_message_leaves_nothing_behind(app: Limited) -> None:
    for _ in range(3):
        app.post(ADA)
    started = len(app.durable.started)
    assert app.post(ADA, "later").status == 429
    assert len(app.durable.started) == started
    app.now += timedelta(minutes=1)
    assert app.post(ADA, "later").status == 202


def test_repeats_cost_nothing_also_in_another_minute_and_when_nothing_is_left(app: Limited) -> None:
    assert [app.post(ADA, "k").status for _ in range(6)] == [202] * 6
    assert [app.post(ADA, other).status for other in ("l", "m", "n")] == [202, 202, 429]
    assert app.post(ADA, "k").status == 202
    app.now += timedelta(minutes=1)
    for other in ("o", "p", "q"):
        assert app.post(ADA, other).status == 202
    assert app.post(ADA, "k").status == 202


def test_a_function_key_is_limited_only_if_somebody_says_so(app: Limited) -> None:
    assert [app.post(key(TRAVELLERS_KEY)).status for _ in range(4)] == [202, 202, 202, 429]


def test_without_a_setting_twenty_messages_are_taken_and_any_number_with_a_key(unset: Limited) -> None:
    assert [unset.post(ADA).status for _ in range(21)] == [202] * 20 + [429]
    assert {unset.post(key(TRAVELLERS_KEY)).status for _ in range(25)} == {202}


class TestTurnsAtOnce:
    def test_a_fifth_message_waits_for_one_of_the_four_before(self, at_once: Limited) -> None:
        assert [at_once.post(ADA).status for _ in range(5)] == [202] * 4 + [429]
        refused = at_once.post(ADA, "later")
        assert (refused.body["code"], refused.headers["Retry-After"]) == ("too_many_requests", "2")
        assert len(at_once.durable.started) == 4
        assert at_once.post(BOB).status == 202
        at_once.end(0)
        assert at_once.post(ADA, "later").status == 202
        assert at_once.post(ADA).status == 429

    def test_a_repeat_is_not_counted(self, at_once: Limited) -> None:
        assert [at_once.post(ADA, key).status for key in "kklmn"] == [202] * 5
        assert [at_once.post(ADA, key).status for key in "knop"] == [202, 202, 429, 429]

    def test_a_function_key_is_limited_only_if_somebody_says_so(self, at_once: Limited, tmp_path: Path) -> None:
        assert {at_once.post(key(TRAVELLERS_KEY)).status for _ in range(6)} == {202}
        for app in limited(tmp_path / "other", rate_turns_at_once=1):
            for who in (key(TRAVELLERS_KEY), ADA):
                assert [app.post(who).status for _ in range(2)] == [202, 429]


def test_sessions_are_counted_for_each_address(app: Limited) -> None:
    assert [app.begin("203.0.113.7:5000").status for _ in range(2)] == [201, 201]
    assert app.begin("203.0.113.7:6000").status == 429
    # Only the last entry is the front end's; what stands before it the client wrote.
    assert app.begin("198.51.100.1, 203.0.113.7:7000").status == 429
    assert app.begin("203.0.113.7:5000, 198.51.100.1").status == 201
    assert app.begin("[2001:db8::1]:443").status == 201
    assert [app.begin("2001:db8::1").status for _ in range(2)] == [201, 429]


def test_whoever_has_a_session_begins_none_and_is_not_counted(app: Limited) -> None:
    token = app.begin("203.0.113.7").body["token"]
    for _ in range(5):
        answer = call(sessions.begin(request({}, JSON | bearer(token) | {"x-forwarded-for": "203.0.113.7"})))
        assert answer.status == 200


def test_no_address_is_kept(app: Limited, tmp_path: Path) -> None:
    app.begin("203.0.113.7:5000")
    written = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.db*"))
    assert b"sessions-" in written
    assert b"203.0.113" not in written
