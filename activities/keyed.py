"""One effect under its key: claimed in the ledger, done by the supplier, concluded in the ledger.

The claim has a lease, which is renewed while its owner works. If the owner dies, the next delivery gets the key and
asks the supplier first; the outcome of an owner that comes back late is refused. The call to the supplier has a
separate time-out. After it the outcome is unknown, the call may still go through, and the same key is sent again.
"""

import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as CallTimeoutError
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from activities.step_log import log_step
from activities.threads import company_call
from domain.components import COMPONENTS
from domain.trip.effect_outcomes import EffectEnd, Outcome, Refused
from domain.trip.entry_data import Arguments
from domain.trip.facts import TripFacts
from stores.ledger import Busy, Done, EffectKey, KeyClaim, Ledger, StaleClaimError, Superseded

Wording = Callable[[Outcome], str | None]
"""Returns the words for an outcome, None if they come later."""
_UNDOING = ("cancel", "void", "refund")


@dataclass(frozen=True)
class Ended:
    """Nothing is left to do for the effect. `facts` are those right after it; None if it was done before."""

    end: EffectEnd
    facts: TripFacts | None

    @property
    def is_repeated(self) -> bool:
        return self.facts is None


@dataclass(frozen=True)
class Unended:
    """The effect has no outcome yet: `unknown`, `busy` until then, or `superseded`. `reason` is for the log."""

    status: Literal["unknown", "busy", "superseded"]
    reason: Literal["no_answer_in_time", "key_taken_over", "another_delivery", "later_saga"]
    until: datetime | None = None


@dataclass(frozen=True)
class KeyedEffect:
    """One effect under its key.

    `ask` returns the outcome that the supplier has for the key, None if there is none. `act` sends the key. `word`
    makes the text that is kept with the outcome.
    """

    key: EffectKey
    arguments: Arguments
    epoch: int
    ask: Callable[[], Outcome | None]
    act: Callable[[], Outcome]
    word: Wording | None = None


@dataclass(frozen=True)
class Timeouts:
    """The lease of a claim on a key, and the time-out of one call to a supplier, in seconds.

    None is for suppliers that answer at once: a call that never waits needs no thread that watches it.
    """

    lease: float
    call: float | None


def run(ledger: Ledger, effect: KeyedEffect, timeouts: Timeouts) -> Ended | Unended:
    """Do the effect unless it has been done, and log it. Raise the faults of supplier and ledger unchanged."""
    trip, step = effect.key.trip, step_of(effect.key)
    try:
        result = _claim_and_do(ledger, effect, timeouts)
    except Exception as fault:
        log_step(trip, step, "unknown", type(fault).__name__)
        raise
    match result:
        case Ended(facts=None) if effect.key.effect in _UNDOING:
            # Each attempt at one part of an undoing asks for all parts again, and those that are done were logged.
            pass
        case Ended(Refused(refusal=refusal)):
            log_step(trip, step, "refused", refusal.code)
        case Ended(end):
            log_step(trip, step, end.status)
        case Unended(status, reason):
            log_step(trip, step, status, reason)
    return result


def _claim_and_do(ledger: Ledger, effect: KeyedEffect, timeouts: Timeouts) -> Ended | Unended:
    claim = ledger.claim(effect.key, effect.arguments, effect.epoch, timeouts.lease)
    match claim:
        case Done(end):
            return Ended(end, facts=None)
        case Busy(until):
            return Unended("busy", "another_delivery", until)
        case Superseded():
            return Unended("superseded", "later_saga")
        case KeyClaim():
            return _do(ledger, claim, effect, timeouts)


def _do(ledger: Ledger, claim: KeyClaim, effect: KeyedEffect, timeouts: Timeouts) -> Ended | Unended:
    """Do a claimed effect and conclude it. Give the key back if there is no outcome."""
    try:
        claim, outcome = _outcome_in_time(ledger, claim, effect, timeouts)
        conclusion = ledger.conclude(claim, outcome, effect.word(outcome) if effect.word else None)
        return Ended(conclusion.outcome, conclusion.rows.facts)
    except CallTimeoutError:
        # Released, so that the next attempt need not wait for the lease; it will ask the supplier first.
        ledger.release(claim)
        return Unended("unknown", "no_answer_in_time")
    except StaleClaimError:
        return Unended("unknown", "key_taken_over")
    except Exception:
        ledger.release(claim)
        raise


def _outcome_in_time(
    ledger: Ledger, claim: KeyClaim, effect: KeyedEffect, timeouts: Timeouts
) -> tuple[KeyClaim, Outcome]:
    """Return the outcome within the time-out, with the claim as it was renewed while this thread waited."""
    if timeouts.call is None:
        return claim, _ask_or_act(claim, effect)
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


def step_of(key: EffectKey) -> str:
    """Return the name of the effect as a step: `hold_flight`, and `hold_flight_2` when a change holds another."""
    name = f"{key.effect}_{COMPONENTS[key.kind].suffix}"
    return name if key.revision == 1 else f"{name}_{key.revision}"
