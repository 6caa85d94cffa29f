"""An address for which the API has no route is a problem too, on every path below /api."""

from collections.abc import Generator

import pytest

from support.app.running import App, running_app

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Generator[App]:
    with running_app(tmp_path_factory.mktemp("routes")) as app:
        yield app


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["", "/", "nothing", "chat/c/turns/1/x", "trips/t", "chats", "a%2Fb/%E4"])
def test_an_unknown_address_is_a_problem(app: App, method: str, path: str) -> None:
    response = app.host.request(method, f"/api/{path}", {} if method in ("POST", "PUT", "PATCH") else None)
    assert (response.status, response.json()["code"]) == (404, "route_not_found")
    assert response.headers["content-type"].startswith("application/problem+json")
    assert ("money" in response.text or "charged" in response.text) == (method != "GET"), "a read says nothing of money"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "chat", "POST"),
        ("PATCH", "Chat", "POST"),
        ("POST", "chat/c-1", "DELETE"),
        ("POST", "trips/t-1/cancel", "DELETE"),
        ("PATCH", "trips/t-1/modify", "PUT"),
        ("DELETE", "travel-status/t-1", "GET"),
        ("PUT", "operations/attention/t/items/i", "POST"),
        ("POST", "health", "GET"),
    ],
)
def test_a_wrong_method_is_told_the_right_one(app: App, method: str, path: str, allowed: str) -> None:
    response = app.host.request(method, f"/api/{path}", {} if method in ("POST", "PUT", "PATCH") else None)
    assert (response.status, response.json()["code"]) == (405, "method_not_allowed")
    assert response.headers["allow"] == allowed


def test_the_type_of_a_problem_leads_to_a_page_that_explains_it(app: App) -> None:
    problem = app.host.request("GET", "/api/travel-status/trip-none").json()
    path, _, section = problem["type"].partition("#")
    page = app.host.request("GET", path)
    assert page.status == 200
    assert f"## {section}\n\n**{problem['status']}** {problem['title']}." in page.text
