"""HTTP functions behave as on the real host, seen from outside."""

import gzip
import http.client
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from devhost.testing import RunningHost, running_host


def test_the_request_arrives_whole(host: RunningHost) -> None:
    body = bytes(range(256))
    headers = {"X-Two": "2", "traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01"}
    echoed = host.request("POST", "/API/Echo/abc/5?a=1&a=2&empty=&b=%C5%BE", body, headers).json()
    assert echoed["method"] == "POST"
    assert echoed["url"] == f"{host.url}/API/Echo/abc/5?a=1&a=2&empty=&b=%C5%BE"
    assert echoed["params"] == {"a": "1,2", "b": "ž"}
    assert echoed["route_params"] == {"word": "abc", "n": "5"}
    assert bytes.fromhex(echoed["body"]) == body
    assert echoed["headers"]["x-two"] == "2"
    assert echoed["function_name"] == "echo"
    assert echoed["thread_invocation_id"] == echoed["invocation_id"]
    assert Path(echoed["function_directory"]) == host.app_dir
    assert echoed["traceparent"] == headers["traceparent"]
    assert echoed["retry_count"] == 0


def test_repeated_headers_are_joined(host: RunningHost) -> None:
    where = urlsplit(host.url)
    # The client of `host.request` takes headers as a dictionary, which holds no name twice.
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    connection.putrequest("GET", "/api/echo/abc")
    for value in ("one", "two"):
        connection.putheader("X-Many", value)
    connection.endheaders()
    echoed = connection.getresponse().read().decode()
    connection.close()
    assert '"x-many": "one,two"' in echoed
    assert '"route_params": {"word": "abc"}' in echoed


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/echo/abc1"),
        ("GET", "/api/echo/abc/x"),
        ("PUT", "/api/echo/abc"),
        ("GET", "/api/binary"),
        ("HEAD", "/api/empty"),
        ("GET", "/api/nothing"),
        ("GET", "/echo/abc"),
        ("GET", "/api/switched-off"),
        ("GET", "/api/has_another_name"),
    ],
)
def test_a_path_or_method_without_function_is_404_with_no_body(host: RunningHost, method: str, path: str) -> None:
    response = host.request(method, path)
    assert (response.status, response.body) == (404, b"")


def test_async_functions_see_local_settings_and_json(host: RunningHost) -> None:
    response = host.request("POST", "/api/async", {"a": [1]})
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {"setting": "from the file", "json": {"a": [1]}}


def test_bodies_are_bytes_both_ways(host: RunningHost) -> None:
    response = host.request("POST", "/api/binary", bytes(range(256)))
    assert (response.status, response.headers["content-type"]) == (201, "application/octet-stream")
    assert response.body == bytes(reversed(range(256)))


def test_a_compressed_body_arrives_as_it_was_sent(host: RunningHost) -> None:
    body = gzip.compress(b"something")
    assert host.request("POST", "/api/binary", body, {"Content-Encoding": "gzip"}).body == body[::-1]


def test_a_header_may_be_as_long_as_on_the_real_host(host: RunningHost) -> None:
    # Kestrel takes 32 KiB of headers, and tokens of a login get that long.
    assert host.request("GET", "/api/text", headers={"Authorization": "x" * 30_000}).status == 200


@pytest.mark.parametrize("sent", [b"GARBAGE\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"])
def test_what_is_not_http_is_a_400_and_one_line_in_the_log(host: RunningHost, sent: bytes) -> None:
    before = len(host.logs)
    where = urlsplit(host.url)
    # Over a bare socket, because no HTTP client sends this.
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        connection.sendall(sent)
        assert b" 400 " in connection.recv(100)
    assert host.request("GET", "/api/text").status == 200
    assert "Traceback" not in host.logs[before:]


def test_cookies_and_repeated_headers_of_a_response_stay_apart(host: RunningHost) -> None:
    where = urlsplit(host.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    connection.request("GET", "/api/cookies")
    response = connection.getresponse()
    response.read()
    connection.close()
    assert response.headers.get_all("Set-Cookie") == ["a=1; Path=/", "b=2; HttpOnly"]
    assert response.headers.get_all("X-Many") == ["first", "second"]
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_text_is_answered_as_plain_text(host: RunningHost) -> None:
    response = host.request("GET", "/api/text")
    assert (response.status, response.text) == (200, "ž plain")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_response_may_be_set_through_a_parameter(host: RunningHost) -> None:
    response = host.request("GET", "/api/set")
    assert (response.status, response.text) == (202, "was set")


def test_a_status_without_body_has_none(host: RunningHost) -> None:
    response = host.request("GET", "/api/empty")
    assert (response.status, response.body) == (204, b"")


@pytest.mark.parametrize("what", ["none", "dict", "int"])
def test_what_the_worker_cannot_send_is_a_500_that_the_log_explains(host: RunningHost, what: str) -> None:
    response = host.request("GET", f"/api/returns/{what}")
    assert (response.status, response.body) == (500, b"")
    assert "must return an HttpResponse or a str" in host.wait_log("'Functions.returns' (Failed")


def test_an_unhandled_error_is_an_empty_500_with_its_traceback_in_the_log(host: RunningHost) -> None:
    response = host.request("GET", "/api/raises")
    assert (response.status, response.body) == (500, b"")
    host.wait_log("Functions.raises' (Failed")
    assert 'raise LookupError("no such thing")' in host.logs


def test_a_function_that_exits_does_not_end_the_host(host: RunningHost) -> None:
    for path in ("/api/exits/now", "/api/exits-async", "/api/bad-header"):
        assert host.request("GET", path).status == 500
    assert host.request("GET", "/api/async").status == 200
    assert "the function raised SystemExit: 3" in host.logs


def test_forms_and_files_arrive(host: RunningHost) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n'
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\n\r\ncontent\r\n--b--\r\n'
    )
    response = host.request("POST", "/api/form", body, {"Content-Type": "multipart/form-data; boundary=b"})
    assert response.json() == {"form": {"a": "one"}, "files": {"f": "content"}}


