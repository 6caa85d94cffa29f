"""The hub that a soak test fills has what a real one would: instances, their families, histories and times."""

import random
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from devhost.engine.engine import HUB_FILE
from devhost.hub.hub import Hub
from devhost.hub.hub_read import HubReader
from devhost.hub.instances import Instance, Parent
from devhost.hub.records import InstanceFilter
from devhost.protocol.events import event_raised
from support.app.kept_instances import EACH_FAILED, created, fill_hub

NOW = "2026-06-01T00:00:00.0000000Z"
CHAT, TRIP = "chat-" + "a" * 32, "trip-" + "b" * 32


def write_one_trip(state: Path, status: str = "Completed") -> None:
    """Write a turn, and the trip that it has started."""
    with closing(Hub(state / HUB_FILE)) as hub:
        for instance_id, parent in ((CHAT, None), (TRIP, Parent(CHAT, "e", 0, "chat_turn", None))):
            texts = (f'{{"trip": "{TRIP}"}}', NOW, NOW)
            instance = Instance(instance_id, hub.next_run(), "e", "saga", None, *texts, 0, parent, status, f'"{TRIP}"')
            instance.is_new = True
            hub.save(instance)
            hub.append(instance, [event_raised(NOW, "started", f'"{TRIP}"')])
        hub.commit()


def test_a_hub_is_filled_with_copies_of_a_trip(tmp_path: Path) -> None:
    write_one_trip(tmp_path)
    fill_hub(tmp_path, 41, random.Random(1))
    with closing(HubReader(tmp_path / HUB_FILE)) as reader:
        rows = reader.instances(InstanceFilter(), 100, None).rows
        histories = {row.instance_id: reader.history(row.instance_id) for row in rows}
    ids = {row.instance_id for row in rows}
    assert len(ids) == 41
    assert not {CHAT, TRIP} & ids
    assert Counter(row.status for row in rows) == {"Failed": -(-41 // EACH_FAILED), "Completed": 41 * 9 // EACH_FAILED}
    assert sorted(row.created_at for row in rows) == [created(number) for number in range(41)]
    for trip in (row for row in rows if row.instance_id.startswith("trip-")):
        assert trip.input == f'{{"trip": "{trip.instance_id}"}}'
        assert trip.parent_instance_id in ids
        assert [event["Input"] for event in histories[trip.instance_id]] == [f'"{trip.instance_id}"']


def test_a_hub_that_would_go_on_working_is_not_copied(tmp_path: Path) -> None:
    write_one_trip(tmp_path, "Running")
    with pytest.raises(AssertionError, match="would be run"):
        fill_hub(tmp_path, 10, random.Random(1))
