"""The settings of host.json, local.settings.json and the environment, read once into a frozen object."""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from devhost import config_values as parse

# Bytes (100 MB) and seconds (30 minutes): the real host's defaults for a local run.
DEFAULT_BODY_LIMIT = 104_857_600
DEFAULT_FUNCTION_TIMEOUT = 1800.0
OVERRIDE = "AzureFunctionsJobHost__"
"""The prefix of settings that override keys of host.json, for example `AzureFunctionsJobHost__functionTimeout`."""

T = TypeVar("T")
VersionMatch = Literal["None", "Strict", "CurrentOrOlder"]
VersionFailure = Literal["Reject", "Fail"]


class StartError(Exception):
    """The reason why the host cannot start: one sentence that names the file or binding, and the remedy."""


class ConfigError(StartError):
    """A broken configuration file; the text names the file and the key."""


@dataclass(frozen=True)
class HostConfig:
    """The keys of host.json that this host uses, with the real host's defaults for a local run.

    `function_timeout` is in seconds, None means unbounded; `body_limit` is in bytes. `unused` names the keys of the
    file, and the settings in their place, that this host does not obey.
    """

    route_prefix: str = "api"
    hub_name: str = "TestHubName"
    default_version: str | None = None
    version_match: VersionMatch = "CurrentOrOlder"
    version_failure: VersionFailure = "Reject"
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
    unused: tuple[str, ...] = ()


@dataclass(frozen=True)
class LocalSettings:
    """The content of local.settings.json: settings to export as environment variables, and those of the host itself.

    `cors` are the origins whose pages may use the app's routes; `*` means all. `unused` names the other keys with a
    value.
    """

    values: Mapping[str, str]
    port: int | None = None
    cors: frozenset[str] = frozenset()
    cors_credentials: bool = False
    unused: tuple[str, ...] = ()


