"""The rules of effects and their keys: the owner of a key, and the rows about an effect."""

import hashlib
from dataclasses import replace
from datetime import timedelta

from domain.components import Effect
from domain.ids import effect_key, late_outcome_id
from domain.money.postings import of_outcome
from domain.trip.command_bodies import LateOutcomeBody
from domain.trip.effect_outcomes import (
    Cancelled,
    Captured,
    EffectEnd,
    Outcome,
    Refused,
    Settled,
    WrittenOff,
    outcome_data,
)
from domain.trip.entry_data import Arguments, CancelArguments, GivenUp, arguments_data
from domain.trip.records import Command
from stores.ledger import (
    MOST_ROWS,
    Busy,
    Done,
    EffectKey,
    KeyClaim,
    KeyReusedError,
    StaleClaimError,
    Superseded,
    TripFullError,
)
from stores.unit_of_work import KeyMark, KeyRecord, UnitOfWork, to_json

LONGEST_KEY = 255
UNDONE_BY: dict[Effect, Effect] = {"hold": "cancel", "confirm": "cancel", "authorize": "void", "capture": "void"}
"""The forward effects, and the effect that undoes each. A refused undoing is left to an operator."""
_UNCONCLUDED: tuple[KeyMark, ...] = ("open", "given_up")
"""Marks of a key that may still get an outcome."""
_DECIDED: dict[KeyMark, EffectEnd] = {"settled": Settled(), "written_off": WrittenOff()}
_SAME_MONEY: dict[Effect, Effect] = {"capture": "void", "void": "capture"}
"""A void can find that the payment was captured. Whichever of both concludes first posts the capture."""


def check(effect: EffectKey) -> None:
    """Raise `ValueError` for a key that is not the effect's, or is too long."""
    is_of_trip = effect.component == effect.trip or effect.component.startswith(f"{effect.trip}-")
    if not is_of_trip or effect.key != effect_key(effect.component, effect.effect, effect.revision):
        raise ValueError(
            f"{effect.key} is not the key of {effect.effect} for {effect.component} of {effect.trip}; nothing was done."
        )
    if len(effect.key) > LONGEST_KEY:
        raise ValueError(f"A key has at most {LONGEST_KEY} characters, this one has {len(effect.key)}.")


def claim(
    work: UnitOfWork, effect: EffectKey, arguments: Arguments, epoch: int, lease: float
) -> KeyClaim | Done | Busy | Superseded:
    """Write the intent and take the key; see `Ledger.claim`."""
    record = work.key(effect.key)
    digest = _digest(effect, arguments)
    # Compared first: a key with other arguments is an error whatever became of it.
    if record and record.arguments not in (None, digest):
        raise KeyReusedError(f"The key {effect.key} was used with other arguments; nothing was done.")
    # The rule runs again when the answer to its own write was lost: then the key is this call's already.
    if record and record.owner == work.call and record.until:
        return KeyClaim(effect, record.fence, record.until, takeover=record.fence > 1)
    # Asked before the lease: an effect that has its outcome is answered at once, whoever holds the key.
    refused = _not_to_be_done(work, effect, record, epoch)
    if refused:
        return refused
    if record and record.until and record.until > work.at:
        return Busy(record.until)
    return _take(work, effect, arguments, record or KeyRecord(effect.key), lease)


def renew(work: UnitOfWork, claim: KeyClaim, lease: float) -> KeyClaim:
    """Extend the lease; see `Ledger.renew`."""
    record = _owned(work, claim)
    until = work.at + timedelta(seconds=lease)
    work.put(replace(record, until=until))
    return replace(claim, until=until)


def release(work: UnitOfWork, claim: KeyClaim) -> None:
    """End the lease without an outcome; see `Ledger.release`."""
    record = work.key(claim.effect.key)
    # A lease that another call holds by now is not this one's to end.
    if record and record.mark in _UNCONCLUDED and record.fence == claim.fence and record.until:
        work.put(replace(record, until=None))


def conclude(work: UnitOfWork, claim: KeyClaim, outcome: Outcome, text: str | None) -> Outcome:
    """Write the outcome and its postings; see `Ledger.conclude`."""
    effect = claim.effect
    record = work.key(effect.key)
    # Compared as texts: values are equal too if one was given a field that the other has by default.
    if record and record.answer and _text(record.answer) == _text(outcome):
        return record.answer
    record = _owned(work, claim)
    number = work.append("outcome", outcome, effect)
    if text:
        work.texts[effect.key] = text
    if record.mark == "given_up":
        _send_late_outcome(work, number)
    work.put(replace(record, mark="done", until=None, outcome=number, answer=outcome))
    # A refused undoing waits for an operator, so the trip belongs to those that may have open items.
    if isinstance(outcome, Refused) and effect.effect not in UNDONE_BY:
        work.head = replace(work.head, troubled=True)
    if not _is_posted(work, effect, outcome):
        fee_agreed = _fee_agreed(work, effect) if effect.effect == "cancel" else 0
        work.postings.extend(of_outcome(number, effect.effect, outcome, fee_agreed))
    return outcome


