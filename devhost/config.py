"""The settings of host.json, local.settings.json and the environment, read once into a frozen object."""

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

# Bytes (100 MB) and seconds (30 minutes): the real host's defaults for a local run.
DEFAULT_BODY_LIMIT = 104_857_600
DEFAULT_FUNCTION_TIMEOUT = 1800.0
OVERRIDE = "AzureFunctionsJobHost__"
"""The prefix of settings that override keys of host.json, for example `AzureFunctionsJobHost__functionTimeout`."""

_BOOLEANS = {"true": True, "false": False}
_OVERRIDABLE: Mapping[str, Literal["NonRunningStates", "AnyState"]] = {
    "anystate": "AnyState",
    "nonrunningstates": "NonRunningStates",
}

T = TypeVar("T")


class StartError(Exception):
    """The reason why the host cannot start: one sentence that names the file or binding, and the remedy."""


class ConfigError(StartError):
    """A broken configuration file; the text names the file and the key."""


@dataclass(frozen=True)
class HostConfig:
    """The keys of host.json that this host uses, with the real host's defaults for a local run.

    `function_timeout` is in seconds, None means unbounded; `body_limit` is in bytes.
    """

    route_prefix: str = "api"
    hub_name: str = "TestHubName"
    default_version: str | None = None
    overridable_states: Literal["NonRunningStates", "AnyState"] = "NonRunningStates"
    store_inputs: bool = False
    max_entity_batch: int = 1
    max_concurrent_activities: int = 10
    max_concurrent_orchestrators: int = 10
    max_concurrent_entities: int = 10
    default_async_sleep_ms: int = 30_000
    max_actions: int = 100_000
    function_timeout: float | None = DEFAULT_FUNCTION_TIMEOUT
    body_limit: int = DEFAULT_BODY_LIMIT


@dataclass(frozen=True)
class LocalSettings:
    """The content of local.settings.json: settings to export as environment variables, and those of the host itself.

    `cors` are the origins whose pages may use the app's routes; `*` means all.
    """

    values: Mapping[str, str]
    port: int | None = None
    cors: frozenset[str] = frozenset()
    cors_credentials: bool = False


def read_local_settings(root: Path) -> LocalSettings:
    """Read the app's local.settings.json; an absent file has no settings. Raises ConfigError."""
    path = root / "local.settings.json"
    if not path.exists():
        return LocalSettings({})
    settings = _Section(path, _read_json(path))
    if settings.take("IsEncrypted", _boolean, False):
        raise ConfigError(
            f"{path}: key 'IsEncrypted' is true; this host cannot decrypt settings, so run "
            "`func settings decrypt` or set it to false."
        )
    values: dict[str, str] = {}
    for name, value in settings.section("Values").items():
        if isinstance(value, (dict, list)):
            raise ConfigError(f"{path}: key 'Values.{name}' must be a text, not an object or a list.")
        values[name] = _as_setting(value)
    host = settings.section("Host")
    return LocalSettings(
        values,
        host.take("LocalHttpPort", _port, None),
        host.take("CORS", _origins, frozenset()),
        host.take("CORSCredentials", _boolean, False),
    )


def export_settings(values: Mapping[str, str]) -> None:
    """Put settings into the environment; a variable that is already set wins."""
    for name, value in values.items():
        # So a developer can override a setting for one run.
        os.environ.setdefault(name, value)


