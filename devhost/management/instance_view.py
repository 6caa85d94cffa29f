"""Instances and entities as the management API shows them, as JSON text; stored texts go in unparsed."""

from devhost.hub.records import EntityRow, InstanceRow
from devhost.wire.wire import as_json, dump, json_object


def status_object(row: InstanceRow, *, show_input: bool, history: str | None = None) -> str:
    """An instance's status as JSON text; its texts go in as they are stored."""
    plain = row.status != "Completed"
    pairs = [
        ("name", dump(row.name)),
        ("instanceId", dump(row.instance_id)),
        ("runtimeStatus", dump(row.status)),
        ("input", (row.input or "null") if show_input else "null"),
        ("customStatus", row.custom_status or "null"),
        ("output", as_json(row.output) if plain else row.output or "null"),
        ("createdTime", dump(row.created_at[:19] + "Z")),
        ("lastUpdatedTime", dump(row.updated_at[:19] + "Z")),
    ]
    return json_object([*pairs, ("historyEvents", history)] if history is not None else pairs)


def entity_object(row: EntityRow, fetch_state: bool) -> str:
    """An entity as the list of entities shows it."""
    return json_object(
        [
            ("entityId", dump({"name": row.name, "key": row.key})),
            ("lastOperationTime", dump(row.last_operation_at)),
            ("state", (row.state or "null") if fetch_state else "null"),
        ]
    )
