"""Instances and entities in the engine's memory; only the engine thread touches them."""

import json
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

from devhost.hub.records import TERMINAL
from devhost.protocol.events import Event, EventType
from devhost.protocol.non_determinism import Inputs

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

    `row` is its row in the inbox, once it has one. Until then `source` names the table (`work`, `timers`) with the
    row that it came from, which is deleted when the message is stored or processed. A message with neither must get
    a row with the present commit, or it is lost.
    """

    event: Event
    row: int | None = None
    source: str | None = None

    @property
    def task_id(self) -> int | None:
        """The task that this message ends, if it ends one."""
        if self.event["EventType"] not in _ENDS_TASK:
            return None
        task_id = self.event.get("TaskScheduledId")
        return self.event["TimerId"] if task_id is None else task_id


@dataclass(slots=True)
class Parent:
    """The orchestration that waits for an instance, as its task `task_id`."""

    instance_id: str
    execution_id: str
    task_id: int
    name: str
    version: str | None


@dataclass(slots=True)
class Instance:
    """One orchestration. `run` is unique to this generation of it. Messages for another run are dropped.

    `stored` counts the events that have rows. `history` is None while it is not in memory. `is_new`: it has no row
    yet. `queued`: it waits in the engine's queue. `is_busy`: its function runs. `has_retries`: its latest answer
    listed a WithRetry action. `parked`: it may not run, because it requests a version that the app does not have.
    `deferred` are starts of the same id that wait for its end. `idle_generations` counts the generations in a row
    that awaited nothing. `is_repeating`: its first episode has run once, sent its messages, and runs once more.
    `inputs` are marks of what it has scheduled, as far as this process has seen it. `lingers`: its code has ended, and
    open work keeps it Running. `indexed`: the indexed values of its row that this process has written last.
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
    is_new: bool = False
    queued: bool = False
    is_busy: bool = False
    has_retries: bool = True
    deferred: list[Message] = field(default_factory=list[Message])
    parked: bool = False
    warned: bool = False
    is_repeating: bool = False
    idle_generations: int = 0
    inputs: Inputs = field(default_factory=dict[int, int])
    lingers: bool = False
    indexed: tuple[str, ...] = ()

    @property
    def is_terminal(self) -> bool:
        return self.status in TERMINAL

    @property
    def is_idle(self) -> bool:
        """True if memory holds nothing of the instance that the hub does not, and nothing is about to run."""
        return not any((self.is_busy, self.queued, self.inbox, self.parked, self.deferred))

    def remember(self, history: list[Event]) -> None:
        """Keep the stored history in memory."""
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

    `sorter` holds the times of the messages received, by sender, as the real host shows them (`list_api`).
    `is_stored`: it has a row, or had one until it was `purged`.
    """

    entity_id: str
    created_at: str
    updated_at: str
    state: str | None = None
    exists: bool = False
    sorter: dict[str, Any] = field(default_factory=dict[str, Any])
    operations: deque[Operation] = field(default_factory=deque[Operation])
    is_stored: bool = False
    purged: bool = False
    queued: bool = False
    is_busy: bool = False

    @property
    def is_idle(self) -> bool:
        """True if memory holds nothing of the entity that the hub does not, and nothing is about to run."""
        return not any((self.is_busy, self.queued, self.operations))


class Cache:
    """The instances in memory, those used last at the end. Idle ones are dropped when there are too many.

    `max_size` counts the characters of the histories' JSON; in memory they take some times as much.
    """

    def __init__(self, max_instances: int = 4_000, max_size: int = 16_000_000) -> None:
        self._items: OrderedDict[str, Instance] = OrderedDict()
        self._max_instances, self._max_size = max_instances, max_size
        # Adding up all sizes takes long, so it is done once in so many additions.
        self._check_every = max_instances // 10
        self._puts = 0

    def get(self, instance_id: str) -> Instance | None:
        """Return the instance, if it is in memory."""
        instance = self._items.get(instance_id)
        if instance is not None:
            self._items.move_to_end(instance_id)
        return instance

    def put(self, instance: Instance) -> None:
        """Keep the instance in memory."""
        self._items[instance.instance_id] = instance
        self._items.move_to_end(instance.instance_id)
        self._puts += 1

    def forget(self, instance: Instance) -> None:
        """Drop the instance, unless another one has taken its id."""
        if self._items.get(instance.instance_id) is instance:
            del self._items[instance.instance_id]

    def trim(self) -> None:
        """Drop idle instances, those unused longest first, until the rest is half of the limit.

        Looks at the limit only now and then. Call when nothing is unsaved.
        """
        if self._puts < self._check_every:
            return
        self._puts = 0
        size = sum(instance.size for instance in self._items.values())
        if size <= self._max_size and len(self._items) <= self._max_instances:
            return
        for instance in list(self._items.values()):
            # Down to the half, so that the next look is not due at once.
            if size <= self._max_size // 2 and len(self._items) <= self._max_instances // 2:
                break
            if instance.is_idle:
                size -= instance.size
                del self._items[instance.instance_id]
