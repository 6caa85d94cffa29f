"""What the management API answers when it refuses, in the real host's shapes and words."""

import asyncio
import re
from typing import Any

from devhost.wire.wire import Reply, dump, json_reply, strict_loads

WRONG_ARGUMENT = "One or more of the arguments submitted is incorrect"
WENT_WRONG = "Something went wrong while processing your request"
_FRAMES = "   at devhost.management"
_LARGE = 1_000_000


def message(status: int, text: str) -> Reply:
    """The short form of an error."""
    return json_reply(status, dump({"Message": text}))


def failure(status: int, text: str, kind: str, detail: str) -> Reply:
    """The long form of an error, with the exception."""
    return json_reply(
        status,
        dump({"Message": text, "ExceptionMessage": detail, "ExceptionType": kind, "StackTrace": _FRAMES}),
    )


async def parsed_json(body: bytes) -> Any:
    """The body as a JSON value; a large one is parsed in a thread. Raises ValueError."""
    text = body.decode("utf-8-sig")
    return strict_loads(text) if len(text) < _LARGE else await asyncio.to_thread(strict_loads, text)


def json_complaint(body: bytes, error: ValueError) -> str:
    """Why the real host's parser would refuse the body, for the usual cases in its own words."""
    text = body.decode("utf-8", "replace").lstrip()
    if not text:
        return "Error reading JToken from JsonReader. Path '', line 0, position 0."
    if not re.match(r"[\[{\"\d-]|true|false|null", text):
        return f"Unexpected character encountered while parsing value: {text[0]}. Path '', line 0, position 0."
    if re.fullmatch(r"\{\s*[A-Za-z_$][\w$]*", text):
        return f"Unexpected end while parsing unquoted property name. Path '', line 1, position {len(text)}."
    return f"The content is not valid JSON: {error}."
