"""What the engine keeps in memory of instances and entities; only the turn's owner touches it."""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

from devhost.hub.records import TERMINAL
from devhost.protocol.events import Event, EventType

_ENDS_TASK = frozenset(
    {
        EventType.TASK_COMPLETED,
        EventType.TASK_FAILED,
        EventType.CHILD_COMPLETED,
        EventType.CHILD_FAILED,
        EventType.TIMER_FIRED,
    }
)


@dataclass(slots=True)
class Message:
    """An event on its way into an instance's history.

    `row` is its row in the inbox, once it has one. `source` names the table whose row (`work`, `timers`) stands for
    it until then and is deleted with it; without either, whoever sent it commits now and it must not get lost.
    """

    event: Event
    row: int | None = None
    source: str | None = None

    @property
    def task_id(self) -> int | None:
        """The task that this message ends, if it ends one."""
        if self.event["EventType"] not in _ENDS_TASK:
            return None
        found = self.event.get("TaskScheduledId")
        return self.event["TimerId"] if found is None else found


@dataclass(slots=True)
class Parent:
    """Who waits for an instance, as task `task_id`."""

    instance_id: str
    execution_id: str
    task_id: int
    name: str
    version: str | None


@dataclass(slots=True)
class Instance:
    """One orchestration. `run` is unique to this generation of it; what was meant for another run is dropped.

    `stored` counts the events that have rows; `history` is None while it is not in memory. `fresh` says that the
    instance has no row yet. `busy` says that its function runs on another
    thread. `retries` says that its latest answer listed a WithRetry action. `parked` says that it may not run: it
    asks for a version that the app does not have. `deferred` are starts of the same id that wait for its end.
    `restless` counts the generations in a row that awaited nothing. `rehearsed` says that its first turn was run
    once, sent its messages, and is to be run again.
    """

    instance_id: str
    run: int
    execution_id: str
    name: str
    version: str | None
    input: str | None
    created_at: str
    updated_at: str
    generation: int | None = 0
    parent: Parent | None = None
    status: str = "Pending"
    output: str | None = None
    custom_status: str | None = None
    history: list[Event] | None = None
    stored: int = 0
    size: int = 0
    ended: set[int] = field(default_factory=set[int])
    inbox: deque[Message] = field(default_factory=deque[Message])
    fresh: bool = False
    queued: bool = False
    busy: bool = False
    retries: bool = True
    deferred: list[Message] = field(default_factory=list[Message])
    parked: bool = False
    warned: bool = False
    rehearsed: bool = False
    restless: int = 0

    @property
    def terminal(self) -> bool:
        return self.status in TERMINAL

    def remember(self, history: list[Event]) -> None:
        """Take the stored history into memory."""
        self.history, self.stored = history, len(history)
        self.ended = {t for t in (Message(e).task_id for e in history) if t is not None}


@dataclass(slots=True)
class Operation:
    """One request to an entity; `request` is the parsed message, `row` its row in the queue, once it has one."""

    request: dict[str, Any]
    row: int | None = None

    @property
    def text(self) -> str:
        return json.dumps(self.request)


@dataclass(slots=True)
class Entity:
    """One entity: its state as JSON text, and the operations that wait for it in order of arrival.

    `sorter` is what the real host shows of the messages received, by sender.
    """

    entity_id: str
    created_at: str
    updated_at: str
    state: str | None = None
    exists: bool = False
    sorter: dict[str, Any] = field(default_factory=dict[str, Any])
    operations: deque[Operation] = field(default_factory=deque[Operation])
    known: bool = False
    purged: bool = False
    queued: bool = False
    busy: bool = False


class Cache:
    """The instances in memory, those used last at the end; idle ones are forgotten when there is too much of them.

    `max_size` counts the characters of the histories' JSON; in memory they take some times as much.
    """

    def __init__(self, max_instances: int = 4_000, max_size: int = 16_000_000) -> None:
        self._items: OrderedDict[str, Instance] = OrderedDict()
        self._max_instances, self._max_size = max_instances, max_size
        self._check_every = max_instances // 10
        self._puts = 0

    def get(self, instance_id: str) -> Instance | None:
        found = self._items.get(instance_id)
        if found is not None:
            self._items.move_to_end(instance_id)
        return found

    def put(self, instance: Instance) -> None:
        self._items[instance.instance_id] = instance
        self._items.move_to_end(instance.instance_id)
        self._puts += 1

    def forget(self, instance: Instance) -> None:
        if self._items.get(instance.instance_id) is instance:
            del self._items[instance.instance_id]

    def trim(self) -> None:
        """Now and then forget idle instances, those unused longest first, until the rest is half of what is allowed.

        Call when nothing is unsaved."""
        if self._puts < self._check_every:
            return
        self._puts = 0
        size = sum(instance.size for instance in self._items.values())
        if size <= self._max_size and len(self._items) <= self._max_instances:
            return
        for instance in list(self._items.values()):
            if size <= self._max_size // 2 and len(self._items) <= self._max_instances // 2:
                break
            if not (instance.busy or instance.queued or instance.inbox or instance.parked or instance.deferred):
                size -= instance.size
                del self._items[instance.instance_id]
