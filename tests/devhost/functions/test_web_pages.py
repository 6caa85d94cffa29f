"""A web page of another origin can neither read nor change anything, and programs notice nothing of that."""

import http.client
import json
import shutil
import socket
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from devhost.testing import RunningHost, running_host
from devhost.wire.addresses import NOWHERE, host_name, read_origin

API = "/runtime/webhooks/durabletask"
# One route of each kind that the public port serves: method and path.
HOST_ROUTES = [
    ("GET", f"{API}/instances"),
    ("POST", f"{API}/orchestrators/echo/from-a-page"),
    ("POST", f"{API}/instances/nobody/terminate"),
    ("DELETE", f"{API}/instances?createdTimeFrom=2000-01-01"),
    ("POST", "/durabletask/orchestrators/echo/from-a-page"),
    ("GET", "/Durabletask/instances"),
    ("POST", "/admin/functions/tick"),
    ("GET", "/admin/host/status"),
    ("GET", "/devhost/instance?instanceId=x"),
    ("GET", "/devhost/main.js"),
]
APP_ROUTES = [("GET", "/api/text"), ("POST", "/api/binary"), ("GET", "/"), ("GET", "/api/nothing")]
ROUTES = HOST_ROUTES + APP_ROUTES
OWN = "http://127.0.0.1"
FOREIGN_PAGES = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "file://"},
    {"Origin": "http://localhost:1"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "Same-Site"},
    {"Sec-Fetch-Site": "something new"},
]
FOREIGN_HOSTS = [
    "evil.example",
    "evil.example:{port}",
    "localhost.evil.example:{port}",
    "127.0.0.1.evil.example",
    "evil.example.:{port}",
    "10.1.2.3:{port}",
    "[2001:db8::1]:{port}",
    "0.0.0.0:{port}",
    "local host",
    "localhost:port",
    "localhost:70000",
    "user@localhost",
    "localhost/",
    "[::1",
    "[localhost]",
    "::1",
    "löcalhost",
]
OWN_HOSTS = [
    "localhost",
    "LocalHost:{port}",
    "localhost.",
    "localhost.:{port}",
    "127.0.0.1",
    "127.0.0.1:8080",
    "127.1.2.3:{port}",
    "[::1]",
    "[::1]:{port}",
    "[0:0:0:0:0:0:0:1]:{port}",
    "[::ffff:127.0.0.1]:{port}",
]


def port_of(host: RunningHost) -> int:
    return urlsplit(host.url).port or 0


@pytest.mark.parametrize("page", FOREIGN_PAGES, ids=str)
def test_a_foreign_page_is_refused_on_every_route(host: RunningHost, page: dict[str, str]) -> None:
    for method, path in ROUTES:
        refused = host.request(method, path, b"{}" if method == "POST" else None, page)
        assert (refused.status, "another origin" in refused.text) == (403, True), (method, path)
        assert "access-control-allow-origin" not in refused.headers
    assert host.request("GET", f"{API}/instances/from-a-page").status == 404


@pytest.mark.parametrize("name", FOREIGN_HOSTS)
def test_a_foreign_name_is_refused_on_every_route(host: RunningHost, name: str) -> None:
    headers = {"Host": name.format(port=port_of(host)).encode("utf-8").decode("latin-1")}
    for method, path in ROUTES:
        assert host.request(method, path, b"{}" if method == "POST" else None, headers).status == 421, (method, path)
    assert host.request("GET", f"{API}/instances/from-a-page").status == 404


@pytest.mark.parametrize("name", OWN_HOSTS)
def test_every_name_of_the_loopback_is_served(host: RunningHost, name: str) -> None:
    for path in (f"{API}/instances?top=1", "/devhost/", "/admin/host/status", "/api/text"):
        assert host.request("GET", path, headers={"Host": name.format(port=port_of(host))}).status == 200, path


