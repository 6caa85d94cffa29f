"""Keys of functions, host and system, checked as on the real host; used with --enable-auth only."""

import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from devhost.config import StartError
from devhost.functions.functions import Function
from devhost.private_files import replace_file
from devhost.wire.addresses import is_loopback
from devhost.wire.wire import Incoming

_FILE = "keys.json"
_FUNCTION = "function "


class NoKeys:
    """The access of a host without keys: everybody may do everything.

    `system` takes the place of a key in management URLs.
    """

    system = "devhost"
    rpc_secret = ""
    """A part of the path of the SDK's base."""

    def opens_function(self, function: Function, incoming: Incoming) -> bool:
        """Return whether the request may run the function."""
        return True

    def opens_api(self, incoming: Incoming) -> bool:
        """Return whether the request may use the management API or the dashboard."""
        return True

    def opens_rpc(self, incoming: Incoming) -> bool:
        """Return whether the request may use the SDK's base through the public port."""
        return True

    def opens_admin(self, incoming: Incoming) -> bool:
        """Return whether the request may use the host's administration."""
        return True


@dataclass(frozen=True)
class Keys:
    """The keys of one state folder.

    `master` opens everything, `host` every function, `system` the management API and the dashboard, and each of
    `functions` the function of that name (in lower case).
    """

    master: str
    host: str
    system: str
    functions: dict[str, str]
    # The SDK's client sends no key, so its path is a secret.
    rpc_secret: str = field(default_factory=lambda: "/" + secrets.token_urlsafe(24))

    def opens_function(self, function: Function, incoming: Incoming) -> bool:
        """Return whether the request may run the function, by the auth level of its trigger."""
        level = str(function.trigger.get("authLevel") or "FUNCTION").upper()
        # Levels as on the real host; without one, a function needs its key.
        if level == "ANONYMOUS":
            return True
        own = [self.host, self.functions[function.name.lower()]] if level == "FUNCTION" else []
        return _carries(incoming, [self.master, *own])

    def opens_api(self, incoming: Incoming) -> bool:
        """Return whether the request may use the management API or the dashboard."""
        return _carries(incoming, [self.master, self.system])

    def opens_rpc(self, incoming: Incoming) -> bool:
        """Return whether the request may use the SDK's base through the public port: it comes from this machine."""
        return is_loopback(incoming.peer)

    def opens_admin(self, incoming: Incoming) -> bool:
        """Return whether the request may use the host's administration."""
        return _carries(incoming, [self.master])


Access = NoKeys | Keys


def read_keys(state: Path, functions: Sequence[Function]) -> tuple[Keys, list[str]]:
    """Read the keys of the state folder and make the missing ones; return also a line to print for each new key."""
    path = state / _FILE
    try:
        content: Any = json.loads(path.read_text()) if path.exists() else {}
        stored = {str(name): str(key) for name, key in content.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise StartError(f"{path}: the keys cannot be read: {error}; delete the file to get new ones.") from None
    made: dict[str, str] = {}
    for name in _key_names(functions):
        if name not in stored:
            made[name] = secrets.token_urlsafe(30)
    if made:
        stored = {**stored, **made}
        try:
            replace_file(path, json.dumps(stored, indent=1))
        except OSError as error:
            raise StartError(f"{path}: the keys cannot be written: {error.strerror}.") from None
    return _keys(stored), [f"{name} key: {key}" for name, key in made.items()]


def _key_names(functions: Sequence[Function]) -> list[str]:
    names = ["master", "host", "system"]
    for function in functions:
        if function.kind == "http":
            names.append(_FUNCTION + function.name.lower())
    return names


def _keys(stored: dict[str, str]) -> Keys:
    functions: dict[str, str] = {}
    for name, key in stored.items():
        if name.startswith(_FUNCTION):
            functions[name.removeprefix(_FUNCTION)] = key
    return Keys(stored["master"], stored["host"], stored["system"], functions)


def _carries(incoming: Incoming, keys: Sequence[str]) -> bool:
    """Return whether the header `x-functions-key` or the query's `code` is one of the keys."""
    codes = [value for name, value in parse_qsl(incoming.query) if name.lower() == "code"]
    sent = [incoming.header("x-functions-key") or "", *codes]
    # In constant time for each pair, so that the time of a refusal says nothing about a key.
    return any(hmac.compare_digest(code.encode(), key.encode()) for code in sent for key in keys)
