"""One effect under its key: claimed in the ledger, done by the company, concluded in the ledger.

The key's claim has a lease that is renewed while its owner works. An owner that dies leaves the key to the next
delivery, which asks the company first; an owner that comes back late is refused. The call to the company has a
time-out of its own: past it the outcome is unknown, the call may still go through, and the same key is sent again.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as LateError
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import process
from activities.threads import AT_ONCE
from domain.trip.records import Data
from stores.ledger import Busy, Done, EffectKey, KeyClaim, Ledger, StaleClaimError, Superseded

log = logging.getLogger(__name__)

_CALLS_AT_ONCE = 2 * AT_ONCE
"""More than effects under way: a call goes on after its effect's time-out."""


@dataclass(frozen=True)
class Ended:
    """The effect has an outcome."""

    answer: Data


@dataclass(frozen=True)
class Unended:
    """It has none yet: `unknown`, `busy` until then, or `superseded`."""

    status: Literal["unknown", "busy", "superseded"]
    until: datetime | None = None


@dataclass(frozen=True)
class Effect:
    """One effect: `ask` returns the outcome of its key, or None while there is none; `act` sends it under the key."""

    key: EffectKey
    arguments: Data
    epoch: int
    ask: Callable[[], Data | None]
    act: Callable[[], Data]


@dataclass(frozen=True)
class Patience:
    """Bounds in seconds: of a claim on a key, and of one call to a company."""

    lease: float
    call: float


def run(ledger: Ledger, effect: Effect, patience: Patience) -> Ended | Unended:
    """Do the effect unless it has been done. Faults of company and ledger are raised as they are."""
    claim = ledger.claim(effect.key, effect.arguments, effect.epoch, patience.lease)
    match claim:
        case Done(answer):
            return Ended(answer)
        case Busy(until):
            return Unended("busy", until)
        case Superseded():
            return Unended("superseded")
        case KeyClaim():
            return _own(ledger, claim, effect, patience)


def _own(ledger: Ledger, claim: KeyClaim, effect: Effect, patience: Patience) -> Ended | Unended:
    try:
        claim, answer = _called(ledger, claim, effect, patience)
        return Ended(ledger.conclude(claim, answer))
    except LateError:
        log.warning("effect_late key=%s fence=%d", claim.effect.key, claim.fence)
        ledger.release(claim)
        return Unended("unknown")
    except StaleClaimError:
        log.warning("effect_taken_over key=%s fence=%d", claim.effect.key, claim.fence)
        return Unended("unknown")
    except Exception:
        ledger.release(claim)
        raise


def _called(ledger: Ledger, claim: KeyClaim, effect: Effect, patience: Patience) -> tuple[KeyClaim, Data]:
    """The company's answer within the time-out; the lease is renewed while this thread waits for it."""
    call = process.pool("company", _CALLS_AT_ONCE).submit(_asked_first, claim, effect)
    deadline = time.monotonic() + patience.call
    while True:
        left = deadline - time.monotonic()
        try:
            return claim, call.result(timeout=min(left, patience.lease / 3))
        except LateError:
            if call.done() or left <= patience.lease / 3:
                raise
            claim = ledger.renew(claim, patience.lease)


def _asked_first(claim: KeyClaim, effect: Effect) -> Data:
    """An earlier owner may have done it: what the company knows of the key counts before anything is sent."""
    found = effect.ask() if claim.takeover else None
    return effect.act() if found is None else found
