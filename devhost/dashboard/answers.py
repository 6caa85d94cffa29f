"""The data of the dashboard: lists from the newest instance on, counts, and an instance with all that belongs to it."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from devhost.engine.engine import Engine
from devhost.hub.instance_search import InstanceQuery, InstanceSummary, ListPosition
from devhost.hub.kinds import MOST_COUNTED, Tally
from devhost.management.history_view import SameKeyError, ShownEvent, history_events, shown_events
from devhost.management.instance_view import status_object
from devhost.protocol.events import Event
from devhost.wire.arguments import Arguments
from devhost.wire.wire import Incoming, Reply, dump, json_object, json_reply

_MOST_ROWS = 500
_LONGEST_TEXT = 200
Read = Callable[[Arguments], str | None]


class DashboardAnswers:
    """Answers the paths below the dashboard's own one; each answer is read in one go, and reads run one by one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reads: Mapping[str, Read] = {"/counts": self._counts, "/list": self._list, "/instance": self._instance}
        # One at a time: each may need many times the memory of what it reads.
        self._turn = asyncio.Lock()

    async def answer(self, incoming: Incoming, below: str) -> Reply:
        """Answer a request for the path `below` the dashboard's."""
        read = self._reads.get(below)
        if read is None:
            return Reply(404)
        async with self._turn:
            text = await asyncio.to_thread(read, Arguments(incoming.query))
        return Reply(404) if text is None else json_reply(200, text)

    def _counts(self, _arguments: Arguments) -> str:
        """Return the number of instances of each kind: `{"kinds": […], "complete", "most"}`.

        A count of one more than `most` stands for any higher one.
        """
        tallies, are_all = self._engine.tallies()
        return dump({"kinds": list(map(_count, tallies)), "complete": are_all, "most": MOST_COUNTED})

    def _list(self, arguments: Arguments) -> str:
        """Return a page from the newest instance on: `{"rows": […], "next"}`.

        `next` is the `after` of the next page, empty at the end.
        """
        only_children = arguments.flag("children", False)
        query = InstanceQuery(
            arguments.string("name"),
            only_children if arguments.text("children") else None,
            arguments.statuses(),
            arguments.texts("outcome"),
            arguments.time("createdTimeFrom") or "",
            arguments.time("createdTimeTo") or "",
            arguments.string("prefix"),
            arguments.string("text")[:_LONGEST_TEXT],
        )
        created_at, _, last_id = arguments.string("after").partition(" ")
        after = ListPosition(created_at, last_id) if created_at else None
        matches = self._engine.newest_instances(query, min(arguments.top(), _MOST_ROWS), after)
        return dump({"rows": list(map(_summary, matches.rows)), "next": " ".join(matches.next or ())})

    def _instance(self, arguments: Arguments) -> str | None:
        """Return an instance with its history and relatives, None if there is none.

        `rows` has, for each row of `historyEvents`, the id of what it schedules or ends, the episode in which that was
        scheduled, and the instance id of a child: the management API leaves them out.
        """
        instance_id = arguments.string("instanceId")
        row = self._engine.get_instance(instance_id)
        if row is None:
            return None
        history: list[Event] = [] if row.status == "Pending" else self._engine.history(instance_id)
        events, rows, error = None, [], None
        try:
            events = history_events(history, show_input=True, show_output=True)
            rows = list(map(_place, shown_events(history)))
        except SameKeyError as reason:
            error = str(reason)
        related = list(map(_summary, self._engine.related_instances(instance_id)))
        relatives = {"parent": row.parent_instance_id, "related": related, "rows": rows, "historyError": error}
        status = status_object(row, show_input=True, history=events)
        return json_object([("instance", status), *((name, dump(value)) for name, value in relatives.items())])


def _count(tally: Tally) -> dict[str, Any]:
    kind, amount = tally
    return {
        "name": kind.name,
        "isChild": kind.is_child,
        "runtimeStatus": kind.status,
        "outcome": kind.outcome,
        "count": amount,
    }


def _summary(row: InstanceSummary) -> dict[str, Any]:
    return {
        "instanceId": row.instance_id,
        "name": row.name,
        "isChild": row.is_child,
        "runtimeStatus": row.status,
        "outcome": row.outcome,
        "createdTime": row.created_at,
        "lastUpdatedTime": row.updated_at,
    }


def _place(shown: ShownEvent) -> tuple[int, int, str | None]:
    event = shown.scheduled_by or shown.event
    task_id = event.get("TimerId", event["EventId"])
    return task_id, shown.episode, event.get("InstanceId")