def read_host_config(root: Path, environ: Mapping[str, str] = os.environ, path: Path | None = None) -> HostConfig:
    """Read the app's host.json (or `path`); without host.json, the defaults apply. Raises ConfigError.

    Keys match without regard to case, as in the real host, and settings of `environ` that begin with `OVERRIDE` win
    over the file. `%SETTING%` in the hub's name is replaced from `environ`.
    """
    may_be_absent = path is None
    path = path or root / "host.json"
    content = {"version": "2.0"} if may_be_absent and not path.exists() else _read_json(path)
    host = _Section(path, content, "", _overrides(environ))
    if host.take("version", _text, None) != "2.0":
        raise ConfigError(f"{path}: key 'version' must be \"2.0\".")
    extensions = host.section("extensions")
    durable = extensions.section("durableTask")
    # As on the real host: docs/devhost/behaviour.md, section 4.
    concurrency = 10 * (os.cpu_count() or 1)
    fallback_hub = environ.get("WEBSITE_SITE_NAME") or HostConfig.hub_name
    return HostConfig(
        route_prefix=extensions.section("http").take("routePrefix", _text, HostConfig.route_prefix).strip("/"),
        hub_name=durable.take("hubName", lambda value: expand_settings(_text(value), environ), fallback_hub),
        default_version=durable.take("defaultVersion", _text, None),
        overridable_states=durable.take(
            "overridableExistingInstanceStates", _overridable, HostConfig.overridable_states
        ),
        store_inputs=durable.take("storeInputsInOrchestrationHistory", _boolean, HostConfig.store_inputs),
        max_entity_batch=durable.take("maxEntityOperationBatchSize", _positive, HostConfig.max_entity_batch),
        max_concurrent_activities=durable.take("maxConcurrentActivityFunctions", _positive, concurrency),
        max_concurrent_orchestrators=durable.take("maxConcurrentOrchestratorFunctions", _positive, concurrency),
        max_concurrent_entities=durable.take("maxConcurrentEntityFunctions", _positive, concurrency),
        default_async_sleep_ms=durable.section("httpSettings").take(
            "defaultAsyncRequestSleepTimeMilliseconds", _positive, HostConfig.default_async_sleep_ms
        ),
        max_actions=durable.take("maxOrchestrationActions", _positive, HostConfig.max_actions),
        function_timeout=host.take("functionTimeout", _timeout, DEFAULT_FUNCTION_TIMEOUT),
        body_limit=_body_limit(environ),
    )


def hub_name_warning(name: str) -> str | None:
    """Return why the task hub's name is not valid for Azure Storage, where the real host refuses to start."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9]{2,44}", name):
        return None
    return (
        f"The task hub's name '{name}' is not one for Azure Storage (3 to 45 letters and digits, a letter first): "
        "with that backend the real host refuses to start"
    )


def expand_settings(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """Replace each `%NAME%` in the text by the setting NAME. Raises ValueError when there is none."""

    def setting(match: re.Match[str]) -> str:
        name = match[1]
        if name not in environ:
            raise ValueError(f"names the setting '{name}', which is not set; add it to local.settings.json")
        return environ[name]

    return re.sub(r"%([^%]+)%", setting, text)


class _Section:
    """One JSON object of a configuration file, with its path of keys, for errors that name file and key.

    `overrides` are settings that win over the file: name and value, by the dotted path of their key in lower case.
    """

    def __init__(
        self, path: Path, value: Any, where: str = "", overrides: Mapping[str, tuple[str, Any]] | None = None
    ) -> None:
        if not isinstance(value, dict):
            place = f"key '{where}'" if where else "the file"
            raise ConfigError(f"{path}: {place} must be a JSON object.")
        self._path, self._where = path, where
        self._values = cast(dict[str, Any], value)
        self._overrides = overrides or {}

    def items(self) -> list[tuple[str, Any]]:
        """Return the keys and values as they stand in the file."""
        return list(self._values.items())

    def section(self, key: str) -> "_Section":
        """Return the object under a key; an absent one is empty."""
        value = self._find(key)
        return _Section(self._path, {} if value is None else value, self._at(key), self._overrides)

    def take(self, key: str, parse: Callable[[Any], T], default: T) -> T:
        """Return the parsed value of a key, `default` if it is absent. Raises ConfigError with the parser's text."""
        setting, value = self._overrides.get(self._at(key).lower(), ("", self._find(key)))
        if value is None:
            return default
        try:
            return parse(value)
        except ValueError as error:
            place = f"Setting {setting}" if setting else f"{self._path}: key '{self._at(key)}'"
            raise ConfigError(f"{place} {error}.") from None

    def _find(self, key: str) -> Any:
        return next((v for k, v in self._values.items() if k.lower() == key.lower()), None)

    def _at(self, key: str) -> str:
        return f"{self._where}.{key}" if self._where else key


