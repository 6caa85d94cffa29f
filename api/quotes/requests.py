"""Validation of the requests about quotes: from bytes to values, or to a problem that names what to mend."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import azure.functions as func
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from api.conversation_fields import read_conversation, read_options
from api.idempotency import read_key
from api.identity.caller import Caller
from api.json_body import HALF_OF_A_PAIR, fields_of, invalid
from domain.components import TRIP_KINDS, ToolName, tool_of
from domain.conversation.turn import Draft
from domain.value import Value
from stores.conversations import Post

_TOOLS: dict[str, ToolName] = {tool_of(kind): tool_of(kind) for kind in TRIP_KINDS}
_QUOTE_FIELDS = ("tool", "arguments", "conversation_id", "options")
_DECISION_FIELDS = ("decision", "hash", "note")
_LONGEST_NOTE = 1_000
_LONGEST_TEXT = 200
_ARGUMENTS: TypeAdapter[dict[str, str | int]] = TypeAdapter(
    dict[str, str | int], config=ConfigDict(strict=True, str_max_length=_LONGEST_TEXT)
)
_MOST_ARGUMENTS = 12


class ApprovalBody(Value):
    """The body of `POST /api/approvals/{quote}`."""

    model_config = ConfigDict(strict=True)

    decision: Literal["approve", "reject", "change"]
    hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    note: str | None = Field(default=None, min_length=1, max_length=_LONGEST_NOTE)


def read_quote_post(request: func.HttpRequest, at: datetime, caller: Caller) -> Post:
    """Return the price enquiry as a post that is claimed at `at`, in aware UTC. Raise `ApiProblem`."""
    fields = fields_of(request, _QUOTE_FIELDS)
    asked = Draft(tool=_tool(fields), arguments=_arguments(fields))
    conversation, options = read_conversation(fields), read_options(fields)
    # Words for the history of the conversation; the arguments are what counts.
    message = f"What would this cost? {asked.tool} {json.dumps(asked.arguments, sort_keys=True, ensure_ascii=False)}"
    validated = json.dumps(["quote", message, conversation, options.model_dump()])
    return Post(
        message=message,
        conversation=None if conversation is None else caller.conversation(conversation),
        options=options,
        key=caller.key(read_key(request.headers)),
        body_hash=hashlib.sha256(validated.encode()).hexdigest(),
        at=at,
        asked=asked,
        owner=caller.owner,
    )


def read_decision(request: func.HttpRequest) -> ApprovalBody:
    """Return the decision. Raise `ApiProblem`."""
    fields = fields_of(request, _DECISION_FIELDS)
    try:
        body = ApprovalBody.model_validate(fields)
    except ValidationError:
        raise invalid(
            "The body needs decision (approve, reject or change) and hash (64 hex digits, from the quote's offer), and"
            f" may have note (a text of 1 to {_LONGEST_NOTE:,} characters)."
        ) from None
    if (body.decision == "change") != (body.note is not None):
        raise invalid("The field note says what to change: it comes with the decision change and with no other.")
    if body.note and HALF_OF_A_PAIR.search(body.note):
        raise invalid("The field note holds half of a surrogate pair, which is no character.")
    return body


def _tool(fields: Mapping[str, Any]) -> ToolName:
    tool = fields.get("tool")
    if not isinstance(tool, str) or tool not in _TOOLS:
        raise invalid(f"The field tool must be one of {', '.join(_TOOLS)}.")
    return _TOOLS[tool]


def _arguments(fields: Mapping[str, Any]) -> dict[str, str | int]:
    try:
        arguments = _ARGUMENTS.validate_python(fields.get("arguments"))
    except ValidationError:
        raise _bad_arguments() from None
    texts = [text for pair in arguments.items() for text in pair if isinstance(text, str)]
    if len(arguments) > _MOST_ARGUMENTS or any(map(HALF_OF_A_PAIR.search, texts)):
        raise _bad_arguments()
    return arguments


def _bad_arguments() -> Exception:
    return invalid(
        "The field arguments must be an object with the tool's arguments, such as destination, nights or days, and date"
        f" (YYYY-MM-DD): texts of up to {_LONGEST_TEXT} characters and whole numbers."
    )
