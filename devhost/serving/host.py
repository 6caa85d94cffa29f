"""One run of the host: read the configuration, index the app, claim port and state, serve, and stop in order."""

import asyncio
import atexit
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

from devhost.auth import Access, NoKeys, read_keys
from devhost.config import (
    HostConfig,
    StartError,
    export_settings,
    read_host_config,
    read_local_settings,
)
from devhost.config_notes import hub_name_warning, strict_json_refusal, unused_keys
from devhost.dashboard.site import DASHBOARD_PATH, Dashboard
from devhost.engine.engine import Engine
from devhost.functions.binding import RPC_PATH, Endpoints, client_binding
from devhost.functions.functions import AppError, IndexedApp
from devhost.functions.http_functions import Endpoint, HttpFunctions, http_endpoints
from devhost.functions.invocation import Invoker
from devhost.functions.loading import load_app
from devhost.functions.timers import TimerFunction, TimerFunctions, timer_functions
from devhost.logs import RunLog, log, report_warning
from devhost.management.control import TESTING_PATH, TESTING_SECRET, TestingControl
from devhost.management.management import Management
from devhost.serving.announcement import announce, say_ready
from devhost.serving.cors import Cors
from devhost.serving.guard import Guard
from devhost.serving.listeners import public_listener, rpc_listener
from devhost.serving.server import GRACE, AnswerBelow, Sites, serve
from devhost.serving.watch import Watch, wait_for_change
from devhost.wire.addresses import host_name

DEFAULT_PORT = 7071


@dataclass(frozen=True)
class StartOptions:
    """The options of the command line; paths are absolute. Port 0 takes a free one, None the app's or the default."""

    app: Path
    state: Path
    host: str = "127.0.0.1"
    port: int | None = None
    host_json: Path | None = None
    strict: bool = False
    fsync: bool = False
    enable_auth: bool = False
    verbose: bool = False
    allowed_hosts: Sequence[str] = ()
    watch: Watch | None = None


def run(options: StartOptions) -> int:
    """Serve the app until SIGINT or SIGTERM and return the exit status. Raises StartError and HubError."""
    root = options.app
    if not root.is_dir():
        raise StartError(f"There is no folder {root}; pass the folder of a function app with --app.")
    settings = read_local_settings(root)
    export_settings(settings.values)
    requested = settings.port or DEFAULT_PORT if options.port is None else options.port
    # First of all: a port in use should fail the start before the app's code runs.
    listener = public_listener(options.host, requested)
    port = int(listener.getsockname()[1])
    # Before the app is imported: the SDK reads these variables then.
    _set_environment(root, port)
    config = read_host_config(root, path=options.host_json)
    _say_what_is_assumed(options, config)
    _leave_start_folder(root)
    app = load_app(root)
    functions = http_endpoints(app, config.route_prefix)
    for note in unused_keys(settings, config):
        log.info("%s", note)
    refusals = [*filter(None, [strict_json_refusal(options.host_json or root / "host.json")]), *app.refusals]
    warnings = filter(None, [hub_name_warning(config.hub_name), *app.warnings, *refusals])
    for warning in warnings:
        log.warning("%s", warning)
    if options.strict and refusals:
        raise AppError(f"{refusals[0]} (--strict).")
    served = _Served(app, functions, timer_functions(app))
    cors = Cors(settings.cors, credentials=settings.cors_credentials)
    # Without a name the host listens on every address.
    names = [host_name(options.host or "0.0.0.0")]  # noqa: S104 - compared, not bound
    guard = Guard(names, options.allowed_hosts, cors)
    return asyncio.run(_Run(options, config, served, guard, listener).serve())


@dataclass(frozen=True)
class _Served:
    """An app with its HTTP and timer functions."""

    app: IndexedApp
    http: Sequence[Endpoint]
    timers: Sequence[TimerFunction]


