"""Instances and entities as JSON texts of the management API; stored texts are inserted unparsed."""

from devhost.hub.records import EntityRow, InstanceRow
from devhost.wire.wire import as_json, dump, json_object


def status_object(row: InstanceRow, *, show_input: bool, history: str | None = None) -> str:
    """Return an instance's status (recording `status_api`)."""
    # Only a Completed instance has JSON as output; the others have a text that may look like JSON.
    output = (row.output or "null") if row.status == "Completed" else as_json(row.output)
    pairs = [
        ("name", dump(row.name)),
        ("instanceId", dump(row.instance_id)),
        ("runtimeStatus", dump(row.status)),
        ("input", (row.input or "null") if show_input else "null"),
        ("customStatus", row.custom_status or "null"),
        ("output", output),
        ("createdTime", dump(row.created_at[:19] + "Z")),
        ("lastUpdatedTime", dump(row.updated_at[:19] + "Z")),
    ]
    if history is not None:
        pairs.append(("historyEvents", history))
    return json_object(pairs)


def entity_object(row: EntityRow, fetch_state: bool) -> str:
    """Return an item of the list of entities (recording `entity_api`)."""
    return json_object(
        [
            ("entityId", dump({"name": row.name, "key": row.key})),
            ("lastOperationTime", dump(row.last_operation_at)),
            ("state", (row.state or "null") if fetch_state else "null"),
        ]
    )
