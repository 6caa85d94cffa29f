"""Wrong requests of a client, and the problems that answer them."""

import uuid
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

from devhost.testing import running_host
from support.app.callers import ON_AZURE, OPERATORS_KEY, TRAVELLERS_KEY, key, principal
from support.app.running import CALM, NOTHING_SET, PARIS, ROOT, TOKYO, App, running_app

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Generator[App]:
    with running_app(tmp_path_factory.mktemp("http")) as app:
        yield app


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b'{"message": "hi"}', {}, 415, "unsupported_media_type"),
        (b'{"message": "hi"}', {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        (b'{"message": "' + b"a" * 65_536 + b'"}', JSON, 413, "body_too_large"),
        (b"", JSON, 400, "invalid_json"),
        (b"not json", JSON, 400, "invalid_json"),
        (b'{"message": NaN}', JSON, 400, "invalid_json"),
        (b'{"message": "\xff"}', JSON, 400, "invalid_json"),
        (b'{"message": "a", "message": "b"}', JSON, 400, "invalid_json"),
        (b"{}", JSON, 400, "invalid_request"),
        (b'{"message": "  "}', JSON, 400, "invalid_request"),
        (b'{"message": 5}', JSON, 400, "invalid_request"),
        (b'{"message": "\\ud800"}', JSON, 400, "invalid_request"),
        (b'{"message": "' + b"a" * 4_001 + b'"}', JSON, 400, "invalid_request"),
        (b'{"message": "hi", "conversation_id": "a/b"}', JSON, 400, "invalid_request"),
        (b'{"message": "hi", "more": 1}', JSON, 400, "invalid_request"),
        (b'{"message": "hi"}', JSON | {"Idempotency-Key": "k" * 256}, 400, "invalid_request"),
        (b'{"message": "hi"}', JSON | {"Idempotency-Key": ""}, 400, "invalid_request"),
    ],
)
def test_a_wrong_request_is_a_problem_with_a_stable_code(
    app: App, body: bytes, headers: Mapping[str, str], status: int, code: str
) -> None:
    response = app.host.request("POST", "/api/chat", body, headers)
    assert (response.status, response.headers["content-type"]) == (status, "application/problem+json")
    problem = response.json()
    assert (problem["code"], problem["status"]) == (code, status)
    assert problem["title"]
    assert problem["detail"].endswith(". Nothing was booked, changed or charged by this request.")


@pytest.mark.parametrize(
    "identifier", ["trip-unknown", "trip-unknown-flight", "nothing", "%20", "%C3%A9", "x" * 101, "a%0Ab", "%00"]
)
def test_an_id_that_is_no_saga_is_not_found(app: App, identifier: str) -> None:
    response = app.host.request("GET", f"/api/travel-status/{identifier}")
    assert (response.status, response.json()["code"]) == (404, "trip_not_found")


def test_the_orchestration_of_a_turn_is_no_trip(app: App) -> None:
    app.chat("hello")
    instances = app.get("/runtime/webhooks/durabletask/instances")
    turns = [instance["instanceId"] for instance in instances if instance["name"] == "chat_turn"]
    assert turns
    for instance in turns:
        assert app.host.request("GET", f"/api/travel-status/{instance}").status == 404


@pytest.mark.parametrize("path", ["/api/chat/unknown/turns/1", "/api/chat/a%20b/turns/1", "/api/chat/c/turns/one"])
def test_a_turn_that_is_not_there_is_not_found(app: App, path: str) -> None:
    response = app.host.request("GET", path)
    assert (response.status, response.json()["code"]) == (404, "turn_not_found")


def test_the_ledger_is_asked_for_one_trip(app: App) -> None:
    response = app.host.request("GET", "/api/operations/ledger")
    assert (response.status, response.json()["code"]) == (400, "invalid_request")
    trip = app.chat(PARIS)["trips"][0]["id"]
    books = app.ledger(trip)
    assert (books["trip"], books["status"], books["balanced"]) == (trip, "confirmed", True)
    assert [row["sequence"] for row in books["rows"]] == list(range(1, len(books["rows"]) + 1))
    assert sum(money["minor"] for money in books["balances"].values()) == 0
    assert [posting["amount"]["minor"] for posting in books["postings"]] == [45000, 87500, 22500]