@pytest.mark.parametrize(
    ("host_header", "origin"),
    [
        ("127.0.0.1:{port}", "http://127.0.0.1:{port}"),
        ("LOCALHOST:{port}", "http://localhost:{port}"),
        ("localhost.:{port}", "http://localhost:{port}"),
        ("[::1]:{port}", "http://[::1]:{port}"),
        ("localhost", "http://localhost"),
        ("localhost:80", "http://localhost"),
    ],
)
def test_the_host_s_own_pages_are_served(host: RunningHost, host_header: str, origin: str) -> None:
    headers = {"Host": host_header.format(port=port_of(host)), "Origin": origin.format(port=port_of(host))}
    for site in ("same-origin", "none", ""):
        for path in (f"{API}/instances?top=1", "/devhost/", "/api/text"):
            assert host.request("GET", path, headers={**headers, "Sec-Fetch-Site": site}).status == 200


def test_a_request_without_a_host_is_served_and_one_with_two_is_not(host: RunningHost) -> None:
    def status(head: str) -> str:
        with socket.create_connection(("127.0.0.1", port_of(host)), timeout=10) as connection:
            connection.sendall(f"GET {API}/instances {head}\r\n\r\n".encode())
            return connection.recv(100).decode().split(" ")[1]

    assert status("HTTP/1.0") == "200"
    assert status("HTTP/1.1\r\nHost: localhost\r\nHost: evil.example") in ("400", "421")
    assert status("HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nOrigin: http://evil.example") == "403"


def test_the_port_of_the_sdk_refuses_pages_and_foreign_names(host: RunningHost) -> None:
    address = urlsplit(host.wait_log("Durable client: ").rsplit(" ", 1)[1].strip())

    def status(headers: dict[str, str]) -> int:
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        connection.request("GET", f"{address.path}instances?top=1", headers=headers)
        code = connection.getresponse().status
        connection.close()
        return code

    assert status({}) == 200
    assert status({"Origin": "http://evil.example"}) == 403
    assert status({"Sec-Fetch-Site": "same-site"}) == 403
    assert status({"Host": f"evil.example:{address.port}"}) == 421


def test_the_body_of_a_refused_request_is_not_read(host: RunningHost) -> None:
    with socket.create_connection(("127.0.0.1", port_of(host)), timeout=10) as connection:
        head = f"POST {API}/orchestrators/echo HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n"
        connection.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode())
        assert b" 403 " in connection.recv(100)


def test_a_link_of_another_page_opens_the_dashboard_and_nothing_else(host: RunningHost) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert host.request("GET", "/devhost/", headers=link).status == 200
    assert host.request("GET", "/devhost/", headers={**link, "Sec-Fetch-Dest": "iframe"}).status == 403
    assert host.request("GET", "/devhost/", headers={**link, "Host": "evil.example"}).status == 421
    for path in ("/devhost/instance?instanceId=x", f"{API}/instances", "/api/text"):
        assert host.request("GET", path, headers=link).status == 403


def test_a_refusal_is_logged_once_with_the_remedy(host: RunningHost) -> None:
    for _ in range(3):
        host.request("GET", "/api/text", headers={"Origin": "http://logged.example"})
        host.request("GET", "/api/text", headers={"Host": "logged.example"})
    assert "Host.CORS of local.settings.json" in host.wait_log("origin, http://logged.example;")
    assert "--allowed-host" in host.wait_log("its Host, logged.example, is not a name")
    host.request("GET", "/api/named")
    host.wait_log("Functions.named")
    assert (
        host.logs.count("origin, http://logged.example;"),
        host.logs.count("its Host, logged.example, is not a name"),
    ) == (1, 1)


@pytest.fixture(scope="module")
def shared(apps: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningHost, None, None]:
    """Run a host that may be reached by another name, and whose app has pages of another origin."""
    app = tmp_path_factory.mktemp("cors") / "app"
    shutil.copytree(apps / "features", app)
    settings = {"Values": {"HUB_NAME": "Features", "TICK_SCHEDULE": "0 0 0 1 1 *"}}
    cors = {"CORS": "http://localhost:3000/, https://App.example", "CORSCredentials": True}
    (app / "local.settings.json").write_text(json.dumps({**settings, "Host": cors}))
    with running_host(app, arguments=("--allowed-host", "Dev.Example", "--allowed-host", "fe80::1")) as running:
        yield running


