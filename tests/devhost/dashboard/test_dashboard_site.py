"""The files that the host serves at /devhost/, asked for without a browser."""

import re
from collections.abc import Generator
from pathlib import Path

import pytest

from devhost.testing import RunningHost, running_host


@pytest.fixture(scope="module")
def host(app_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningHost, None, None]:
    env = {"MENDED": str(tmp_path_factory.mktemp("site") / "mended")}
    with running_host(app_dir, env=env, arguments=("--enable-auth",)) as running:
        yield running


@pytest.fixture(scope="module")
def key(host: RunningHost) -> str:
    return host.wait_log("system key: ").rsplit(" ", 1)[1].strip()


def test_the_page_may_load_from_this_host_only(host: RunningHost, key: str):
    response = host.request("GET", f"/devhost/?code={key}")
    assert response.status == 200
    policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
    assert policy.pop("default-src") == "'none'"
    assert {name: policy[name] for name in ("script-src", "style-src", "img-src", "connect-src")} == {
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
    }
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["frame-ancestors"] == "'none'"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_everything_that_the_page_names_is_served_here(host: RunningHost, key: str):
    text = host.request("GET", f"/devhost/?code={key}").text
    assert "http:" not in text
    assert "https:" not in text
    for name in re.findall(r'(?:href|src)="([^#"]+)"', text):
        response = host.request("GET", f"/devhost/{name}")
        assert (response.status, "charset=utf-8" in response.headers["content-type"]) == (200, True), name


def test_the_document_without_a_key_is_401_and_still_the_page(host: RunningHost, key: str):
    refused = host.request("GET", "/devhost/")
    assert refused.status == 401
    assert refused.body == host.request("GET", f"/devhost/?code={key}").body


@pytest.mark.parametrize(("path", "status"), [("counts", 200), ("list", 200), ("instance?instanceId=x", 404)])
def test_what_the_page_reads_needs_a_key(host: RunningHost, key: str, path: str, status: int):
    assert host.request("GET", f"/devhost/{path}").status == 401
    reply = host.request("GET", f"/devhost/{path}", headers={"x-functions-key": key})
    assert reply.status == status
    assert reply.headers["cache-control"] == "no-store"


def test_the_short_address_leads_to_the_page(host: RunningHost):
    response = host.request("GET", "/devhost?code=a%20b")
    assert (response.status, response.headers["location"]) == (308, "/devhost/?code=a%20b")


@pytest.mark.parametrize(
    "path", ["../site.py", "..%2fsite.py", "page/index.html", "%2e%2e/auth.py", "main.js/", "x.js"]
)
def test_nothing_but_the_page_is_served(host: RunningHost, key: str, path: str):
    assert host.request("GET", f"/devhost/{path}").status == 401
    assert host.request("GET", f"/devhost/{path}", headers={"x-functions-key": key}).status == 404


def test_nothing_is_accepted_here(host: RunningHost):
    assert host.request("POST", "/devhost/", b"{}").status == 404
