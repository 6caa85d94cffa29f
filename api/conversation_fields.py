"""The fields that a message and a price enquiry share."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from api.json_body import invalid
from domain.ids import CONVERSATION_ID
from domain.options import TripOptions


def read_conversation(fields: Mapping[str, Any]) -> str | None:
    """Return the id of the conversation, None for a new one. Raise `ApiProblem`."""
    if "conversation_id" not in fields:
        return None
    conversation = fields["conversation_id"]
    if not isinstance(conversation, str) or not CONVERSATION_ID.fullmatch(conversation):
        raise invalid(
            "The field conversation_id must be a string of 1 to 64 letters, digits, _ or -; leave it out for a new"
            " conversation."
        )
    return conversation


def read_options(fields: Mapping[str, Any]) -> TripOptions:
    """Return the options of the trips. Raise `ApiProblem`."""
    try:
        return TripOptions.model_validate(fields.get("options", {}))
    except ValidationError:
        raise invalid(
            "The field options must be an object with on_failure (all_or_nothing, keep_what_works or ask_me) and"
            " parallel (true or false), each of them optional."
        ) from None
