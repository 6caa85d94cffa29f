"""Validation of a chat request: from bytes to a `Post`, or to a problem that names what to mend."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import azure.functions as func

from api.conversation_fields import read_conversation, read_options
from api.idempotency import read_key
from api.identity.caller import Caller
from api.json_body import HALF_OF_A_PAIR, fields_of, invalid
from stores.conversations import Post

MOST_CHARACTERS = 4_000
_FIELDS = ("message", "conversation_id", "options")


def read_post(request: func.HttpRequest, at: datetime, caller: Caller) -> Post:
    """Return the caller's request as a post that is claimed at `at`, in aware UTC. Raise `ApiProblem`."""
    fields = fields_of(request, _FIELDS)
    message = _message(fields)
    conversation = read_conversation(fields)
    options = read_options(fields)
    # The digest is of the validated values, so that the order of fields and white space make no other request.
    validated = json.dumps([message, conversation, options.model_dump()])
    return Post(
        message=message,
        conversation=None if conversation is None else caller.conversation(conversation),
        options=options,
        key=caller.key(read_key(request.headers)),
        body_hash=hashlib.sha256(validated.encode()).hexdigest(),
        at=at,
        owner=caller.owner,
    )


def _message(fields: Mapping[str, Any]) -> str:
    if "message" not in fields:
        raise invalid("The field message is missing: it holds what you want to say, as a string.")
    message = fields["message"]
    if not isinstance(message, str):
        raise invalid("The field message must be a string.")
    if len(message) > MOST_CHARACTERS:
        raise invalid(f"The field message has {len(message):,} characters; at most {MOST_CHARACTERS:,} are accepted.")
    if HALF_OF_A_PAIR.search(message):
        raise invalid("The field message holds half of a surrogate pair, which is no character.")
    if not any(map(_is_visible, message)):
        raise invalid("The field message is blank.")
    return message


def _is_visible(character: str) -> bool:
    # The space is printable for Python, and the other white space is not.
    return character.isprintable() and not character.isspace()
