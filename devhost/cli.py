"""The command line: `devhost start` and `devhost new`."""

import argparse
import os
import sys
import traceback
from pathlib import Path

from devhost import faults
from devhost.config import ConfigError, StartError
from devhost.errors import EngineError
from devhost.functions.functions import AppError
from devhost.logs import printable, printable_lines, set_up_logging
from devhost.new_app import write_new_app
from devhost.serving.host import StartOptions, run
from devhost.serving.watch import this_command
from devhost.wire.addresses import host_name


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return the exit status; an error at the start is one sentence on stderr and status 1."""
    command = sys.argv[1:] if arguments is None else arguments
    parsed = _parser().parse_args(command)
    try:
        if parsed.command == "new":
            print(write_new_app(Path(parsed.folder)))
            return 0
        return _start(parsed, command)
    except (StartError, AppError, EngineError) as error:
        return _refuse(error, parsed.command == "start" and parsed.verbose)
    except KeyboardInterrupt:
        # 128 and the number of SIGINT, as shells expect.
        return 130


def _start(parsed: argparse.Namespace, command: list[str]) -> int:
    # Before anything runs, so that a test can kill the host at any point of its start.
    faults.arm(os.environ.get("DEVHOST_FAULTS", ""))
    set_up_logging(parsed.verbose, quiet=parsed.quiet)
    app = Path(parsed.app).resolve()
    state = Path(parsed.state).resolve() if parsed.state else app / ".state"
    # Noted before the start changes the folder and the environment.
    watch = this_command(command) if parsed.watch else None
    options = StartOptions(
        app=app,
        state=state,
        host=parsed.host,
        port=parsed.port,
        host_json=Path(parsed.host_json).resolve() if parsed.host_json else None,
        strict=parsed.strict,
        fsync=parsed.fsync,
        enable_auth=parsed.enable_auth,
        verbose=parsed.verbose,
        allowed_hosts=parsed.allowed_host,
        watch=watch,
    )
    try:
        return run(options)
    except (AppError, ConfigError) as error:
        if watch is None:
            raise
        _refuse(error, parsed.verbose)
        watch.wait_after_failure(app, state)


def _refuse(error: Exception, verbose: bool = False) -> int:
    cause = error.__cause__
    if verbose and cause is not None:
        print(printable_lines("".join(traceback.format_exception(cause))), file=sys.stderr)
    print(printable(f"error: {error}"), file=sys.stderr, flush=True)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="devhost", description="A local host for Python Durable Functions.")
    commands = parser.add_subparsers(dest="command", required=True)
    new = commands.add_parser("new", help="write a small durable app that runs at once")
    new.add_argument("folder", metavar="FOLDER", help="a folder that is new or empty")
    start = commands.add_parser("start", help="index a function app and serve it")
    start.add_argument("--app", default=".", metavar="DIR", help="the app's folder (default: this one)")
    start.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    start.add_argument(
        "--allowed-host",
        action="append",
        type=_host_name,
        default=[],
        metavar="NAME",
        help="another name that browsers reach this host by; its pages are trusted (may be repeated)",
    )
    start.add_argument(
        "--port", type=_port, help="the port to listen on; 0 takes a free one (default: LocalHttpPort, else 7071)"
    )
    start.add_argument("--state", metavar="DIR", help="where the task hub is kept (default: .state in the app)")
    start.add_argument("--host-json", metavar="FILE", help="read this file in place of the app's host.json")
    start.add_argument(
        "--strict", action="store_true", help="fail instances that work here but would hang on the real host"
    )
    start.add_argument("--fsync", action="store_true", help="make every commit survive a power failure")
    start.add_argument(
        "--enable-auth", action="store_true", help="ask for keys, kept in the state folder and printed when made"
    )
    start.add_argument("--watch", action="store_true", help="start anew when a file of the app changes")
    start.add_argument(
        "--verbose", action="store_true", help="list the functions, log more, show the traceback of a failed start"
    )
    start.add_argument(
        "--quiet",
        action="store_true",
        help="write no line for functions that succeed or for activities that fail: the app logs its own work",
    )
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)


def _host_name(text: str) -> str:
    try:
        return host_name(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
