"""A chat request is refused with the problem that names what to mend, or becomes a post."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from api.chat.request import read_post
from api.json_body import MOST_BYTES
from api.problems import ApiProblem
from domain.conversation.turn import Problem
from domain.options import TripOptions
from stores.conversations import Post
from support.app.callers import HOLDER
from support.app.http_calls import JSON, request

NOW = datetime(2026, 2, 16, 14, 30, tzinfo=UTC)


def read(body: bytes | Any, headers: dict[str, str] | None = None) -> Post:
    return read_post(request(body, headers), NOW, HOLDER)


def refusal(body: bytes | Any, headers: dict[str, str] | None = None) -> Problem:
    with pytest.raises(ApiProblem) as raised:
        read(body, headers)
    return raised.value.problem


def test_a_message_alone_is_a_post_of_a_new_conversation() -> None:
    post = read({"message": "A week in Rome"})
    assert (post.message, post.conversation, post.key, post.at) == ("A week in Rome", None, None, NOW)


def test_everything_given_is_taken_as_it_is() -> None:
    post = read({"message": " Zürich 🚆\n", "conversation_id": "a_B-9"}, JSON | {"idempotency-key": "k 1~"})
    assert (post.message, post.conversation, post.key) == (" Zürich 🚆\n", "a_B-9", "k 1~")


def test_equal_bodies_have_equal_hashes_however_they_are_written() -> None:
    one = read(b'{"conversation_id":"c","message":"caf\\u00e9"}')
    other = read('{ "message": "café", "conversation_id": "c" }'.encode())
    assert one.body_hash == other.body_hash


@pytest.mark.parametrize("other", [{"message": "b"}, {"message": "a", "conversation_id": "c"}])
def test_other_bodies_have_other_hashes(other: dict[str, str]) -> None:
    assert read({"message": "a"}).body_hash != read(other).body_hash


def test_without_options_a_trip_is_all_or_nothing_one_by_one() -> None:
    assert read({"message": "a"}).options == TripOptions(on_failure="all_or_nothing", parallel=False)


def test_options_are_part_of_what_a_key_stands_for() -> None:
    chosen = read({"message": "a", "options": {"on_failure": "ask_me", "parallel": True}})
    assert chosen.options == TripOptions(on_failure="ask_me", parallel=True)
    assert chosen.body_hash != read({"message": "a"}).body_hash
    assert read({"message": "a", "options": {}}).body_hash == read({"message": "a"}).body_hash


@pytest.mark.parametrize(
    "options", [None, [], "ask_me", {"on_failure": "hope"}, {"on_failure": None}, {"parallel": 1}, {"more": True}]
)
def test_options_that_there_are_not_are_an_invalid_request(options: Any) -> None:
    problem = refusal({"message": "a", "options": options})
    assert problem.code == "invalid_request"
    assert "on_failure" in problem.detail


@pytest.mark.parametrize(
    "media_type", ["application/json", "Application/JSON; charset=utf-8", " application/json ;x=y"]
)
def test_json_is_recognised_by_its_media_type(media_type: str) -> None:
    assert read({"message": "a"}, {"content-type": media_type}).message == "a"


@pytest.mark.parametrize("media_type", ["text/plain", "", "application/json,text/plain", "application/jsonp", "\x00"])
def test_another_media_type_is_told_which_header_to_add(media_type: str) -> None:
    problem = refusal({"message": "a"}, {"content-type": media_type})
    assert problem.code == "unsupported_media_type"
    assert "Content-Type: application/json" in problem.detail


def test_a_missing_media_type_is_told_which_header_to_add() -> None:
    assert "Content-Type: application/json" in refusal({"message": "a"}, {}).detail


def test_media_type_is_looked_at_before_the_body() -> None:
    assert refusal(b"x" * (MOST_BYTES + 1), {}).code == "unsupported_media_type"


def test_a_body_of_64_kb_is_read_and_one_byte_more_is_too_large() -> None:
    body = b'{"message":"a"}'
    assert read(body.ljust(MOST_BYTES)).message == "a"
    assert refusal(body.ljust(MOST_BYTES + 1)).code == "body_too_large"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"hello",
        b'{"message": "a"',
        b'{"message": "a"} {}',
        b'{"message": "a",}',
        b"{'message': 'a'}",
        b'{"message": NaN}',
        b'{"message": "a", "x": Infinity}',
        b'{"message": -Infinity}',
        b'{"message": "a", "message": "b"}',
        b'{"message": "a", "x": {"y": 1, "y": 2}}',
        b'{"message": "\xff"}',
        b'{"message": "\xed\xa0\x80"}',
        '{"message": "a"}'.encode("utf-16"),
        b'{"message": "tab\there"}',
        # Deeper than Python's parser can go, and a number with more digits than Python reads (4,300).
        b"[" * 30_000,
        b'{"message": ' + b"9" * 5_000 + b"}",
    ],
)
def test_what_is_no_json_is_invalid_json(body: bytes) -> None:
    problem = refusal(body)
    assert problem.code == "invalid_json"
    assert problem.detail.endswith(".")


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read(b'\xef\xbb\xbf{"message": "a"}').message == "a"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "message"),
        ({"message": None}, "message"),
        ({"message": 1}, "message"),
        ({"message": ["a"]}, "message"),
        ({"message": ""}, "message"),
        ({"message": " \n\t\u3000"}, "message"),
        ({"message": "\u200b\u0000"}, "message"),
        ({"message": "a" * 4_001}, "4,000"),
        ({"message": "half \ud83d"}, "surrogate"),
        ({"message": "a", "conversation_id": ""}, "conversation_id"),
        ({"message": "a", "conversation_id": "a" * 65}, "conversation_id"),
        ({"message": "a", "conversation_id": "a b"}, "conversation_id"),
        ({"message": "a", "conversation_id": "a\n"}, "conversation_id"),
        ({"message": "a", "conversation_id": "é"}, "conversation_id"),
        ({"message": "a", "conversation_id": None}, "conversation_id"),
        ({"message": "a", "conversation_id": 7}, "conversation_id"),
        ({"message": "a", "user": "me"}, "'user'"),
        ({"message": "a", "\ud800": "me"}, "field"),
        ([], "object"),
        ("message", "object"),
        (None, "object"),
        (1, "object"),
    ],
)
def test_a_wrong_field_is_an_invalid_request_that_names_it(body: Any, named: str) -> None:
    problem = refusal(body)
    assert problem.code == "invalid_request"
    assert named in problem.detail
    json.dumps(problem.detail).encode()


def test_4000_characters_are_accepted_whatever_their_bytes() -> None:
    assert len(read({"message": "🚆" * 4_000}).message) == 4_000


@pytest.mark.parametrize("key", ["", "k" * 256, "é", "a\tb", "a\nb", "\x7f"])
def test_a_key_that_is_not_printable_ascii_is_an_invalid_request(key: str) -> None:
    problem = refusal({"message": "a"}, JSON | {"idempotency-key": key})
    assert problem.code == "invalid_request"
    assert "Idempotency-Key" in problem.detail


def test_a_key_of_255_characters_is_accepted() -> None:
    assert read({"message": "a"}, JSON | {"idempotency-key": "~" * 255}).key == "~" * 255
