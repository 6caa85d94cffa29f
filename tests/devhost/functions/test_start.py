"""Anything that keeps the host from starting, or ends it, is one clear sentence and a non-zero exit."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from devhost.testing import running_host

ROOT = Path(__file__).parents[3]
HEAD = "import azure.functions as func, azure.durable_functions as df\napp = df.DFApp()\n"
MakeApp = Callable[..., Path]


def start(app: Path, *arguments: str, **env: str) -> tuple[int, str, str]:
    """Run `start` until it ends by itself, and return its status, standard output and standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "devhost", "start", "--app", str(app), "--port", "0", *arguments],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def make_app(tmp_path: Path) -> MakeApp:
    def make(code: str, host_json: str = '{"version": "2.0"}') -> Path:
        app = tmp_path / "app"
        app.mkdir(exist_ok=True)
        (app / "function_app.py").write_text(HEAD + code)
        (app / "host.json").write_text(host_json)
        return app

    return make


BROKEN_APPS = [
    ("import nothing_like_this", "function_app.py cannot be imported: ModuleNotFoundError"),
    ("def broken(:", "function_app.py cannot be imported: SyntaxError"),
    ("another = func.FunctionApp()", "exactly one function app"),
    ("del app", "exactly one function app"),
    ("@app.activity_trigger(input_name='data')\ndef act(data): pass", "must not be called 'data'"),
    (
        "@app.activity_trigger(input_name='x')\ndef act(y): pass",
        "Function 'act' (function_app.py:3) has no parameter for its binding 'x'",
    ),
    ("@app.activity_trigger(input_name='x')\ndef act(x, y): pass", "the parameter 'y' without a binding"),
    ("@app.route(route='a')\ndef one(req): pass\n@app.route(route='b')\ndef one(req): pass", "one"),
    (
        "@app.route(route='a/{x:nope}')\ndef one(req): pass",
        "Function 'one' (function_app.py:3): the route 'a/{x:nope}' is not valid",
    ),
    ("@app.orchestration_trigger(context_name='context', orchestration='@x')\ndef o(context): pass", "'@'"),
    (
        "@app.timer_trigger(schedule='* * *', arg_name='t')\ndef tick(t): pass",
        "Function 'tick' (function_app.py:3): the schedule '* * *'",
    ),
    ("@app.timer_trigger(schedule='61 * * * * *', arg_name='t')\ndef tick(t): pass", "'61' is not a second"),
    ("@app.timer_trigger(schedule='%NOT_SET%', arg_name='t')\ndef tick(t): pass", "names the setting 'NOT_SET'"),
    ("@app.function_name('x')\ndef no_trigger(): pass", "does not have a trigger"),
]


@pytest.mark.parametrize(("code", "sentence"), BROKEN_APPS)
def test_a_broken_app_is_named_and_ends_the_start(make_app: MakeApp, code: str, sentence: str) -> None:
    status, _, errors = start(make_app(code))
    assert status == 1
    last = errors.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert sentence in last
    assert "Traceback" not in errors


def test_verbose_shows_the_traceback_of_what_fails_the_start(make_app: MakeApp) -> None:
    status, _, errors = start(make_app("import nothing_like_this"), "--verbose")
    assert status == 1
    assert "Traceback" in errors
    assert "function_app.py cannot be imported: ModuleNotFoundError" in errors.strip().splitlines()[-1]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux answers on all of 127.0.0.0/8")
def test_only_this_machine_s_loopback_is_listened_on_unless_told_otherwise(make_app: MakeApp) -> None:
    def answers_elsewhere(*arguments: str) -> bool:
        with running_host(make_app(""), arguments=arguments) as host:
            try:
                socket.create_connection(("127.0.0.2", int(host.url.rsplit(":", 1)[1])), timeout=5).close()
            except ConnectionRefusedError:
                return False
            return True

    assert not answers_elsewhere()
    assert answers_elsewhere("--host", "0.0.0.0")


def test_a_broken_host_json_ends_the_start_naming_file_and_key(make_app: MakeApp) -> None:
    app = make_app("", '{"version": "2.0", "functionTimeout": "soon"}')
    status, _, errors = start(app)
    assert (status, errors.count("\n")) == (1, 1)
    assert f"{app / 'host.json'}: key 'functionTimeout'" in errors


def test_a_folder_without_an_app_says_so(tmp_path: Path) -> None:
    status, _, errors = start(tmp_path)
    assert status == 1
    assert "There is no function_app.py in" in errors
    status, _, errors = start(tmp_path / "nowhere")
    assert status == 1
    assert "There is no folder" in errors


