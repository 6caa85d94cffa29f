"""The host as a tool of its own: apps from anywhere, and nothing of this repository on their path."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from devhost.testing import running_host

GREET = "/runtime/webhooks/durabletask/orchestrators/greet_everybody?timeout=30&pollingInterval=1"
ROOT = Path(__file__).parents[3]
HEAD = """
import json, sys
import azure.functions as func, azure.durable_functions as df
app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
"""
# Tells where the app's `agents` comes from, and what else of a folder the process has loaded.
TELLING = """
import agents
@app.route(route="told")
def told(req: func.HttpRequest) -> str:
    files = {name: getattr(module, "__file__", None) or "" for name, module in list(sys.modules.items())}
    return json.dumps({"agents": agents.__file__, "says": agents.SAYS, "path": sys.path, "files": files})
"""


def write_app(folder: Path, code: str, agents: str | None = None) -> Path:
    """Write an app, with a package `agents` of its own if it is given one."""
    folder.mkdir(parents=True)
    (folder / "function_app.py").write_text(HEAD + code)
    (folder / "host.json").write_text('{"version": "2.0"}')
    if agents is not None:
        write_agents(folder, agents)
    return folder


def write_agents(folder: Path, says: str) -> None:
    (folder / "agents").mkdir(parents=True)
    (folder / "agents" / "__init__.py").write_text(f"SAYS = {says!r}\n")


def of_this_repository(files: Mapping[str, str]) -> list[str]:
    """Return the modules that lie in this repository and do not belong to the host."""
    elsewhere = (str(ROOT / "devhost"), str(ROOT / ".venv"))
    own = {name: file for name, file in files.items() if file.startswith(str(ROOT))}
    return [name for name, file in own.items() if not file.startswith(elsewhere)]


def test_an_app_gets_its_own_agents_when_the_host_starts_in_this_repository(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", TELLING, "the app's own")
    with running_host(app) as host:
        told = host.request("GET", "/api/told").json()
    assert told["says"] == "the app's own"
    assert of_this_repository(told["files"]) == []
    assert str(ROOT) not in told["path"]


def test_an_app_gets_the_installed_agents_when_the_host_starts_in_this_repository(tmp_path: Path) -> None:
    write_agents(tmp_path / "installed", "the package")
    app = write_app(tmp_path / "app", TELLING)
    with running_host(app, env={"PYTHONPATH": str(tmp_path / "installed")}) as host:
        assert host.request("GET", "/api/told").json()["says"] == "the package"


def test_the_app_s_own_modules_win_over_installed_ones_that_the_sdk_has_loaded(tmp_path: Path) -> None:
    write_agents(tmp_path / "installed", "the package")
    app = write_app(tmp_path / "app", TELLING, "the app's own")
    with running_host(app, env={"PYTHONPATH": str(tmp_path / "installed")}) as host:
        told = host.request("GET", "/api/told").json()
    assert (told["says"], Path(told["agents"])) == ("the app's own", app / "agents" / "__init__.py")


def test_an_app_without_host_json_starts_and_hears_what_was_assumed(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", "")
    with running_host(app) as host:
        assert "There is no host.json" not in host.logs
    (app / "host.json").unlink()
    with running_host(app) as host:
        line = host.wait_log(f"There is no host.json in {app}")
        assert "version 2.0, routes that begin with /api, the task hub TestHubName" in line


def test_a_new_state_folder_stays_out_of_repositories(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", "")
    subprocess.run(["git", "init", "-q", app], check=True)
    with running_host(app, state_dir=app / ".state"):
        pass
    listed = subprocess.run(["git", "status", "--short", "-uall"], cwd=app, capture_output=True, text=True, check=True)
    assert ".state" not in listed.stdout
    (tmp_path / "used").mkdir()
    with running_host(app, state_dir=tmp_path / "used"):
        pass
    assert not (tmp_path / "used" / ".gitignore").exists()


def run(*command: str | Path, cwd: Path, expected: int = 0) -> str:
    """Run a command without the environment of these tests and return what it printed."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_new_app_is_written_into_a_new_or_empty_folder_only(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "devhost", "new"]
    folder = tmp_path / "some" / "app"
    printed = run(*command, folder, cwd=ROOT)
    assert f"devhost start --app {folder}" in printed
    names = {path.name for path in folder.iterdir()}
    assert names == {"function_app.py", "host.json", "local.settings.json", "requirements.txt", ".gitignore"}
    assert run(*command, folder, cwd=ROOT, expected=1) == f"error: {folder} is not empty; name a new folder.\n"
    (tmp_path / "file").touch()
    assert "cannot be written" in run(*command, tmp_path / "file", cwd=ROOT, expected=1)


