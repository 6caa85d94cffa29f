"""A chat request, validated: from bytes to a `Post`, or to the problem that names what to mend."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

import azure.functions as func

from api.problems import ApiProblem
from domain.ids import CONVERSATION_ID
from stores.conversations import Post

MOST_BYTES = 64 * 1024
MOST_CHARACTERS = 4_000
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_FIELDS = ("message", "conversation_id")


def read_post(request: func.HttpRequest, at: datetime) -> Post:
    """The request as a post claimed at `at`. Raises `ApiProblem`."""
    _require_json(request.headers)
    fields = _parsed(request.get_body())
    _refuse_unknown(fields)
    message = _message(fields)
    conversation = _conversation(fields)
    validated = json.dumps([message, conversation])
    return Post(
        message=message,
        conversation=conversation,
        key=_key(request.headers),
        body_hash=hashlib.sha256(validated.encode()).hexdigest(),
        at=at,
    )


def _require_json(headers: Mapping[str, str]) -> None:
    given = headers.get("content-type", "")
    if given.partition(";")[0].strip().lower() != "application/json":
        found = f"this one says {given[:100]!a}" if given else "this one has no such header"
        raise ApiProblem(
            "unsupported_media_type", f"Send the body with the header Content-Type: application/json; {found}."
        )


def _parsed(body: bytes) -> dict[str, Any]:
    if len(body) > MOST_BYTES:
        raise ApiProblem("body_too_large", f"The body has {len(body):,} bytes; at most {MOST_BYTES:,} are accepted.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ApiProblem("invalid_json", f"The body is not UTF-8: byte {error.start} can't be read.") from None
    try:
        parsed: object = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ApiProblem("invalid_json", f"The body is not valid JSON: {error.msg} at {where}.") from None
    except (ValueError, RecursionError):
        raise ApiProblem("invalid_json", "The body holds numbers too long or is nested too deeply.") from None
    if not isinstance(parsed, dict):
        raise ApiProblem("invalid_request", 'The body must be a JSON object, e.g. {"message": "A week in Rome"}.')
    return parsed


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ApiProblem("invalid_json", f"The body names {name[:100]!a} twice in one object.")
        found[name] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise ApiProblem("invalid_json", f"The body holds {name}, which JSON does not have.")


def _refuse_unknown(fields: Mapping[str, Any]) -> None:
    unknown = next((name for name in fields if name not in _FIELDS), None)
    if unknown is not None:
        raise _invalid(f"There is no field {unknown[:100]!a}; the fields are {' and '.join(_FIELDS)}.")


def _message(fields: Mapping[str, Any]) -> str:
    if "message" not in fields:
        raise _invalid("The field message is missing: it holds what you want to say, as a string.")
    message = fields["message"]
    if not isinstance(message, str):
        raise _invalid("The field message must be a string.")
    if len(message) > MOST_CHARACTERS:
        raise _invalid(f"The field message has {len(message):,} characters; at most {MOST_CHARACTERS:,} are accepted.")
    if any("\ud800" <= character <= "\udfff" for character in message):
        raise _invalid("The field message holds half of a surrogate pair, which is no character.")
    if not any(character.isprintable() and not character.isspace() for character in message):
        raise _invalid("The field message is blank.")
    return message


def _conversation(fields: Mapping[str, Any]) -> str | None:
    if "conversation_id" not in fields:
        return None
    conversation = fields["conversation_id"]
    if not isinstance(conversation, str) or not CONVERSATION_ID.fullmatch(conversation):
        raise _invalid(
            "The field conversation_id must be a string of 1 to 64 letters, digits, _ or -; leave it out for a new"
            " conversation."
        )
    return conversation


def _key(headers: Mapping[str, str]) -> str | None:
    key = headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise _invalid("The header Idempotency-Key must hold 1 to 255 printable ASCII characters.")
    return key


def _invalid(detail: str) -> ApiProblem:
    return ApiProblem("invalid_request", detail)
