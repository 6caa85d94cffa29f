"""What every conversation store does alike."""

import hashlib
import secrets
from datetime import timedelta

from stores.conversations import ConversationForgottenError

START_LEASE = timedelta(seconds=5)
"""How long the right to start an attempt stands without its start being told."""


def new_conversation_id() -> str:
    return "c-" + secrets.token_urlsafe(16)


def digest(text: str) -> str:
    """What is stored of a key, or of a conversation that was forgotten."""
    return hashlib.sha256(text.encode()).hexdigest()


def forgotten(conversation: str | None) -> ConversationForgottenError:
    name = f"The conversation {conversation}" if conversation else "The conversation of this key"
    return ConversationForgottenError(f"{name} was forgotten at its owner's wish; nothing was stored.")


def never_claimed(conversation: str, number: int) -> LookupError:
    return LookupError(f"Turn {number} of conversation {conversation} was never claimed.")