def test_a_new_app_runs_at_once(tmp_path: Path) -> None:
    run(sys.executable, "-m", "devhost", "new", tmp_path / "app", cwd=ROOT)
    with running_host(tmp_path / "app") as host:
        started = host.request("POST", "/api/greetings", ["Ada"])
        assert started.status == 202
        # The input as the SDK's client sends it: a JSON text in a JSON text.
        instance = host.request("POST", GREET, json.dumps(["Ada"]))
        assert instance.json() == {"status": "greeted", "greetings": ["Hello Ada!"]}
        assert "ERROR" not in host.logs


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, which leaves nothing behind in the repository."""
    folder = tmp_path_factory.mktemp("wheel")
    before = sorted((ROOT / "devhost").rglob("*"))
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT / "devhost", cwd=folder)
    assert [path for path in sorted((ROOT / "devhost").rglob("*")) if path not in before] == []
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a fresh environment and return the folder of its programs."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    run(programs / "python", "-m", "pip", "install", "-q", f"{wheel}[watch]", cwd=folder)
    return programs


@contextmanager
def installed_host(command: Sequence[str | Path], cwd: Path) -> Generator[tuple[str, list[str]], None, None]:
    """Serve an app with the installed host; yield its address and what it printed so far."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    process = subprocess.Popen(
        [*command, "--port", "0"], cwd=cwd, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines: list[str] = []
    try:
        for line in process.stdout or ():
            lines.append(line)
            if line.startswith("ready: "):
                break
        assert lines, command
        assert lines[-1].startswith("ready: "), "".join(lines)
        yield lines[-1].removeprefix("ready: ").strip(), lines
    finally:
        process.terminate()
        process.communicate(timeout=30)


def fetched(url: str, body: object = None) -> bytes:
    request = Request(url, None if body is None else json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=60) as response:
        return response.read()


@pytest.mark.slow
def test_the_wheel_holds_the_dashboard_and_the_new_app_and_nothing_of_the_repository(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        names = set(content.namelist())
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"devhost", f"{wheel.name.split('-py3')[0]}.dist-info"}
    sources = {f"devhost/{path.relative_to(ROOT / 'devhost')}" for path in (ROOT / "devhost").rglob("*.py")}
    pages = {f"devhost/dashboard/page/{path.name}" for path in (ROOT / "devhost/dashboard/page").iterdir()}
    assert names > sources | pages | {"devhost/starter/host.json", "devhost/starter/local_settings.json"}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_installed_host_writes_and_runs_a_new_app(scripts: Path, tmp_path: Path) -> None:
    run(scripts / "devhost", "new", "app", cwd=tmp_path)
    with installed_host([scripts / "devhost", "start"], tmp_path / "app") as (url, _):
        assert json.loads(fetched(url + GREET, json.dumps(["Ada"])))["greetings"] == ["Hello Ada!"]
        assert b"Durable dashboard" in fetched(f"{url}/devhost/")
        assert json.loads(fetched(f"{url}/devhost/counts"))["kinds"][0]["outcome"] == "greeted"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("starts_in", ["the app", "this repository"])
@pytest.mark.parametrize("way", ["script", "module"])
def test_the_installed_host_runs_an_app_with_agents_of_its_own(
    scripts: Path, tmp_path: Path, starts_in: str, way: str
) -> None:
    app = write_app(tmp_path / "app", TELLING, "the app's own")
    folder = app if starts_in == "the app" else ROOT
    command = [scripts / "devhost"] if way == "script" else [scripts / "python", "-m", "devhost"]
    state = tmp_path / "state"
    with installed_host([*command, "start", "--app", app, "--state", state, "--watch"], folder) as (url, _):
        told = json.loads(fetched(f"{url}/api/told"))
    assert told["says"] == "the app's own"
    assert of_this_repository(told["files"]) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_installed_host_runs_any_app(scripts: Path, apps: Path, tmp_path: Path) -> None:
    for name, path in (("asgi", "/a"), ("wsgi", "/a"), ("features", "/api/text")):
        state = tmp_path / name
        with installed_host([scripts / "devhost", "start", "--app", apps / name, "--state", state], tmp_path) as (
            url,
            _,
        ):
            assert fetched(url + path), name
