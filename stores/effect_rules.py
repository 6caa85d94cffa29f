"""The rules of effects and their keys: who may do one, and what is written about it."""

import hashlib
from dataclasses import replace
from datetime import timedelta

from domain.components import Effect
from domain.ids import effect_key, late_outcome_id
from domain.money.postings import of_outcome
from domain.trip.records import Command, Data, Entry
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
from stores.unit_of_work import KeyRecord, UnitOfWork, to_json

LONGEST_KEY = 255
UNDONE_BY: dict[Effect, Effect] = {"hold": "cancel", "confirm": "cancel", "authorize": "void", "capture": "void"}
"""The effects that go forward, and what undoes each. An undoing that is refused is left to a person."""
_SAME_MONEY: dict[Effect, Effect] = {"capture": "void", "void": "capture"}
"""A void can find that the payment was captured: whichever of both tells first posts it."""


def check(effect: EffectKey) -> None:
    """Raise `ValueError` for a key that isn't the effect's own."""
    own = effect.component == effect.trip or effect.component.startswith(f"{effect.trip}-")
    if not own or effect.key != effect_key(effect.component, effect.effect, effect.revision):
        raise ValueError(
            f"{effect.key} is not the key of {effect.effect} for {effect.component} of {effect.trip}; nothing was done."
        )
    if len(effect.key) > LONGEST_KEY:
        raise ValueError(f"A key has at most {LONGEST_KEY} characters, this one has {len(effect.key)}.")


def claim(
    work: UnitOfWork, effect: EffectKey, arguments: Data, epoch: int, lease: float
) -> KeyClaim | Done | Busy | Superseded:
    known = work.key(effect.key)
    digest = _digest(effect, arguments)
    if known and known.arguments not in (None, digest):
        raise KeyReusedError(f"The key {effect.key} was used with other arguments; nothing was done.")
    if known and known.owner == work.call and known.until:
        return KeyClaim(effect, known.fence, known.until, takeover=known.fence > 1)
    if found := _settled(work, effect, known, epoch):
        return found
    if known and known.until and known.until > work.at:
        return Busy(known.until)
    return _take(work, effect, arguments, known or KeyRecord(effect.key), lease)


def renew(work: UnitOfWork, claim: KeyClaim, lease: float) -> KeyClaim:
    known = _owned(work, claim)
    until = work.at + timedelta(seconds=lease)
    work.put(replace(known, until=until))
    return replace(claim, until=until)


def release(work: UnitOfWork, claim: KeyClaim) -> None:
    known = work.key(claim.effect.key)
    if known and known.mark in ("open", "given_up") and known.fence == claim.fence and known.until:
        work.put(replace(known, until=None))


def conclude(work: UnitOfWork, claim: KeyClaim, answer: Data) -> Data:
    effect = claim.effect
    known = work.key(effect.key)
    if known and known.answer is not None and to_json(known.answer) == to_json(answer):
        return known.answer
    known = _owned(work, claim)
    number = work.append("outcome", answer, effect)
    if known.mark == "given_up":
        _tell_saga(work, number)
    work.put(replace(known, mark="done", until=None, outcome=number, answer=answer))
    if answer.get("status") == "refused" and effect.effect not in UNDONE_BY:
        work.head = replace(work.head, troubled=True)
    if not _posted_before(work, effect, answer):
        fee_agreed = _fee_agreed(work, effect) if effect.effect == "cancel" else 0
        work.postings.extend(of_outcome(number, effect.effect, answer, fee_agreed))
    return answer


def give_up(work: UnitOfWork, effect: EffectKey, epoch: int, fee_agreed: int | None) -> None:
    known = work.key(effect.key)
    never_begun = known is None and effect.effect == "refund"
    if epoch != work.row.epoch or never_begun or (known and known.mark != "open"):
        return
    work.append("given_up", None if fee_agreed is None else {"fee_agreed": fee_agreed}, effect)
    work.put(replace(known or KeyRecord(effect.key), mark="given_up"))
    work.head = replace(work.head, troubled=True)


def _digest(effect: EffectKey, arguments: Data) -> str:
    named = [effect.component, effect.kind, effect.effect, effect.revision, arguments]
    return hashlib.sha256(to_json(named).encode()).hexdigest()


def _settled(work: UnitOfWork, effect: EffectKey, known: KeyRecord | None, epoch: int) -> Done | Superseded | None:
    """The answer to who may not do the effect, because of what has become of it or of the trip."""
    undo = UNDONE_BY.get(effect.effect)
    if undo and epoch != work.row.epoch:
        return Superseded()
    undoing = work.key(effect_key(effect.component, undo, effect.revision)) if undo else None
    if undoing and undoing.arguments is not None:
        return Done({"status": "cancelled"})
    if known and known.mark in ("settled", "written_off"):
        return Done({"status": known.mark})
    if known and known.answer is not None:
        return Done(known.answer)
    return Superseded() if undo and work.row.box == "closed" else None


def _take(work: UnitOfWork, effect: EffectKey, arguments: Data, known: KeyRecord, lease: float) -> KeyClaim:
    if known.arguments is None:
        if effect.effect == "hold" and work.head.rows >= MOST_ROWS:
            raise TripFullError(f"The trip {effect.trip} has {MOST_ROWS} rows and takes no more holds.")
        work.append("intent", arguments, effect)
    until = work.at + timedelta(seconds=lease)
    fence = known.fence + 1
    taken = replace(known, arguments=_digest(effect, arguments), fence=fence, owner=work.call, until=until)
    work.put(taken)
    return KeyClaim(effect, fence, until, takeover=fence > 1)


def _owned(work: UnitOfWork, claim: KeyClaim) -> KeyRecord:
    known = work.key(claim.effect.key)
    if known is None or known.fence != claim.fence or known.mark not in ("open", "given_up"):
        raise StaleClaimError(f"The key {claim.effect.key} was taken over; this owner's outcome is refused.")
    return known


def _tell_saga(work: UnitOfWork, number: int) -> None:
    """A saga may have parked for what has its outcome now: the command of row `number` lets it look again."""
    if work.row.box == "open":
        command = Command(
            work.row.id, work.row.commands + 1, late_outcome_id(number), "late_outcome", work.at, "the app", {}
        )
        work.commands.append(command)
        work.change(commands=command.number)


def _posted_before(work: UnitOfWork, effect: EffectKey, answer: Data) -> bool:
    other = _SAME_MONEY.get(effect.effect)
    if other is None or answer.get("status") != "captured":
        return False
    found = work.key(effect_key(effect.component, other, effect.revision))
    return bool(found and found.answer and found.answer.get("status") == "captured")


def _fee_agreed(work: UnitOfWork, effect: EffectKey) -> int:
    intent = next((entry for entry in work.standing.entries() if _is_intent(entry, effect)), None)
    return int(((intent and intent.data) or {}).get("fee_agreed", 0))


def _is_intent(entry: Entry, effect: EffectKey) -> bool:
    return entry.event == "intent" and entry.key == effect.key
