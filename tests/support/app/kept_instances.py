"""Copies of the instances of a real trip that has ended, under new ids, to fill a hub.

The hub's own writer makes their rows, and each copy has its history.
"""

import json
import random
import re
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from devhost.engine.engine import HUB_FILE
from devhost.hub.hub import Hub
from devhost.hub.hub_read import HubReader
from devhost.hub.instances import Instance
from devhost.hub.records import InstanceFilter
from devhost.protocol.clock import column_text, ticks_of
from devhost.protocol.events import Event

FIRST_CREATED = datetime(2026, 1, 1, tzinfo=UTC)
"""The time at which the first copy was created."""
EVERY = timedelta(seconds=20)
"""The time between two copies."""
EACH_FAILED = 10
"""One in so many copies is kept as failed."""

_AT_ONCE = 1_000
_IDS = re.compile("(trip-|chat-)[0-9a-f]{32}")


def created(number: int) -> str:
    """Return the time at which a copy was created, as a query and a column carry it."""
    return column_text(ticks_of((FIRST_CREATED + number * EVERY).strftime("%Y-%m-%dT%H:%M:%SZ")))


def fill_hub(state: Path, count: int, dice: random.Random) -> None:
    """Put `count` copies in place of the instances of a hub that nobody uses, which are those of one trip.

    `dice` shuffles the times, because ids say nothing about times in an app's hub.
    """
    path = state / HUB_FILE
    with closing(HubReader(path)) as reader:
        ids = [row.instance_id for row in reader.instances(InstanceFilter(), 100, None).rows]
    numbers = list(range(count))
    dice.shuffle(numbers)
    with closing(Hub(path)) as hub:
        originals = [_Original.of(hub, one) for one in ids]
        for original in originals:
            hub.delete(original.instance)
        # In the order of the ids, new rows go to the end instead of splitting pages all over the file.
        marks = sorted(f"{dice.getrandbits(128):032x}" for _ in range(-(-count // len(ids))))
        pairs = [(mark, original) for mark in marks for original in originals]
        for number, (mark, original) in zip(numbers, pairs, strict=False):
            copy = original.copied(mark, hub.next_run(), number)
            hub.save(copy)
            hub.append(copy, original.history_of(mark))
            if copy.run % _AT_ONCE == 0:
                hub.commit()
        hub.commit()


@dataclass(frozen=True)
class _Original:
    """An instance to copy, and its history as JSON."""

    instance: Instance
    history: str

    @classmethod
    def of(cls, hub: Hub, instance_id: str) -> "_Original":
        instance = hub.instance(instance_id)
        assert instance is not None
        assert instance.is_terminal, "a copy of an unfinished instance would be run"
        return cls(instance, json.dumps(hub.history(instance.run)))

    def copied(self, mark: str, run: int, number: int) -> Instance:
        one, is_failed, at = self.instance, number % EACH_FAILED == 0, created(number)
        return replace(
            one,
            instance_id=_renamed(one.instance_id, mark),
            run=run,
            created_at=at,
            updated_at=at,
            parent=one.parent and replace(one.parent, instance_id=_renamed(one.parent.instance_id, mark)),
            input=one.input and _renamed(one.input, mark),
            status="Failed" if is_failed else one.status,
            output="It failed." if is_failed else one.output and _renamed(one.output, mark),
            is_new=True,
        )

    def history_of(self, mark: str) -> list[Event]:
        return json.loads(_renamed(self.history, mark))


def _renamed(text: str, mark: str) -> str:
    """Return the text with another trip's and another turn's id in it."""
    return _IDS.sub(rf"\g<1>{mark}", text)
