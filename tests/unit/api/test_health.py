"""Health tells version, model and ledger, and asks both for nothing but an answer at their address."""

import socket
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api import health as handlers
from api.services import ApiServices, serving
from settings import VERSION, Settings
from stores.opening import open_stores
from support.app.http_calls import Answered, call


def health(state: Path, **variables: Any) -> Answered:
    settings = Settings(state_dir=state, **variables)
    with serving(ApiServices(settings, open_stores(settings), lambda: datetime.now(UTC))):
        return call(handlers.get_health())


@contextmanager
def listening() -> Generator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_offline_everything_is_within_reach(tmp_path: Path) -> None:
    response = health(tmp_path)
    assert response.status == 200
    assert response.body == {
        "status": "ok",
        "version": VERSION,
        "model": {"name": "offline", "source": "offline", "reachable": True},
        "ledger": {"name": "sqlite", "reachable": True},
        "error": None,
    }


@pytest.mark.parametrize("source", ["openai", "azure"])
def test_a_model_that_listens_is_within_reach(tmp_path: Path, source: str) -> None:
    with listening() as port:
        response = health(tmp_path, **model_at(source, port))
    assert response.body["model"] == {"name": "m", "source": source, "reachable": True}
    assert "secret" not in str(response.body)


def test_a_model_that_does_not_listen_degrades_but_status_is_served(tmp_path: Path) -> None:
    # A port on which somebody listened until a moment ago.
    with listening() as port:
        pass
    response = health(tmp_path, **model_at("openai", port))
    assert (response.status, response.body["status"], response.body["model"]["reachable"]) == (200, "degraded", False)


def test_a_nonsense_endpoint_is_out_of_reach(tmp_path: Path) -> None:
    response = health(tmp_path, openai_base_url="nowhere", openai_api_key="secret", openai_model="m")
    assert response.body["model"]["reachable"] is False


def test_a_ledger_out_of_reach_is_503(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    response = health(tmp_path / "file")
    assert (response.status, response.body["ledger"]) == (503, {"name": "sqlite", "reachable": False})


def test_on_azure_a_ledger_in_a_file_is_told(tmp_path: Path) -> None:
    response = health(tmp_path, website_instance_id="x")
    assert (response.body["status"], response.body["error"]) == ("degraded", "ledger_not_shared")


def model_at(source: str, port: int) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}/v1"
    if source == "azure":
        return {
            "azure_openai_endpoint": url,
            "azure_openai_chat_deployment_name": "m",
            "azure_openai_api_key": "secret",
        }
    return {"openai_base_url": url, "openai_api_key": "secret", "openai_model": "m"}