def give_up(work: UnitOfWork, effect: EffectKey, epoch: int, fee_agreed: int | None) -> None:
    """Write that the attempts are used up; see `Ledger.give_up`."""
    record = work.key(effect.key)
    # A refund gets its number with its intent: without one there is no refund that could be given up.
    never_begun = record is None and effect.effect == "refund"
    if epoch != work.row.epoch or never_begun or (record and record.mark != "open"):
        return
    work.append("given_up", None if fee_agreed is None else GivenUp(fee_agreed=fee_agreed), effect)
    work.put(replace(record or KeyRecord(effect.key), mark="given_up"))
    work.head = replace(work.head, troubled=True)


def _text(outcome: Outcome) -> str:
    return to_json(outcome_data(outcome))


def _digest(effect: EffectKey, arguments: Arguments) -> str:
    # Digests are in stored rows: neither the order nor the form of these parts may change.
    parts = [effect.component, effect.kind, effect.effect, effect.revision, arguments_data(arguments)]
    return hashlib.sha256(to_json(parts).encode()).hexdigest()


def _not_to_be_done(
    work: UnitOfWork, effect: EffectKey, record: KeyRecord | None, epoch: int
) -> Done | Superseded | None:
    """Return the reason why the effect is not to be done, None if it may be done."""
    undo = UNDONE_BY.get(effect.effect)
    if undo and epoch != work.row.epoch:
        return Superseded()
    # A forward effect must not follow its own undoing, which may have found nothing and left a tombstone.
    undoing = work.key(effect_key(effect.component, undo, effect.revision)) if undo else None
    if undoing and undoing.arguments is not None:
        return Done(Cancelled())
    decided = _DECIDED.get(record.mark) if record else None
    if decided:
        return Done(decided)
    if record and record.answer:
        return Done(record.answer)
    return Superseded() if undo and work.row.box == "closed" else None


def _take(work: UnitOfWork, effect: EffectKey, arguments: Arguments, record: KeyRecord, lease: float) -> KeyClaim:
    if record.arguments is None:
        # Only holds begin something new. All that brings a full trip to its end is still written.
        if effect.effect == "hold" and work.head.rows >= MOST_ROWS:
            raise TripFullError(f"The trip {effect.trip} has {MOST_ROWS} rows and takes no more holds.")
        work.append("intent", arguments, effect)
    until = work.at + timedelta(seconds=lease)
    fence = record.fence + 1
    taken = replace(record, arguments=_digest(effect, arguments), fence=fence, owner=work.call, until=until)
    work.put(taken)
    return KeyClaim(effect, fence, until, takeover=fence > 1)


def _owned(work: UnitOfWork, claim: KeyClaim) -> KeyRecord:
    """Return the record of a key whose last owner has this claim. Raises `StaleClaimError` otherwise."""
    record = work.key(claim.effect.key)
    # A key that was given up can still be concluded: an outcome that comes late counts all the same.
    if record is None or record.fence != claim.fence or record.mark not in _UNCONCLUDED:
        raise StaleClaimError(f"The key {claim.effect.key} was taken over; this owner's outcome is refused.")
    return record


def _send_late_outcome(work: UnitOfWork, number: int) -> None:
    """Send the trip a command about the outcome with that number, because its saga may have parked for it."""
    # A closed trip has no saga that could wait for it.
    if work.row.box == "open":
        command = Command(
            work.row.id,
            work.row.commands + 1,
            late_outcome_id(number),
            "late_outcome",
            work.at,
            "the app",
            LateOutcomeBody(),
        )
        work.commands.append(command)
        work.change(commands=command.number)


def _is_posted(work: UnitOfWork, effect: EffectKey, outcome: Outcome) -> bool:
    """Return whether the other effect that can find this capture has posted it already."""
    other = _SAME_MONEY.get(effect.effect)
    if other is None or not isinstance(outcome, Captured):
        return False
    record = work.key(effect_key(effect.component, other, effect.revision))
    return record is not None and isinstance(record.answer, Captured)


def _fee_agreed(work: UnitOfWork, effect: EffectKey) -> int:
    for entry in work.stored.rows.entries:
        if entry.key == effect.key and isinstance(entry.data, CancelArguments):
            return entry.data.fee_agreed
    return 0