def read_local_settings(root: Path) -> LocalSettings:
    """Read the app's local.settings.json; an absent file has no settings. Raises ConfigError."""
    path = root / "local.settings.json"
    if not path.exists():
        return LocalSettings({})
    settings = _Section(path, _read_json(path))
    if settings.take("IsEncrypted", parse.boolean, False):
        raise ConfigError(
            f"{path}: key 'IsEncrypted' is true; this host cannot decrypt settings, so run "
            "`func settings decrypt` or set it to false."
        )
    values: dict[str, str] = {}
    for name, value in settings.section("Values").take_all():
        if isinstance(value, (dict, list)):
            raise ConfigError(f"{path}: key 'Values.{name}' must be a text, not an object or a list.")
        values[name] = parse.as_setting(value)
    host = settings.section("Host")
    port = host.take("LocalHttpPort", parse.port, None)
    origins = host.take("CORS", parse.origins, frozenset[str]())
    credentials = host.take("CORSCredentials", parse.boolean, False)
    return LocalSettings(
        values,
        port,
        origins,
        credentials,
        settings.unused(),
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
    overrides = _overrides(environ)
    host = _Section(path, content, "", overrides)
    if host.take("version", parse.text, None) != "2.0":
        raise ConfigError(f"{path}: key 'version' must be \"2.0\".")
    extensions = host.section("extensions")
    durable = extensions.section("durableTask")
    # As on the real host: docs/devhost/behaviour.md, section 4.
    concurrency = 10 * (os.cpu_count() or 1)
    fallback_hub = environ.get("WEBSITE_SITE_NAME") or HostConfig.hub_name
    config = HostConfig(
        route_prefix=extensions.section("http").take("routePrefix", parse.text, HostConfig.route_prefix).strip("/"),
        hub_name=durable.take("hubName", lambda value: expand_settings(parse.text(value), environ), fallback_hub),
        default_version=durable.take("defaultVersion", parse.text, None),
        version_match=durable.take("versionMatchStrategy", _version_match, HostConfig.version_match),
        version_failure=durable.take("versionFailureStrategy", _version_failure, HostConfig.version_failure),
        overridable_states=durable.take(
            "overridableExistingInstanceStates", _overridable, HostConfig.overridable_states
        ),
        store_inputs=durable.take("storeInputsInOrchestrationHistory", parse.boolean, HostConfig.store_inputs),
        max_entity_batch=durable.take("maxEntityOperationBatchSize", parse.positive, HostConfig.max_entity_batch),
        max_concurrent_activities=durable.take("maxConcurrentActivityFunctions", parse.positive, concurrency),
        max_concurrent_orchestrators=durable.take("maxConcurrentOrchestratorFunctions", parse.positive, concurrency),
        max_concurrent_entities=durable.take("maxConcurrentEntityFunctions", parse.positive, concurrency),
        default_async_sleep_ms=durable.section("httpSettings").take(
            "defaultAsyncRequestSleepTimeMilliseconds", parse.positive, HostConfig.default_async_sleep_ms
        ),
        max_actions=durable.take("maxOrchestrationActions", parse.positive, HostConfig.max_actions),
        function_timeout=host.take("functionTimeout", parse.time_span, DEFAULT_FUNCTION_TIMEOUT),
        body_limit=_body_limit(environ),
    )
    return replace(config, unused=host.unused())


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
        self._taken: set[str] = set()
        self._sections: dict[str, _Section] = {}

    def take_all(self) -> list[tuple[str, Any]]:
        """Return the keys and values as they stand in the file."""
        self._taken.update(key.lower() for key in self._values)
        return list(self._values.items())

    def section(self, key: str) -> "_Section":
        """Return the object under a key; an absent one is empty."""
        value = self._find(key)
        section = _Section(self._path, {} if value is None else value, self._at(key), self._overrides)
        return self._sections.setdefault(key.lower(), section)

    def take(self, key: str, parser: Callable[[Any], T], default: T) -> T:
        """Return the parsed value of a key, `default` if it is absent. Raises ConfigError with the parser's text."""
        self._taken.add(key.lower())
        setting, value = self._overrides.get(self._at(key).lower(), ("", self._find(key)))
        if value is None:
            return default
        try:
            return parser(value)
        except ValueError as error:
            place = f"Setting {setting}" if setting else f"{self._path}: key '{self._at(key)}'"
            raise ConfigError(f"{place} {error}.") from None

    def unused(self) -> tuple[str, ...]:
        """Return the names of the keys that nobody has taken, and of the settings in place of such keys."""
        names = list(self._unused_keys())
        taken = {path.lower() for path in self._taken_paths()}
        names += [setting for path, (setting, _) in self._overrides.items() if path not in taken]
        return tuple(names)

    def _unused_keys(self) -> Iterator[str]:
        for key, value in self._values.items():
            section = self._sections.get(key.lower())
            if section is not None:
                yield from section._unused_keys()
            elif key.lower() not in self._taken and value is not None:
                yield self._at(key)

    def _taken_paths(self) -> Iterator[str]:
        yield from map(self._at, self._taken)
        for section in self._sections.values():
            yield from section._taken_paths()

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
    """Read the file's JSON; comments and trailing commas are allowed, as in the real host."""
    try:
        # Editors on Windows may write a byte order mark, and the real host accepts it.
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}.") from None
    try:
        return json.loads(_blanked(r",(?=\s*[}\]])", _blanked(r"//[^\n]*|/\*.*?\*/", text)))
    except ValueError as error:
        raise ConfigError(f"{path}: is not valid JSON: {error}.") from None


def _blanked(pattern: str, text: str) -> str:
    """Return JSON text with blanks for what matches outside its strings, so that errors keep their line and column."""

    def blank(match: re.Match[str]) -> str:
        return match[0] if match[0].startswith('"') else re.sub(r"[^\n]", " ", match[0])

    return re.sub(r'"(?:\\.|[^"\\])*"|' + pattern, blank, text, flags=re.DOTALL)


def _overridable(value: Any) -> Literal["NonRunningStates", "AnyState"]:
    return cast(Literal["NonRunningStates", "AnyState"], parse.one_of("NonRunningStates", "AnyState")(value))


def _version_match(value: Any) -> VersionMatch:
    return cast(VersionMatch, parse.one_of("None", "Strict", "CurrentOrOlder")(value))


def _version_failure(value: Any) -> VersionFailure:
    return cast(VersionFailure, parse.one_of("Reject", "Fail")(value))


def _body_limit(environ: Mapping[str, str]) -> int:
    text = environ.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "")
    if not text:
        return DEFAULT_BODY_LIMIT
    if not text.isdecimal():
        raise ConfigError(f"Setting FUNCTIONS_REQUEST_BODY_SIZE_LIMIT must be a number of bytes, not {text!r}.")
    return int(text)
