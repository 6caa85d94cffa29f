"""Forget me: messages and journeys are gone, the books stay, and the conversation's id stays refused."""

from pathlib import Path

import pytest

from support.app.running import CALM, HUB, PARIS, App, running_app, usd
from support.waiting import until


def forget(app: App, conversation: str) -> tuple[int, str | None]:
    response = app.host.request("DELETE", f"/api/chat/{conversation}")
    return response.status, response.json()["code"] if response.body else None


def test_a_forgotten_conversation_leaves_nothing_personal_and_keeps_the_books(tmp_path: Path) -> None:
    with running_app(tmp_path) as app:
        body = app.chat(PARIS, key="k", conversation="me")
        trip = body["trips"][0]["id"]
        assert app.modify(trip, component="hotel", nights=3).status == 202
        until(lambda: [row["event"] for row in app.ledger(trip)["rows"]].count("closed") == 2)
        before = app.ledger(trip)
        # The follow-up's history is deleted only once its orchestration has ended too.
        until(lambda: app.host.request("GET", f"{HUB}/{trip}-command-1").status == 200)
        assert forget(app, "me") == (204, None)
        for response in (
            app.post(PARIS, conversation="me"),
            app.post(PARIS, key="k", conversation="me"),
            app.host.request("GET", "/api/chat/me/turns/1"),
            app.host.request("GET", "/api/chat/me/turns/2"),
        ):
            assert (response.status, response.json()["code"]) == (410, "conversation_forgotten")
        assert forget(app, "me") == (204, None), "a repeat is told what the first one did"
        after = app.ledger(trip)
        assert (after["postings"], after["balances"], after["balanced"]) == (
            before["postings"],
            before["balances"],
            True,
        )
        assert [row["event"] for row in after["rows"]] == [row["event"] for row in before["rows"]]
        status = app.status(trip)
        assert (status["status"], status["total"]) == ("confirmed", usd(155000 - 35000 + 8750))
        for text in (str(after), str(status), str(app.get(HUB))):
            assert "Paris" not in text
            assert "1970" not in text
        assert status["request"] == {"destination": "forgotten"}
        assert [i for i in app.get(HUB) if trip in i["instanceId"] or i["name"] == "chat_turn"] == []
        change = app.modify(trip, component="hotel", nights=4)
        assert (change.status, change.json()["code"]) == (422, "invalid_change")
        assert "forgotten" in change.json()["detail"], "it is confirmed, but its days are not known any more"
        assert app.cancel(trip).status == 202
        app.becomes(trip, "cancelled")
        app.audit()


def test_after_a_clean_stop_no_file_of_the_installation_holds_a_trace_of_the_message(tmp_path: Path) -> None:
    names = ["Quetzalcoatlus", "Ichthyornis"]
    with running_app(tmp_path) as app:
        for name in names:
            app.chat(f"This is for my friend {name}. I need a trip to Paris for 5 nights", conversation=name.lower())
        assert forget(app, names[0].lower()) == (204, None)
        assert app.host.stop(30) == 0
    traces = {name: _files_with(name, tmp_path) for name in names}
    assert traces[names[0]] == []
    assert traces[names[1]] == [tmp_path / "ledger.db"]


def _files_with(name: str, folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and name.encode() in path.read_bytes()]


def test_a_conversation_with_an_open_trip_is_kept(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM | {"SIM_REJECT_CAR": "1"}) as app:
        body = app.chat(PARIS, key="k", conversation="me", on_failure="ask_me")
        trip = body["trips"][0]["id"]
        assert forget(app, "me") == (409, "conversation_busy")
        assert app.chat(PARIS, key="k", conversation="me", on_failure="ask_me")["reply"] == body["reply"]
        assert app.answer(trip, "undo").status == 202
        until(lambda: app.ledger(trip)["rows"][-1]["event"] == "closed")
        assert forget(app, "me") == (204, None)


def test_a_conversation_with_a_turn_under_way_is_kept(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM | {"SIM_LATENCY_MS": "200"}, CHAT_WAIT_SECONDS="0") as app:
        app.post(PARIS, key="k", conversation="me")
        assert forget(app, "me") == (409, "conversation_busy")


@pytest.mark.parametrize("conversation", ["nobody", "a%20b", "x" * 65])
def test_there_is_nothing_to_forget_of_a_conversation_that_never_was(
    tmp_path_factory: pytest.TempPathFactory, conversation: str
) -> None:
    with running_app(tmp_path_factory.mktemp("forget")) as app:
        assert forget(app, conversation) == (204, None)
        assert app.chat("hello", conversation="nobody")["turn"] == 1


def test_other_conversations_are_untouched(tmp_path: Path) -> None:
    with running_app(tmp_path) as app:
        mine, other = app.chat(PARIS, conversation="me"), app.chat(PARIS, key="o", conversation="other")
        assert forget(app, "me") == (204, None)
        assert app.chat(PARIS, key="o", conversation="other") == other
        assert app.trip(other)["request"]["destination"] == "Paris"
        assert app.trip(mine)["request"]["destination"] != "Paris"
