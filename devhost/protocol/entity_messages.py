"""Messages between orchestrations and entities, with exactly the keys and types of the real host."""

import json
from typing import Any
from uuid import UUID, uuid5

# Any namespace does: the id only has to be the same in every replay.
_GUID_NAMESPACE = UUID("5b0cdbb0-76c5-5a0d-8d1b-3f6f0a6f5d11")
_MESSAGE_TYPE = "Microsoft.Azure.WebJobs.Extensions.DurableTask.{0}, Microsoft.Azure.WebJobs.Extensions.DurableTask"
_NO_PREDECESSOR = "0001-01-01T00:00:00"


def request_guid(instance_id: str, execution_id: str, task_id: int) -> str:
    """Return the id of the request that task `task_id` sends to an entity; it is the same in every replay."""
    return str(uuid5(_GUID_NAMESPACE, f"{execution_id}:{task_id}:{instance_id}"))


def entity_request(  # noqa: PLR0913 - the fields of the message
    at: str,
    operation: str,
    input_text: str | None,
    guid: str,
    *,
    signal: bool,
    parent: str | None,
    parent_execution: str | None,
    predecessor: str | None = None,
    due: str | None = None,
) -> str:
    """Return a request to an entity as JSON text (recordings `entity_talk` and `entity_more`).

    `input_text` is the input as JSON text, or None; it is sent as a JSON string that holds that text. `predecessor`
    is the time of the sender's previous message to the entity. `due` belongs to a scheduled signal: the time before
    which it must not be delivered.
    """
    request: dict[str, Any] = {"$type": _MESSAGE_TYPE.format("RequestMessage"), "op": operation}
    if signal:
        request["signal"] = True
    if input_text is not None:
        request["input"] = json.dumps(input_text, ensure_ascii=False)
    request["id"] = guid
    if parent is not None:
        request |= {"parent": parent, "parentExecution": parent_execution}
    if due is not None:
        request["due"] = due
    request |= {
        "Timestamp": _NO_PREDECESSOR if due else at,
        "Predecessor": predecessor or _NO_PREDECESSOR,
        "requestTime": at.removesuffix("Z") + "+00:00",
    }
    return json.dumps(request, ensure_ascii=False, separators=(",", ":"))


def entity_response(result: str, *, failed: bool) -> str:
    """Return an entity's response as JSON text; `result` is JSON text, of the error's text if it failed."""
    response = {"$type": _MESSAGE_TYPE.format("ResponseMessage"), "result": result}
    if failed:
        response["exceptionType"] = "Error"
    return json.dumps(response, ensure_ascii=False, separators=(",", ":"))