def test_of_two_functions_for_a_path_the_first_by_name_answers(host: RunningHost) -> None:
    assert host.request("GET", "/api/order/1").text == "A_first"


def test_function_name_gives_the_route_and_blueprints_are_served(host: RunningHost) -> None:
    assert host.request("GET", "/api/named").text == "named"
    assert host.request("GET", "/api/files/a/b%20c/d.txt").text == "catch_all:a/b c/d.txt"
    assert "taskHub=Features" in host.request("GET", "/api/from-blueprint").text


@pytest.mark.slow
def test_a_function_that_runs_too_long_is_cut_off(host: RunningHost) -> None:
    response = host.request("GET", "/api/slow/one")
    assert (response.status, response.body) == (500, b"")
    host.wait_log("slow_async was cancelled")
    assert host.request("GET", "/api/slow-thread").status == 500
    host.wait_log("Timeout value of 00:00:02 was exceeded by function: Functions.slow_thread")


def test_the_host_s_own_pages(host: RunningHost) -> None:
    assert host.request("GET", "/").status == 200
    assert host.request("GET", "/admin/host/status").json() == {"state": "Running"}


def test_the_start_prints_functions_and_urls(host: RunningHost, apps: Path) -> None:
    assert "from_queue: not supported by this host (trigger queueTrigger)" in host.logs
    with running_host(apps / "features", arguments=("--verbose",)) as verbose:
        port = verbose.url.rsplit(":", 1)[1]
        assert f"echo: [GET,POST] http://localhost:{port}/api/echo/{{word:alpha}}/{{n:int?}}" in verbose.logs
        assert "from_queue: not supported by this host (trigger queueTrigger)" in verbose.logs
        assert "switched_off: httpTrigger (disabled)" in verbose.logs


def test_a_function_that_cannot_run_here_answers_501_and_says_why(host: RunningHost) -> None:
    answer = host.request("GET", "/api/to-queue")
    sentence = "The function 'to_queue' cannot run on this host, which does not support its binding queue."
    assert (answer.status, answer.text) == (501, sentence)
    assert "ERROR" in host.wait_log(sentence)
    assert "to_queue: not supported by this host (binding queue)" in host.logs


def test_each_run_is_a_line_with_its_duration(host: RunningHost) -> None:
    host.request("GET", "/api/named")
    assert " ms, http 200)" in host.wait_log("Executed 'Functions.named' (Succeeded")


def test_an_asgi_app_gets_the_whole_path(apps: Path) -> None:
    with running_host(apps / "asgi") as asgi:
        response = asgi.request("POST", "/some/path?x=1", b"hello")
        assert (response.status, response.headers["x-asgi"]) == (202, "yes")
        assert response.json() == {"path": "/some/path", "query": "x=1", "body": "hello", "method": "POST"}
        assert asgi.request("GET", "/").json()["path"] == "/"
        assert asgi.request("GET", "/runtime/webhooks/durabletask/instances").json() == []


def test_a_wsgi_app_gets_the_whole_path(apps: Path) -> None:
    with running_host(apps / "wsgi") as wsgi:
        response = wsgi.request("POST", "/some/path?x=1", b"hello")
        assert response.status == 203
        assert response.json() == {"path": "/some/path", "query": "x=1", "body": "hello"}


def test_a_body_above_the_limit_is_413_and_the_host_goes_on(apps: Path) -> None:
    with running_host(apps / "asgi", env={"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "1000"}) as small:
        assert small.request("POST", "/a", b"x" * 1000).status == 202
        assert small.request("POST", "/a", b"x" * 1001).status == 413
        assert (
            small.request("POST", "/runtime/webhooks/durabletask/orchestrators/o", b'"' + b"x" * 1001 + b'"').status
            == 413
        )
        assert small.request("POST", "/a", b"x").status == 202
