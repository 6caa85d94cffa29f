"""All ids of the project. They are made from business identity alone, so a repeat makes the same one."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime

from domain.components import IN_BOOKING_ORDER, Component, Effect, TripKind, has_parts, parts_of

CONVERSATION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
CONFIRMATION_PREFIXES = "|".join(component.prefix for component in IN_BOOKING_ORDER)
"""The prefixes of all confirmation ids, for a regular expression."""
CONFIRMATION_ID = re.compile(rf"(?:{CONFIRMATION_PREFIXES})-\d{{14}}-[A-Z0-9]{{4}}")

_BY_SUFFIX = {component.suffix: component for component in IN_BOOKING_ORDER}


def trip_id(secret: bytes, conversation: str, turn: int, index: int) -> str:
    """Return the id of the trip that tool call `index` of a turn books; nobody can guess it without the secret."""
    return "trip-" + _digest(secret, "trip", conversation, str(turn), str(index))


def quote_id(secret: bytes, conversation: str, turn: int, attempt: int) -> str:
    """Return the id of the quote of an attempt at a turn, which is also the instance id of its orchestration."""
    return "quote-" + _digest(secret, "quote", conversation, str(turn), str(attempt))


def next_quote_id(secret: bytes, quote: str) -> str:
    """Return the id of the quote that is made when the price of this one was no longer the agreed one."""
    return "quote-" + _digest(secret, "next quote", quote)


def quoted_trip_id(secret: bytes, quote: str, index: int) -> str:
    """Return the id of the trip that is booked for one request of a quote once the traveller has agreed to it."""
    return "trip-" + _digest(secret, "quoted trip", quote, str(index))


def chat_turn_id(secret: bytes, conversation: str, turn: int, attempt: int) -> str:
    """Return the instance id of the `chat_turn` orchestration for one attempt at a turn."""
    return "chat-" + _digest(secret, "turn", conversation, str(turn), str(attempt))


def owner_id(secret: bytes, provider: str, principal: str) -> str:
    """Return the owner of what a signed-in principal begins: 16 hex digits that tell nothing without the secret."""
    return _digest(secret, "owner", provider, principal)[:16]


def owned_id(owner: str | None, conversation: str) -> str:
    """Return the id under which a conversation is stored. That of the holder of a function key has no owner in it."""
    # No id of a conversation has a dot, so the two parts can be told apart.
    return _owned(owner, ".", conversation)


def split_owned_id(stored: str) -> tuple[str | None, str]:
    """Return the owner of a stored conversation and the id that its owner knows, empty once it was forgotten."""
    owner, dot, conversation = stored.rpartition(".")
    return (owner, conversation) if dot else (None, stored)


def owned_key(owner: str | None, key: str) -> str:
    """Return an Idempotency-Key as that of its owner, so that others may use the same one."""
    # No header holds a line break, so no other caller's key reads like this.
    return _owned(owner, "\n", key)


def address_bucket(secret: bytes, address: str) -> str:
    """Return the name under which an address is counted; nobody finds the address from it without the secret."""
    return _digest(secret, "address", address)


def request_mark(key: str) -> str:
    """Return what a request with this Idempotency-Key is counted as, however often it is sent."""
    return _hash("mark", key)[:32]


def turn_name(conversation: str, number: int) -> str:
    """Return the name of a turn within a process. It is no secret's digest, so it is for no log and no address."""
    return f"{conversation}/{number}"


def component_id(trip: str, component: Component) -> str:
    """Return the id of a component inside a travel trip, which is also the instance id of its saga."""
    return f"{trip}-{component.suffix}"


def component_ids(trip: str, kind: TripKind) -> Sequence[str]:
    """Return the ids of a trip's components; that of a trip of one component is the trip's."""
    if not has_parts(kind):
        return [trip]
    return [component_id(trip, component) for component in parts_of(kind)]


def split_component_id(identifier: str) -> tuple[str, Component] | None:
    """Return the travel trip and the component that a component id names; None if it does not have that form."""
    # Only the last part is looked up: the id of a trip may contain hyphens itself.
    trip, _, suffix = identifier.rpartition("-")
    if trip == "":
        return None
    if suffix not in _BY_SUFFIX:
        return None
    return trip, _BY_SUFFIX[suffix]


def effect_key(component: str, effect: Effect, revision: int) -> str:
    """Return the idempotency key of one effect on one revision of a component, the same for every caller."""
    return f"{component}/{effect}/{revision}"


def quote_key(component: str, revision: int) -> str:
    """Return the key under which the price of one revision of a component is asked for; it holds nothing."""
    return f"{component}/quote/{revision}"


def price_enquiry_id(component: str) -> str:
    """Return the instance id of the price enquiry for a component; a later enquiry takes the place of an earlier."""
    return f"{component}-price"


def follow_up_id(trip: str, command: int) -> str:
    """Return the instance id of the follow-up that a command after the trip's end starts."""
    return f"{trip}-command-{command}"


def recovery_id(trip: str, epoch: int) -> str:
    """Return the instance id of the recovery that takes over a trip whose saga has died."""
    return f"{trip}-recovery-{epoch}"


def decision_id(trip: str, item: str, version: int, decided: tuple[str, ...]) -> str:
    """Return the id of one decision on an open item, which is also the instance id of its orchestration.

    The same decision on the same version of the trip has the same id.
    """
    return f"{trip}-decision-{_hash(trip, item, str(version), *decided)[:16]}"


def keyed_command_id(trip: str, kind: str, key: str) -> str:
    """Return the id of the command that a request with an Idempotency-Key becomes; the key cannot be read from it."""
    return _hash(trip, kind, key)[:32]


def keyed_decision_id(trip: str, item: str, key: str) -> str:
    """Return the id of a decision that came with an Idempotency-Key, the same for every version of the trip."""
    return f"{trip}-decision-{_hash('key', item, key)[:32]}"


def late_outcome_id(row: int) -> str:
    """Return the id of the command for an outcome that came after its effect was given up, in this row."""
    return f"late-outcome-{row}"


def command_event(number: int) -> str:
    """Return the external event that wakes a saga for one command; it carries no data, the saga reads the row."""
    return f"command-{number}"


def confirmation_id(component: Component, booked_at: datetime, key: str, collision: int = 0) -> str:
    """Return an id such as `FL-20260216143022-7QK2`: the booking time in UTC and a suffix drawn from the key.

    `collision` counts the suffixes that other bookings of that second already have.
    """
    # Without 0, O, 1 and I, which people misread. The 32 letters take 5 bits each.
    alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    number = int.from_bytes(hashlib.sha256(f"{key}\n{collision}".encode()).digest()[:8])
    suffix = "".join(alphabet[number >> (5 * position) & 31] for position in range(4))
    return f"{component.prefix}-{booked_at:%Y%m%d%H%M%S}-{suffix}"


def _owned(owner: str | None, mark: str, text: str) -> str:
    return text if owner is None else f"{owner}{mark}{text}"


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _digest(secret: bytes, *parts: str) -> str:
    # 128 bits: short enough for a path, and no two trips ever share them.
    text = "\n".join(parts).encode()
    return hmac.new(secret, text, hashlib.sha256).hexdigest()[:32]
