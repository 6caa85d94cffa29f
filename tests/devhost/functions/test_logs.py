"""The lines in the terminal about a run, and about a call that cannot be made."""

import io
import json
import logging
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from devhost.engine.http_activity import HttpCalls
from devhost.engine.http_headers import response_headers
from devhost.hub.rows import Work
from devhost.logs import RunLog, RunReport, log, printable, report_function, report_warning, set_up_logging
from devhost.protocol.events import Event
from devhost.protocol.failure_texts import activity_failure
from devhost.serving.announcement import say_ready
from devhost.testing import running_host

API = "/runtime/webhooks/durabletask"
FORGED = "[2026-01-01T00:00:00.000Z] Executed 'Functions.forged' (Succeeded, 1 ms, http 200)"
LINE_BREAKS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"]
OTHER_CONTROLS = ["\x00", "\x08", "\x1b[2J", "\x1b]0;title\x07", "\x7f", "\x9b2J", "\u202e", "\u2066"]


@pytest.fixture
def stream() -> Generator[io.StringIO, None, None]:
    """Let the log write to a stream, and yield that."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    set_up_logging(True, written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    log.setLevel(logging.NOTSET)


@pytest.mark.parametrize("control", LINE_BREAKS + OTHER_CONTROLS, ids=ascii)
def test_no_control_character_of_a_client_reaches_the_terminal(stream: io.StringIO, control: str) -> None:
    odd = f"one{control}{FORGED}"
    runs = RunLog(stream)
    runs.add(RunReport(odd, "orchestration", odd, 0.001))
    runs.add(RunReport("o", "activity", "i", 0.001, odd))
    runs.flush()
    report_warning(odd, odd)
    report_function(odd, 0.1, odd, odd)
    log.debug("GET /%s", odd)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 5
    assert not any(line.startswith(FORGED) for line in lines)
    assert all(letter.isprintable() for line in lines for letter in line)
    assert printable(control).isascii()


def test_a_quiet_log_has_no_runs_that_went_well_and_no_failed_activities() -> None:
    stream = io.StringIO()
    runs_level = logging.getLogger("devhost.runs").level
    root = logging.getLogger()
    handlers, level, own_level = root.handlers[:], root.level, log.level
    try:
        set_up_logging(False, stream, quiet=True)
        runs = RunLog(stream)
        for kind in ("activity", "orchestration", "entity"):
            runs.add(RunReport(f"good {kind}", kind, "i", 0.001))
            runs.add(RunReport(f"bad {kind}", kind, "i", 0.001, "ValueError: no"))
        runs.flush()
        report_function("good function", 0.1, None, "http 200")
        report_function("bad function", 0.1, "ValueError: no", "http 500")
        report_warning("i", "The app hangs")
        logging.getLogger("app").info("a step of the app")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        log.setLevel(own_level)
        logging.getLogger("devhost.runs").setLevel(runs_level)
    written = re.findall("good [a-z]+|bad [a-z]+|hangs|a step", stream.getvalue())
    assert written == ["bad orchestration", "bad entity", "bad function", "hangs", "a step"]


def test_half_a_character_is_escaped_too(stream: io.StringIO) -> None:
    # Not through a logger: pytest keeps what is logged, and cannot send half a character between its processes.
    runs = RunLog(stream)
    runs.add(RunReport("one\udc80", "orchestration", "i", 0.001))
    runs.flush()
    assert "'one\\udc80'" in stream.getvalue()


def test_further_lines_of_the_app_s_log_and_of_tracebacks_are_indented(stream: io.StringIO) -> None:
    logging.getLogger("app").warning("first\n%s\x1b[2J", FORGED)
    try:
        raise ValueError(f"no\n{FORGED}\x1b[2J")
    except ValueError:
        log.exception("It broke")
        logging.getLogger("app").exception("It broke\n%s", FORGED)
    text = stream.getvalue()
    assert text.count(f"\n    {FORGED}\\x1b[2J") == 3
    assert f"\n{FORGED}" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    "address",
    [
        "/runtime/webhooks/durabletask/instances?code={}&top=3",
        "http://localhost:7071/api/a?x=1&CODE={}",
        "/api/a?%63%6F%64%65={}#there",
        "GET '/api/a?code={}' failed",
        "http://127.0.0.1:17071/durabletask/{}/instances/a",
    ],
)
def test_no_address_in_the_log_shows_a_key(stream: io.StringIO, address: str) -> None:
    key = "aB3-_" * 6 + "xy"
    log.debug("%s", address.format(key))
    logging.getLogger("aiohttp").warning("%s", address.format(key))
    report_function("f", 0.1, address.format(key), "http 200")
    assert key not in stream.getvalue()
    assert stream.getvalue().count(address.format("***")) == 3


def test_what_is_no_key_stays_in_the_log() -> None:
    name = "a_name_of_32_characters_or_so_or"
    text = f"/api/a?zipcode=1&decode=2 code=7 /durabletask/instances /durabletask/orchestrators/{name}"
    assert printable(text) == text


def test_a_running_host_writes_neither_forged_lines_nor_keys(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text(
        "import azure.functions as func, azure.durable_functions as df\n"
        "app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)\n"
        "@app.orchestration_trigger(context_name='context')\n"
        "def fails(context):\n"
        "    yield context.call_activity('refuse', context.get_input())\n"
        "@app.activity_trigger(input_name='text')\n"
        "def refuse(text: str) -> str:\n    raise ValueError(text)\n"
        "@app.route(route='raises')\n"
        "def raises(req: func.HttpRequest) -> str:\n    raise ValueError(req.get_body().decode())\n"
    )
    odd = f"x\n{FORGED}\x1b[2J"
    quoted = odd.replace("\n", "%250A").replace("\x1b", "%251B").replace(" ", "%2520").replace("'", "%2527")
    with running_host(tmp_path, arguments=("--verbose", "--enable-auth")) as host:
        key = host.wait_log("system key: ").rsplit(" ", 1)[1].strip()
        path = f"{API}/orchestrators/fails/{quoted}?timeout=30&pollingInterval=1&code={key}"
        assert host.request("POST", path, json.dumps(odd)).status == 200
        assert host.request("POST", f"{API}/orchestrators/{quoted}?code={key}").status == 202
        host.request("POST", "/api/raises", odd.encode())
        host.wait_log("Functions.raises' (Failed")
        host.wait_log("POST /api/raises: 500")
    before, after = host.logs.split("ready: ", 1)
    assert FORGED in after
    assert not any(line.startswith(FORGED) for line in after.splitlines())
    assert "\x1b" not in after
    assert before.count(key) == 1
    assert key not in after


def test_a_failed_orchestration_is_told_without_the_stack_s_json() -> None:
    reason, details = activity_failure("act", "ValueError: no ü", "  File ...\n")
    output = f"Orchestrator function 'o' failed: {reason} \n {details}"
    stream = io.StringIO()
    runs = RunLog(stream)
    runs.add(RunReport("o", "orchestration", "i", 0.001, output))
    runs.flush()
    [line] = stream.getvalue().splitlines()
    assert line.endswith("Orchestrator function 'o' failed: Activity function 'act' failed:  ValueError: no ü")


def test_all_lines_are_in_the_order_of_their_times() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        runs = RunLog(stream)
        runs.add(RunReport("first", "activity", "i", 0.001))
        logging.getLogger("app").warning("second")
        runs.add(RunReport("third", "activity", "i", 0.001))
        runs.flush()
    finally:
        root.removeHandler(handler)
    words = re.findall("first|second|third", stream.getvalue())
    assert words == ["first", "second", "third"]


def call(request: dict[str, Any]) -> Event:
    calls = HttpCalls()
    try:
        return calls.call(Work(1, 0, "i", "http", "http", json.dumps(request))).result(10).event
    finally:
        calls.close()


@pytest.mark.parametrize(
    ("uri", "kind", "text"),
    [
        ("no address", "System.InvalidOperationException", "An invalid request URI was provided. Either the request"),
        ("api/x", "System.InvalidOperationException", "An invalid request URI was provided. Either the request"),
        ("http://[", "System.InvalidOperationException", "An invalid request URI was provided. Either the request"),
        ("/api/x", "System.NotSupportedException", "The 'file' scheme is not supported."),
        ("ftp://host/x", "System.NotSupportedException", "The 'ftp' scheme is not supported."),
    ],
)
def test_a_call_of_what_is_no_address_fails_as_an_invalid_operation(uri: str, kind: str, text: str) -> None:
    event = call({"method": "GET", "uri": uri})
    assert event["Reason"].startswith(text)
    assert event["Details"].startswith(f"Unhandled exception while executing task: {kind}: {text}")
    details = event["FailureDetails"]
    assert (details["ErrorType"], details["ErrorMessage"]) == (kind, event["Reason"])
    assert (details["InnerFailure"], details["IsNonRetriable"]) == (None, False)


def test_multipart_content_fails_in_the_extension_s_words() -> None:
    event = call({"method": "POST", "uri": "http://x", "headers": {"Content-Type": "multipart/form-data"}})
    assert event["Reason"] == "Multipart content is not supported with CallHttpAsync."
    assert event["FailureDetails"]["ErrorType"].endswith(".FunctionFailedException")


def test_headers_of_a_response_keep_their_order_and_get_the_spelling_of_dotnet() -> None:
    sent = [
        (b"Date", b"now"),
        (b"retry-after", b"1"),
        (b"location", b"/a"),
        (b"x-One", b"1"),
        (b"Content-Type", b"text/plain"),
        (b"etag", b"e"),
        (b"X-Two", b"a"),
        (b"set-cookie", b"a=1"),
        (b"x-two", b"b"),
        (b"Expires", b"0"),
    ]
    assert list(response_headers(sent).items()) == [
        ("Date", "now"),
        ("Retry-After", "1"),
        ("Location", "/a"),
        ("x-One", "1"),
        ("ETag", "e"),
        ("X-Two", ["a", "b"]),
        ("Set-Cookie", "a=1"),
    ]


def test_the_line_that_says_ready_is_one_write_which_no_log_line_can_part(monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[str] = []

    class Output(io.StringIO):
        def write(self, text: str) -> int:
            writes.append(text)
            return len(text)

    monkeypatch.setattr("sys.stdout", Output())
    say_ready("localhost", 7071)
    assert [text for text in writes if text] == ["ready: http://localhost:7071\n"]