@pytest.mark.parametrize("origin", ["http://localhost:3000", "https://app.example"])
def test_pages_that_the_settings_name_use_the_app_alone(shared: RunningHost, origin: str) -> None:
    page = {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
    reply = shared.request("GET", "/api/text", headers=page)
    assert reply.status == 200
    assert reply.headers["access-control-allow-origin"] == origin
    assert reply.headers["access-control-allow-credentials"] == "true"
    assert reply.headers["vary"] == "Origin"
    for method, path in HOST_ROUTES:
        assert shared.request(method, path, headers=page).status == 403, path
    image = {"Referer": f"{origin}/some/page?x=1", "Sec-Fetch-Site": "cross-site"}
    assert shared.request("GET", "/api/text", headers=image).status == 200
    assert shared.request("GET", "/devhost/", headers=image).status == 403


def test_a_browser_may_ask_before_it_sends_an_allowed_page_s_request(shared: RunningHost) -> None:
    question = {
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "x-one,content-type",
        "Sec-Fetch-Site": "same-site",
    }
    reply = shared.request("OPTIONS", "/api/text", headers={**question, "Origin": "http://localhost:3000"})
    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["access-control-allow-methods"] == "PUT"
    assert reply.headers["access-control-allow-headers"] == "x-one,content-type"
    assert shared.request("OPTIONS", "/api/text", headers={**question, "Origin": "http://localhost:3001"}).status == 403


def test_a_further_name_of_the_host_is_served_with_its_pages(shared: RunningHost) -> None:
    page = {"Host": "dev.example:80", "Origin": "https://dev.example", "Sec-Fetch-Site": "same-origin"}
    behind_a_tunnel = {"Host": "localhost", "Origin": "https://DEV.example"}
    for headers in (page, behind_a_tunnel, {"Host": "DEV.EXAMPLE."}, {"Host": "[fe80:0::1]:80"}):
        assert shared.request("GET", f"{API}/instances", headers=headers).status == 200, headers
        assert shared.request("GET", "/devhost/", headers=headers).status == 200, headers
    assert shared.request("GET", "/devhost/", headers={"Host": "other.example"}).status == 421


def test_all_pages_may_use_the_app_where_the_settings_say_so(apps: Path, tmp_path: Path) -> None:
    shutil.copytree(apps / "asgi", tmp_path / "app")
    (tmp_path / "app" / "local.settings.json").write_text('{"Host": {"CORS": "*", "CORSCredentials": true}}')
    with running_host(tmp_path / "app") as host:
        for page in ({"Origin": "null"}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            reply = host.request("GET", "/a", headers=page)
            assert reply.status == 202
            assert reply.headers.get("access-control-allow-origin") == ("*" if "Origin" in page else None)
            assert "access-control-allow-credentials" not in reply.headers
            assert host.request("GET", f"{API}/instances", headers=page).status == 403
        assert host.request("GET", "/a", headers={"Host": "evil.example"}).status == 421


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_the_address_that_is_listened_on_is_a_name_of_the_host(apps: Path) -> None:
    with running_host(apps / "asgi", arguments=("--host", "0.0.0.0")) as host:
        for name, status in (("0.0.0.0", 200), ("127.0.0.1", 200), ("10.1.2.3", 421), ("evil.example", 421)):
            assert host.request("GET", "/devhost/", headers={"Host": name}).status == status, name


@pytest.mark.parametrize(
    ("text", "name"),
    [("Dev.Example.", "dev.example"), ("::1", "::1"), ("[FE80::0001]", "fe80::1"), ("10.0.0.1", "10.0.0.1")],
)
def test_a_name_has_one_spelling(text: str, name: str) -> None:
    assert host_name(text) == name


def test_an_origin_has_one_spelling() -> None:
    for text in ("http://LOCALHOST:80", "HTTP://localhost.", "http://localhost/a?b", " http://localhost:# "):
        assert read_origin(text) == ("http", "localhost", 80), text
    for text in ("null", "", "http://", "http://a:70000", "http://a b", "http://[::1", "http://u@a", "a.b:80"):
        assert read_origin(text) == NOWHERE, text


@pytest.mark.parametrize("text", ["", ".", "a b", "a/b", "http://a", "*", "*.a", "a..b", "[a]", "a:b"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a name"):
        host_name(text)
