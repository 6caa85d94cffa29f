"""Every id of the project is made here, from business identity alone, so that a repeat makes the same one."""

import hashlib
import hmac
import re
from datetime import datetime

from domain.components import IN_BOOKING_ORDER, Component, Effect

CONVERSATION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def trip_id(secret: bytes, conversation: str, turn: int, index: int) -> str:
    """The id of the trip that call `index` of a turn books: repeatable with the secret, not guessable without."""
    return "trip-" + _digest(secret, "trip", conversation, str(turn), str(index))


def chat_turn_id(secret: bytes, conversation: str, turn: int, attempt: int) -> str:
    """The instance id of the `chat_turn` orchestration for one attempt at a turn."""
    return "chat-" + _digest(secret, "turn", conversation, str(turn), str(attempt))


def component_id(trip: str, component: Component) -> str:
    """The id of a component inside a travel trip, which is also its saga's instance id."""
    return f"{trip}-{component.suffix}"


def split_component_id(identifier: str) -> tuple[str, Component] | None:
    """The travel trip and the component that a component id names; None if it isn't formed like one."""
    trip, _, suffix = identifier.rpartition("-")
    found = next((c for c in IN_BOOKING_ORDER if c.suffix == suffix), None)
    return (trip, found) if trip and found else None


def effect_key(component: str, effect: Effect, revision: int) -> str:
    """The idempotency key of one effect on one revision of a component, whoever runs it."""
    return f"{component}/{effect}/{revision}"


def follow_up_id(trip: str, command: int) -> str:
    """The instance id of the saga that a command after the trip's end starts."""
    return f"{trip}-command-{command}"


def recovery_id(trip: str, epoch: int) -> str:
    """The instance id of the saga that takes a dead trip over."""
    return f"{trip}-recovery-{epoch}"


def decision_id(trip: str, item: str, version: int, decided: tuple[str, ...]) -> str:
    """The id of one decision on an open item, which is also the instance id of the orchestration that carries it out:
    the same decision on the same version of the trip has the same one."""
    return f"{trip}-decision-{_hash(trip, item, str(version), *decided)[:16]}"


def keyed_command_id(trip: str, kind: str, key: str) -> str:
    """The id of the command that a request with an Idempotency-Key becomes. Nobody can read the key from it."""
    return _hash(trip, kind, key)[:32]


def keyed_decision_id(trip: str, item: str, key: str) -> str:
    """The id of a decision that came with an Idempotency-Key, on whichever version of the trip."""
    return f"{trip}-decision-{_hash('key', item, key)[:32]}"


def late_outcome_id(row: int) -> str:
    """The id of the command that tells of an outcome which came after its effect was given up, in this row."""
    return f"late-outcome-{row}"


def command_event(number: int) -> str:
    """The external event that wakes a saga for one command; it carries nothing, the row tells."""
    return f"command-{number}"


def confirmation_id(component: Component, booked_at: datetime, key: str, collision: int = 0) -> str:
    """E.g. `FL-20260216143022-7QK2`: booking time in UTC and a suffix drawn from the key.

    `collision` counts the suffixes that the supplier found taken for that second.
    """
    alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    number = int.from_bytes(hashlib.sha256(f"{key}\n{collision}".encode()).digest()[:8])
    suffix = "".join(alphabet[number >> (5 * i) & 31] for i in range(4))
    return f"{component.prefix}-{booked_at:%Y%m%d%H%M%S}-{suffix}"


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _digest(secret: bytes, *parts: str) -> str:
    text = "\n".join(parts).encode()
    return hmac.new(secret, text, hashlib.sha256).hexdigest()[:32]