def _overrides(environ: Mapping[str, str]) -> dict[str, tuple[str, Any]]:
    return {
        name[len(OVERRIDE) :].replace("__", ".").lower(): (name, value)
        for name, value in environ.items()
        if name.lower().startswith(OVERRIDE.lower())
    }


def _read_json(path: Path) -> Any:
    """Read the file's JSON; comments are allowed, as in the real host."""
    try:
        # Editors on Windows may write a byte order mark, and the real host accepts it.
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}.") from None

    # Comments become blanks, so that a syntax error still has its line and column; texts stay.
    def blank(match: re.Match[str]) -> str:
        return match[0] if match[0].startswith('"') else re.sub(r"[^\n]", " ", match[0])

    try:
        return json.loads(re.sub(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', blank, text, flags=re.DOTALL))
    except ValueError as error:
        raise ConfigError(f"{path}: is not valid JSON: {error}.") from None


def _origins(value: Any) -> frozenset[str]:
    """Return the origins in a text with commas, as Core Tools takes it."""
    origins = set(re.split(r"[\s,]+", _text(value))) - {""}
    for origin in origins:
        if re.fullmatch(r"\*|[A-Za-z][A-Za-z0-9+.-]*://[^/]+/?", origin) is None:
            raise ValueError(f"must be * or origins such as http://localhost:3000, with commas between, not {origin!r}")
    return frozenset(origins)


def _as_setting(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a text, not {json.dumps(value)}")
    return value


def _boolean(value: Any) -> bool:
    if isinstance(value, bool | str) and str(value).lower() in _BOOLEANS:
        return _BOOLEANS[str(value).lower()]
    raise ValueError(f"must be true or false, not {json.dumps(value)}")


def _whole(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d+\s*", value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f"must be a whole number, not {json.dumps(value)}")


def _positive(value: Any) -> int:
    number = _whole(value)
    if number < 1:
        raise ValueError(f"must be at least 1, not {number}")
    return number


def _port(value: Any) -> int:
    number = _whole(value)
    if not 0 < number < 65536:
        raise ValueError(f"must be a port from 1 to 65535, not {number}")
    return number


def _overridable(value: Any) -> Literal["NonRunningStates", "AnyState"]:
    text = _text(value).lower()
    if text in _OVERRIDABLE:
        return _OVERRIDABLE[text]
    raise ValueError(f'must be "NonRunningStates" or "AnyState", not {json.dumps(value)}')


def _timeout(value: Any) -> float | None:
    text = _text(value).strip()
    # The second is how .NET writes the first.
    if text in ("-1", "-00:00:00.0010000"):
        return None
    match = re.fullmatch(r"(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d+)?))?", text)
    if match is None or int(match[2]) > 23 or int(match[3]) > 59 or float(match[4] or 0) >= 60:
        raise ValueError(f'must be a time span such as "00:05:00", or "-1" for none, not {json.dumps(value)}')
    seconds = int(match[1] or 0) * 86400 + int(match[2]) * 3600 + int(match[3]) * 60 + float(match[4] or 0)
    if seconds <= 0:
        raise ValueError("must be longer than nothing")
    return seconds


def _body_limit(environ: Mapping[str, str]) -> int:
    text = environ.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "")
    if not text:
        return DEFAULT_BODY_LIMIT
    if not text.isdecimal():
        raise ConfigError(f"Setting FUNCTIONS_REQUEST_BODY_SIZE_LIMIT must be a number of bytes, not {text!r}.")
    return int(text)
