"""Error responses of the management API, in the real host's shapes and words (recordings `…_api`)."""

import asyncio
import re
from typing import Any

from devhost.wire.wire import Reply, dump, json_reply, strict_loads

WRONG_ARGUMENT = "One or more of the arguments submitted is incorrect"
WENT_WRONG = "Something went wrong while processing your request"
# A stack trace of .NET stands here on the real host; clients that print it get one line.
_FRAMES = "   at devhost.management"
# Characters; parsing that many takes a few milliseconds.
_LARGE = 1_000_000


def message(status: int, text: str) -> Reply:
    """Make the short form of an error response."""
    return json_reply(status, dump({"Message": text}))


def failure(status: int, text: str, kind: str, detail: str) -> Reply:
    """Make the long form of an error response, with the exception."""
    return json_reply(
        status,
        dump({"Message": text, "ExceptionMessage": detail, "ExceptionType": kind, "StackTrace": _FRAMES}),
    )


async def parsed_json(body: bytes) -> Any:
    """Parse the body as JSON. Raises ValueError."""
    text = body.decode("utf-8-sig")
    # A large body would hold up every other request of the loop.
    return strict_loads(text) if len(text) < _LARGE else await asyncio.to_thread(strict_loads, text)


def json_complaint(body: bytes, error: ValueError) -> str:
    """Return why the real host's parser refuses the body, in its words for the usual cases (`start_api`)."""
    text = body.decode("utf-8", "replace").lstrip()
    if not text:
        return "Error reading JToken from JsonReader. Path '', line 0, position 0."
    if not re.match(r"[\[{\"\d-]|true|false|null", text):
        return f"Unexpected character encountered while parsing value: {text[0]}. Path '', line 0, position 0."
    if re.fullmatch(r"\{\s*[A-Za-z_$][\w$]*", text):
        return f"Unexpected end while parsing unquoted property name. Path '', line 1, position {len(text)}."
    return f"The content is not valid JSON: {error}."
