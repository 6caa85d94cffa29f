"""The rules that all conversation stores share."""

import hashlib
import secrets
from datetime import timedelta

from stores.conversations import ConversationForgottenError, TurnsUnderWayError

START_LEASE = timedelta(seconds=5)
"""The time after which the right to start an attempt lapses, unless its start is reported.

Longer than a start takes, and short enough for a repeated post to wait for.
"""


def new_conversation_id() -> str:
    """Return a new id that nobody can guess."""
    # 16 bytes are 128 bits, as many as the ids of trips have.
    return "c-" + secrets.token_urlsafe(16)


def digest(text: str) -> str:
    """Return the digest that is stored in place of a key or of a forgotten conversation's id."""
    return hashlib.sha256(text.encode()).hexdigest()


def forgotten_error(conversation: str | None) -> ConversationForgottenError:
    """Return the error for a post to a forgotten conversation, or with a key of one."""
    name = f"The conversation {conversation}" if conversation else "The conversation of this key"
    return ConversationForgottenError(f"{name} was forgotten at its owner's wish; nothing was stored.")


def under_way_error(most: int) -> TurnsUnderWayError:
    """Return the error for a turn more than an owner may have under way."""
    return TurnsUnderWayError(f"There are {most} turns under way already; nothing was stored.")


def never_claimed_error(conversation: str, number: int) -> LookupError:
    """Return the error for a turn that does not exist."""
    return LookupError(f"Turn {number} of conversation {conversation} was never claimed.")
