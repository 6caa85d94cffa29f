"""Quicker replacements for inner parts of the SDK, patched in at run time. The installed files stay unchanged.

Each function here replaces one part and says why no app can notice. `install` patches them in. It must run before
the app is imported, and does nothing the second time. With `DEVHOST_SDK_SPEED=0` in the environment it does nothing.
"""

import json
import marshal
import os
from collections import abc, namedtuple
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache, lru_cache
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any
from weakref import WeakSet

from azure.durable_functions import orchestrator as sdk_orchestrator
from azure.durable_functions.models import DurableOrchestrationContext
from azure.durable_functions.models.history import HistoryEvent, HistoryEventType
from azure.durable_functions.models.OrchestratorState import OrchestratorState
from azure.durable_functions.models.utils.json_utils import add_datetime_attrib, parse_timespan_attrib
from dateutil.parser import parse as parse_any_timestamp

from devhost.protocol import sdk_state, sdk_witness
from devhost.protocol.lazy_context import LazyContext

sdk_serialization: Any = import_module("azure.functions._durable_functions")
_MODELS = "azure.durable_functions.models"
# A `tzutc`, or where the machine itself keeps UTC a `tzlocal`: whatever the general parser makes of the Z.
_ZONE = parse_any_timestamp("2026-01-01T00:00:00Z").tzinfo


@lru_cache(maxsize=16_384)
def parse_timestamp(text: str) -> datetime:
    """Replace the general date parser, which parses each history event's time: more than half of a replay.

    No app notices, because the value is equal and has the same kind of zone; a datetime is immutable, so it may be
    shared. Text of any other form goes to the general parser.
    """
    if len(text) >= 20 and text[10] == "T" and text[-1] == "Z" and text[11:19].count(":") == 2:
        return datetime.fromisoformat(text[:-1]).replace(tzinfo=_ZONE)
    return parse_any_timestamp(text)


one_namedtuple = cache(namedtuple)
"""Replaces the class that each executor makes for its own table. No app notices: the table stays in the executor."""

parse_timespan = cache(parse_timespan_attrib)
"""Replaces the parsing of the two constant durations of each context. No app notices: a timedelta is immutable, and
the same text always gives the same one."""


def add_time(target: dict[str, Any], owner: Any, attribute: str, key: str) -> None:
    """Replace the writing of a timer's time by a pattern; each answer lists all timers of its orchestrator again.

    No app notices, because the text is the same. Times before the year 1000 and other classes go to the SDK.
    """
    time = getattr(owner, attribute, None)
    if type(time) is datetime and time.year >= 1000:
        # Without the offset, as the pattern writes it.
        target[key] = time.isoformat(timespec="microseconds")[:26] + "Z"
    else:
        add_datetime_attrib(target, owner, attribute, key)


plain_classes = {"Callable": abc.Callable, "Dict": dict}
"""Replace the two of `typing` that each call of an activity or child is compared with. No app notices, because
`isinstance` gives the same answer for the classes that they stand for."""


_STRICT_KEY: Any = os.environ.encodekey(sdk_serialization._STRICT_ENV_VAR)  # type: ignore[attr-defined]
_environment: Any = os.environ._data  # type: ignore[attr-defined]
_is_strict_mode = sdk_serialization._is_strict_mode


def is_strict_mode() -> bool:
    """Replace the SDK's look at the environment for each value that it reads or writes.

    No app notices, because this looks at the same place each time, only more directly: where the variable is not set,
    strict mode is off; where it is set, the SDK's own function decides.
    """
    return _STRICT_KEY in _environment and _is_strict_mode()


@cache
def _encoder(default: Any) -> Callable[[Any], str]:
    return json.JSONEncoder(default=default).encode


_plain_decoder: Any = json.JSONDecoder()
_scan: Callable[[str, int], tuple[Any, int]] = _plain_decoder.scan_once
_plain_encode = json.JSONEncoder().encode
# Texts, and the characters of the longest of them. Together they bound the memory that the texts take.
_MOST_KEPT = 2048
_LONGEST_KEPT = 4096


@lru_cache(maxsize=_MOST_KEPT)
def _marshalled(text: str) -> bytes | None:
    """Return the value of a JSON text in the form of `marshal`, None for a text that the decoder has to judge."""
    with suppress(StopIteration, ValueError):
        value, end = _scan(text, 0)
        if end == len(text):
            return marshal.dumps(value)
    return None


@lru_cache(maxsize=_MOST_KEPT)
def _text_of(marshalled: bytes) -> str:
    return _plain_encode(marshal.loads(marshalled))  # noqa: S302 - made by this module


@cache
def _decoder(object_hook: Any) -> Callable[[str], Any]:
    return json.JSONDecoder(object_hook=object_hook).decode


