"""One effect under its key: claimed in the ledger, done by the supplier, concluded in the ledger.

The claim has a lease, which is renewed while its owner works. If the owner dies, the next delivery gets the key and
asks the supplier first; the outcome of an owner that comes back late is refused. The call to the supplier has a
separate time-out. After it the outcome is unknown, the call may still go through, and the same key is sent again.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as CallTimeoutError
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from activities.threads import company_call
from domain.trip.effect_outcomes import EffectEnd, Outcome
from domain.trip.entry_data import Arguments
from stores.ledger import Busy, Done, EffectKey, KeyClaim, Ledger, StaleClaimError, Superseded

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ended:
    """Nothing is left to do for the effect."""

    end: EffectEnd


@dataclass(frozen=True)
class Unended:
    """The effect has no outcome yet: `unknown`, `busy` until then, or `superseded`."""

    status: Literal["unknown", "busy", "superseded"]
    until: datetime | None = None


@dataclass(frozen=True)
class KeyedEffect:
    """One effect under its key.

    `ask` returns the outcome that the supplier has for the key, None if there is none. `act` sends the key.
    """

    key: EffectKey
    arguments: Arguments
    epoch: int
    ask: Callable[[], Outcome | None]
    act: Callable[[], Outcome]


@dataclass(frozen=True)
class Timeouts:
    """The lease of a claim on a key, and the time-out of one call to a supplier, in seconds."""

    lease: float
    call: float


def run(ledger: Ledger, effect: KeyedEffect, timeouts: Timeouts) -> Ended | Unended:
    """Do the effect unless it has been done. Raise the faults of supplier and ledger unchanged."""
    claim = ledger.claim(effect.key, effect.arguments, effect.epoch, timeouts.lease)
    match claim:
        case Done(end):
            return Ended(end)
        case Busy(until):
            return Unended("busy", until)
        case Superseded():
            return Unended("superseded")
        case KeyClaim():
            return _do(ledger, claim, effect, timeouts)


def _do(ledger: Ledger, claim: KeyClaim, effect: KeyedEffect, timeouts: Timeouts) -> Ended | Unended:
    """Do a claimed effect and conclude it. Give the key back if there is no outcome."""
    try:
        claim, outcome = _outcome_in_time(ledger, claim, effect, timeouts)
        return Ended(ledger.conclude(claim, outcome))
    except CallTimeoutError:
        log.warning("effect_late key=%s fence=%d", claim.effect.key, claim.fence)
        # Released, so that the next attempt need not wait for the lease; it will ask the supplier first.
        ledger.release(claim)
        return Unended("unknown")
    except StaleClaimError:
        log.warning("effect_taken_over key=%s fence=%d", claim.effect.key, claim.fence)
        return Unended("unknown")
    except Exception:
        ledger.release(claim)
        raise


def _outcome_in_time(
    ledger: Ledger, claim: KeyClaim, effect: KeyedEffect, timeouts: Timeouts
) -> tuple[KeyClaim, Outcome]:
    """Return the outcome within the time-out, with the claim as it was renewed while this thread waited."""
    call = company_call(_ask_or_act, claim, effect)
    deadline = time.monotonic() + timeouts.call
    # A third of the lease leaves time for two more renewals if one fails.
    renewal = timeouts.lease / 3
    while True:
        left = deadline - time.monotonic()
        try:
            return claim, call.result(timeout=min(left, renewal))
        except CallTimeoutError:
            # A call that is done has raised a time-out itself.
            if call.done() or left <= renewal:
                raise
            claim = ledger.renew(claim, timeouts.lease)


def _ask_or_act(claim: KeyClaim, effect: KeyedEffect) -> Outcome:
    """Return the outcome of the key: the one that an earlier owner may have left at the supplier, or a new one."""
    if claim.takeover:
        outcome = effect.ask()
        if outcome is not None:
            return outcome
    return effect.act()