def test_health_tells_version_model_and_ledger(app: App) -> None:
    health = app.get("/api/health")
    assert (health["status"], health["version"]) == ("ok", "0.1.0")
    assert health["model"] == {"name": "offline", "source": "offline", "reachable": True}
    assert health["ledger"] == {"name": "sqlite", "reachable": True}


def test_the_host_asks_for_a_key_on_the_operators_routes_alone(tmp_path: Path) -> None:
    environment = NOTHING_SET | {"STATE_DIR": str(tmp_path)}
    with running_host(ROOT, state_dir=tmp_path, env=environment, arguments=("--enable-auth",)) as host:
        assert host.request("GET", "/api/health").status == 200
        assert host.request("GET", "/api/travel-status/trip-1").status == 404
        assert host.request("GET", "/api/operations/attention").status == 401
        assert host.request("POST", "/api/operations/attention/t/items/i", {}).status == 401
        assert host.request("GET", "/api/operations/ledger?trip=trip-1").status == 401


def test_a_deployed_app_takes_the_keys_that_it_knows_and_no_others(azurite_account: str, tmp_path: Path) -> None:
    tables = {
        "STORE": "tables",
        "TABLES_CONNECTION_STRING": azurite_account,
        "TABLES_PREFIX": f"k{uuid.uuid4().hex[:16]}",
    }
    keys = {name.upper(): str(value) for name, value in ON_AZURE.items()}
    environment = NOTHING_SET | CALM | {"STATE_DIR": str(tmp_path)} | tables | keys
    with running_host(ROOT, state_dir=tmp_path, env=environment) as host:

        def ask(method: str, path: str, headers: dict[str, str], body: Any = None) -> tuple[int, str]:
            got = host.request(method, path, body, headers, 60)
            return got.status, got.json().get("code", "") if got.text else ""

        booking = {"message": TOKYO, "conversation_id": "c-1"}
        assert ask("POST", "/api/chat", {}, booking) == (401, "sign_in_needed")
        assert ask("POST", "/api/chat", key("guessed"), booking) == (401, "invalid_credentials")
        # Nobody signs in here, so the platform's header is anybody's.
        assert ask("POST", "/api/chat", principal("ada-1"), booking) == (401, "sign_in_needed")
        assert ask("POST", "/api/chat", key(TRAVELLERS_KEY), booking) == (200, "")
        assert ask("GET", "/api/chat/c-1/turns/1", key(OPERATORS_KEY)) == (200, "")
        assert ask("GET", "/api/operations/attention", key(TRAVELLERS_KEY)) == (403, "operator_needed")
        assert ask("GET", "/api/operations/attention", key(OPERATORS_KEY)) == (200, "")


def test_on_azure_the_sqlite_ledger_takes_no_chats(tmp_path: Path) -> None:
    with running_app(tmp_path, WEBSITE_INSTANCE_ID="abc") as app:
        response = app.post(PARIS)
        assert (response.status, response.json()["code"]) == (503, "ledger_not_shared")
        assert app.get("/api/health")["error"] == "ledger_not_shared"


def test_a_wrong_setting_is_told_by_chat_status_health_and_log(tmp_path: Path) -> None:
    with running_app(tmp_path, SIM_FAULT="often") as app:
        for response in (app.post(PARIS), app.host.request("GET", "/api/travel-status/trip-1")):
            assert (response.status, response.json()["code"]) == (503, "misconfigured")
            assert "SIM_FAULT" in response.json()["detail"]
        health = app.host.request("GET", "/api/health")
        assert (health.status, health.json()["status"]) == (503, "misconfigured")
        assert "SIM_FAULT" in app.host.logs


def test_half_a_model_configuration_is_never_silently_offline(tmp_path: Path) -> None:
    with running_app(tmp_path, OPENAI_API_KEY="sk-secret") as app:
        response = app.post(PARIS)
        assert (response.status, response.json()["code"]) == (503, "misconfigured")
        assert "OPENAI_MODEL" in response.json()["detail"]
        assert "sk-secret" not in response.text + app.host.logs


def test_a_damaged_ledger_is_a_problem_without_its_path(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"this is no database" * 500)
    with running_app(tmp_path) as app:
        response = app.post(PARIS)
        problem: Any = response.json()
        assert (response.status, problem["code"], response.headers["retry-after"]) == (503, "storage_unavailable", "5")
        assert str(tmp_path) not in response.text
        assert app.host.request("GET", "/api/health").status == 503
        assert "damaged" in app.host.logs