def one_encoder_json() -> ModuleType:
    """Replace `json` in the SDK's serializer, whose functions make an encoder or decoder for each call.

    No app notices, because one that is kept works alike: between two calls it holds nothing but its options. The
    reader's hook, which is called for each object of a text, returns all objects unchanged but those of custom
    classes. So it is left out where the text has no key of those, plain or with escaped letters. The scanner that
    then reads the text is the decoder's own. A text with anything around its one value goes to the decoder.

    Each replay reads and writes the values of all earlier steps again, so they are kept in the form of `marshal`, which
    gives a new value each time. It takes what JSON takes and a few types more, but no objects of subclasses. A value
    that it refuses, or that JSON has no text for, goes to the encoder.
    """
    quick = ModuleType("json")
    vars(quick).update(vars(json))

    def dumps(value: Any, default: Any = None) -> str:
        with suppress(TypeError, ValueError):
            # In this version equal values always have the same form.
            marshalled = marshal.dumps(value, 2)
            if len(marshalled) <= _LONGEST_KEPT:
                return _text_of(marshalled)
        return _encoder(default)(value)

    def loads(text: Any, object_hook: Any = None) -> Any:
        if type(text) is not str or text.startswith("\ufeff"):
            return json.loads(text, object_hook=object_hook)
        if "__class__" in text or "\\u00" in text:
            return _decoder(object_hook)(text)
        marshalled = _marshalled(text) if len(text) <= _LONGEST_KEPT else None
        return _plain_decoder.decode(text) if marshalled is None else marshal.loads(marshalled)  # noqa: S302

    quick.dumps, quick.loads = dumps, loads  # type: ignore[attr-defined]
    return quick


def episode_start(_: Any, history: Sequence[HistoryEvent]) -> int:
    """Replace the search for the latest episode's start, which looks at each event of the history.

    No app notices, because the last such event is the first one from the end.
    """
    for index in range(len(history) - 1, -1, -1):
        if history[index].event_type == HistoryEventType.ORCHESTRATOR_STARTED:
            return index
    return -1


_wrappers: WeakSet[Callable[[Any], Any]] = WeakSet()


def is_wrapper(function: Callable[[Any], Any]) -> bool:
    """Return whether the function was made by `create_wrapper`, so that no code of the app sees what it returns."""
    return isinstance(function, FunctionType) and function in _wrappers


_write_state = OrchestratorState.to_json_string


def state_or_text(state: OrchestratorState) -> Any:
    """Replace the writing of an answer's text, which lists all actions of the execution again.

    No app notices, because the host takes the state only from a wrapper that it calls itself. All others get the text.
    """
    taken = sdk_state.taken(state) if sdk_witness.takes_state() else None
    return _write_state(state) if taken is None else taken


def create_wrapper(_: type, function: Callable[[Any], Any]) -> Callable[[Any], str]:
    """Replace the SDK's maker of wrappers, which parse the context's JSON text in each call.

    No app notices, because the SDK's context is made from the value that this text parses to; the text is written
    only if the app reads `body`. A context that is not this host's is parsed as before.
    """

    def handle(context: Any) -> str:
        if isinstance(context, LazyContext):
            durable = DurableOrchestrationContext(**context.as_parsed())
            sdk_witness.note_context(durable)
        else:
            durable = DurableOrchestrationContext.from_json(getattr(context, "body", context))
        durable._input_expected_type = getattr(handle, "_df_input_type", None)  # type: ignore[reportPrivateUsage]
        return sdk_orchestrator.Orchestrator(function).handle(durable)

    _wrappers.add(handle)
    handle.orchestrator_function = function  # type: ignore[reportFunctionMemberAccess]
    return handle


def install() -> Callable[[], None]:
    """Patch the replacements in, and return a function that takes them out again."""
    history_event: Any = import_module(f"{_MODELS}.history.HistoryEvent")
    context = import_module(f"{_MODELS}.DurableOrchestrationContext")
    executor: Any = import_module(f"{_MODELS}.TaskOrchestrationExecutor")
    if os.environ.get("DEVHOST_SDK_SPEED") == "0" or history_event.dt_parse is parse_timestamp:
        return lambda: None
    places: list[tuple[Any, str, Any]] = [
        (history_event, "dt_parse", parse_timestamp),
        (executor, "namedtuple", one_namedtuple),
        (executor.TaskOrchestrationExecutor, "_find_new_events_start_index", episode_start),
        (context, "parse_timespan_attrib", parse_timespan),
        *((context, name, plain_class) for name, plain_class in plain_classes.items()),
        (import_module(f"{_MODELS}.actions.CreateTimerAction"), "add_datetime_attrib", add_time),
        (OrchestratorState, "to_json_string", state_or_text),
        (sdk_serialization, "_is_strict_mode", is_strict_mode),
        (sdk_serialization, "json", one_encoder_json()),
        (sdk_orchestrator.Orchestrator, "create", classmethod(create_wrapper)),
    ]
    originals = [(owner, name, vars(owner)[name]) for owner, name, _ in places]
    _put(places)
    return lambda: _put(originals)


def _put(places: list[tuple[Any, str, Any]]) -> None:
    for owner, name, value in places:
        setattr(owner, name, value)