class _Run:
    """The parts that run between start and stop.

    They are the HTTP loop (the caller's), the loop of the app's async code, and the engine. The app has its own loop,
    so that code that blocks it cannot block the management API that this code itself may call.
    """

    def __init__(
        self, options: StartOptions, config: HostConfig, served: _Served, guard: Guard, listener: socket.socket
    ) -> None:
        self._options, self._config, self._served, self._listener = options, config, served, listener
        self._guard = guard
        self._port = int(listener.getsockname()[1])
        self._stop = asyncio.Event()
        self._broken: BaseException | None = None

    async def serve(self) -> int:
        """Serve until a signal, a change of the app under `--watch`, or an error of the engine."""
        loop = asyncio.get_running_loop()
        user_loop = asyncio.new_event_loop()
        threading.Thread(target=user_loop.run_forever, name="user code", daemon=True).start()
        runs = RunLog()
        sdk_listener = rpc_listener(self._port)
        access, key_lines = self._access()
        rpc_path = RPC_PATH + access.rpc_secret
        endpoints = self._endpoints(sdk_listener, rpc_path, access.system)
        engine = self._engine(user_loop, endpoints, runs)
        engine.start()
        app = self._served.app
        threads = ThreadPoolExecutor(_thread_count(), "http function")
        invoker = Invoker(
            app.root,
            endpoints,
            user_loop,
            threads,
            self._config.function_timeout,
        )
        timers = TimerFunctions(self._served.timers, invoker, self._options.state)
        sites = Sites(
            HttpFunctions(self._served.http, invoker),
            Management(engine, endpoints),
            timers,
            self._guard,
            rpc_path,
            access,
            [*_testing_sites(engine), (DASHBOARD_PATH, Dashboard(engine, access).answer)],
        )
        limit, folder = self._config.body_limit, self._options.state
        runners = [
            await serve(sites.public, self._listener, limit, sites.refusal, folder),
            await serve(sites.rpc, sdk_listener, limit, sites.refusal, folder),
        ]
        self._handle_signals(loop)
        announce(app, self._served.http, endpoints, key_lines, verbose=self._options.verbose)
        say_ready(self._options.host, self._port)
        timers.start()
        watch = self._options.watch
        change = asyncio.create_task(self._watch(watch)) if watch else None
        await self._stop.wait()
        log.info("Stopping")
        # All at once, since each may need the whole time.
        ends = [asyncio.create_task(runner.cleanup()) for runner in runners]
        ends.append(asyncio.create_task(timers.stop()))
        ends.append(asyncio.create_task(asyncio.to_thread(engine.stop, GRACE)))
        await asyncio.wait(ends, timeout=GRACE + 0.5)
        runs.flush()
        if self._broken is not None:
            log.error("%s", self._broken)
        await asyncio.to_thread(_run_exit_functions)
        if self._broken is not None:
            _leave(1)
        if watch and change and change.done():
            watch.restart(change.result(), self._port)
        _leave(0)

    def _engine(self, user_loop: asyncio.AbstractEventLoop, endpoints: Endpoints, runs: RunLog) -> Engine:
        loop = asyncio.get_running_loop()

        def on_broken(error: BaseException) -> None:
            loop.call_soon_threadsafe(self._break, error)

        return Engine(
            self._served.app,
            self._config,
            self._options.state,
            user_loop=user_loop,
            strict=self._options.strict,
            on_run=runs.add,
            on_warning=report_warning,
            on_broken=on_broken,
            client_text=partial(client_binding, endpoints),
            fsync=self._options.fsync,
        )

    async def _watch(self, watch: Watch) -> Path:
        changed = await wait_for_change(self._served.app.root, self._options.state, watch.since)
        self._stop.set()
        return changed

    def _access(self) -> tuple[Access, list[str]]:
        if not self._options.enable_auth:
            return NoKeys(), []
        return read_keys(self._options.state, self._served.app.functions)

    def _handle_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        def handle(_number: int, _frame: object) -> None:
            loop.call_soon_threadsafe(self._request_stop)

        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, self._request_stop)
            except NotImplementedError:  # Windows
                signal.signal(number, handle)

    def _request_stop(self) -> None:
        # A second signal does not wait for the orderly stop.
        if self._stop.is_set():
            _leave(130)
        self._stop.set()

    def _break(self, error: BaseException) -> None:
        self._broken = self._broken or error
        self._stop.set()

    def _endpoints(self, sdk_listener: socket.socket, rpc_path: str, code: str) -> Endpoints:
        rpc_port = sdk_listener.getsockname()[1]
        return Endpoints(
            public_origin=f"http://localhost:{self._port}",
            rpc_base_url=f"http://127.0.0.1:{rpc_port}{rpc_path}/",
            hub_name=self._config.hub_name,
            code=code,
        )


def _testing_sites(engine: Engine) -> list[tuple[str, AnswerBelow]]:
    # Taken out of the environment, so that the app and its children do not see the secret.
    secret = os.environ.pop(TESTING_SECRET, "")
    return [(TESTING_PATH, TestingControl(engine, secret).answer)] if secret else []


def _set_environment(root: Path, port: int) -> None:
    os.environ["FUNCTIONS_WORKER_RUNTIME"] = "python"
    os.environ["AzureWebJobsScriptRoot"] = str(root)  # noqa: SIM112 - the SDK's own spelling
    os.environ["WEBSITE_HOSTNAME"] = f"localhost:{port}"
    os.environ.setdefault("AZURE_FUNCTIONS_ENVIRONMENT", "Development")


def _say_what_is_assumed(options: StartOptions, config: HostConfig) -> None:
    """Log the settings that stand in for those of a host.json that is not there."""
    if options.host_json is None and not (options.app / "host.json").exists():
        log.warning(
            "There is no host.json in %s, and Core Tools need one. Assumed: version 2.0, routes that begin with /%s, "
            "the task hub %s, and the defaults of Core Tools for everything else",
            options.app,
            config.route_prefix,
            config.hub_name,
        )


def _leave_start_folder(root: Path) -> None:
    """Take the folder that `python -m` was run in off the module path: its packages could hide the app's."""
    if sys.path and sys.path[0] == os.getcwd() and Path(sys.path[0]) != root:
        del sys.path[0]


def _thread_count() -> int | None:
    text = os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT", "")
    return int(text) if text.isdecimal() and int(text) > 0 else None


def _leave(status: int) -> NoReturn:
    """End the process at once: threads that run user code cannot be waited for."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _run_exit_functions() -> None:
    """Run what the app has registered with `atexit`, as the end of a real worker does, for a bounded time."""
    # `os._exit` leaves them out, and the public ways to run them wait for threads of the app that may never end.
    exits = threading.Thread(target=atexit._run_exitfuncs, daemon=True)  # pyright: ignore[reportPrivateUsage]
    exits.start()
    exits.join(GRACE)