def test_a_port_in_use_says_so(make_app: MakeApp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, _, errors = start(make_app(""), "--port", port)
    assert (status, errors) == (
        1,
        f"error: Port {port} on 127.0.0.1 is in use; stop the other program or choose another port.\n",
    )


@pytest.mark.parametrize("port", ["x", "-1", "65536"])
def test_a_port_that_is_none_is_refused(make_app: MakeApp, port: str) -> None:
    status, _, errors = start(make_app(""), f"--port={port}")
    assert status == 2
    assert "is not a port" in errors


def test_a_second_host_on_the_same_state_says_so(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app("")
    with running_host(app, state_dir=tmp_path / "state"):
        status, _, errors = start(app, "--state", str(tmp_path / "state"))
    last = errors.strip().splitlines()[-1]
    assert (status, "Traceback" in errors) == (1, False)
    assert last.startswith("error: ")
    assert str(tmp_path / "state") in last


def test_a_damaged_database_says_so(make_app: MakeApp, tmp_path: Path) -> None:
    app, state = make_app(""), tmp_path / "state"
    with running_host(app, state_dir=state):
        pass
    (hub,) = state.glob("*.db")
    hub.write_bytes(b"this is not a database" * 1000)
    status, _, errors = start(app, "--state", str(state))
    last = errors.strip().splitlines()[-1]
    assert (status, "Traceback" in errors) == (1, False)
    assert last.startswith("error: ")
    assert str(hub) in last


def test_the_app_s_folder_comes_first_and_the_start_folder_is_not_searched(make_app: MakeApp) -> None:
    app = make_app(f"import sys\nprint('search', sys.path[0], 'CWD' if {str(ROOT)!r} in sys.path else 'clean')")
    with running_host(app) as host:
        assert f"search {app} clean" in host.logs


def test_a_clean_stop_runs_the_exit_functions_of_the_app_and_does_not_wait_for_them(make_app: MakeApp) -> None:
    app = make_app(
        "import atexit, time\n"
        "atexit.register(time.sleep, 60)\n"  # runs last
        "atexit.register(print, 'the app has closed its files', flush=True)\n"
    )
    with running_host(app) as host:
        assert host.stop(30) == 0
        assert "the app has closed its files" in host.logs


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_host_before_the_work_under_way_is_done(make_app: MakeApp, number: signal.Signals) -> None:
    app = make_app(
        "import time\n"
        "@app.route(route='a', auth_level='ANONYMOUS')\ndef slow(req: func.HttpRequest) -> str:\n"
        "    print('working', flush=True)\n    time.sleep(60)\n    return 'late'\n"
    )
    with running_host(app) as host:
        with socket.create_connection(("127.0.0.1", int(host.url.rsplit(":", 1)[1]))) as client:
            client.sendall(b"GET /api/a HTTP/1.1\r\nHost: localhost\r\n\r\n")
            host.wait_log("working")
            started = time.monotonic()
            os.kill(host.pid, number)
            assert host.wait_end() == 0
            assert time.monotonic() - started < 30
        # The end of `running_host` stops a host, so there must be one.
        host.start()


def test_warnings_say_what_the_real_host_would_refuse(make_app: MakeApp) -> None:
    app = make_app(
        "@app.orchestration_trigger(context_name='ctx')\ndef o(ctx): return 1\n"
        "@app.orchestration_trigger(context_name='context')\nasync def p(context): return 1\n"
        "@app.route(route='a')\n@app.durable_client_input(client_name='client')\ndef sync(req, client): pass\n"
        "@app.route(route='b')\ndef typed(req: dict) -> str: return ''\n"
    )
    with running_host(app, strict=False) as host:
        assert "Function 'o' (function_app.py:3): the real worker refuses the app, because of context_name" in host.logs
        assert "Function 'p' (function_app.py:5) is async" in host.logs
        assert "Function 'sync' (function_app.py:7) has a durable client but is not async" in host.logs
        assert "Function 'typed' (function_app.py:10): the real worker refuses the app, because 'req'" in host.logs


def test_in_strict_mode_what_the_real_host_would_not_start_ends_the_start(make_app: MakeApp) -> None:
    status, _, errors = start(
        make_app("@app.activity_trigger(input_name='x')\ndef act(x: list[str]): pass"), "--strict"
    )
    last = errors.strip().splitlines()[-1]
    assert status == 1
    assert last.startswith("error: Function 'act' (function_app.py:3): the real worker refuses the app, because 'x'")
    assert last.endswith("(--strict).")


def test_a_host_json_in_the_start_folder_is_read_by_this_host_alone(make_app: MakeApp) -> None:
    code = "import devhost.cli, sys\nsys.exit(devhost.cli.main(['start', '--app', '.', '--port', '0', '--strict']))"

    def run_there(host_json: str) -> tuple[int, str]:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, cwd=make_app("", host_json), env=env, capture_output=True, text=True, timeout=30, check=False
        )
        return done.returncode, done.stderr

    status, errors = run_there('{"version": "2.0" "extensions": {}}')
    assert (status, errors.count("\n")) == (1, 1)
    assert "host.json: is not valid JSON" in errors
    status, errors = run_there('{"version": "2.0",}')
    assert status == 1
    assert "azure-functions-durable reads this file without comments" in errors.splitlines()[-1]
