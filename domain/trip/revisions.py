"""One component of a trip: its bookings, which are its revisions, and its refunds."""

from collections.abc import Collection, Sequence
from datetime import date as day
from datetime import datetime
from typing import Literal, TypeVar

from pydantic import Field

from domain.amount import Money
from domain.components import ComponentKind, Effect
from domain.trip.marks import ENDED, FAILED, PAID_BACK, UNFINISHED, WITHOUT_EFFECT, WITHOUT_FEE, Mark
from domain.trip.outcomes import Details, Refusal
from domain.value import Value, is_none

UndoingEffect = Literal["cancel", "void"]
RevisionEffect = Literal["hold", "authorize", "confirm", "capture", UndoingEffect]
"""The effects that each revision has once; refunds are numbered by themselves."""
_Effect = TypeVar("_Effect", bound=RevisionEffect)

NEEDS_A_PERSON: tuple[RevisionEffect, ...] = ("confirm", "capture", "cancel", "void")
"""With refunds, the effects that park the trip once given up; holds and authorizations are cancelled by key."""


class Revision(Value):
    """One booking of a component: number 1 when the trip is made, one more for each change."""

    number: int
    date: day | None = None
    units: int | None = None
    return_date: day | None = Field(default=None, exclude_if=is_none)
    """The day of a flight's second leg."""
    lost: bool = False
    """Set when its saga ended without a result, or its hold or authorization was given up. It then counts as failed,
    also if an outcome comes later."""
    hold: Mark = "none"
    authorize: Mark = "none"
    confirm: Mark = "none"
    capture: Mark = "none"
    cancel: Mark = "none"
    void: Mark = "none"
    refusal: Refusal | None = None
    confirmation: str | None = None
    details: Details | None = None
    price: Money | None = None
    hold_expires: datetime | None = None
    payment: str | None = None
    authorized: int = 0
    """Authorized amount in minor units."""
    authorization_expires: datetime | None = None
    captured: int = 0
    """Captured amount in minor units."""
    cancel_fee: int = 0
    """The fee, in minor units, that the supplier named when it confirmed: what cancelling would cost."""
    fee: int | None = None
    """The fee, in minor units, that the supplier kept when it cancelled; None before its answer."""
    fee_agreed: int = 0
    """The fee, in minor units, that the traveller agreed to. What the supplier keeps above it is our loss."""

    def mark(self, effect: RevisionEffect) -> Mark:
        """Return how far the effect has come."""
        return getattr(self, effect)

    def first_marked(self, effects: Sequence[_Effect], marks: Collection[Mark]) -> _Effect | None:
        """Return the first of these effects that has come as far as one of these marks says; None if none has."""
        for effect in effects:
            if self.mark(effect) in marks:
                return effect
        return None

    @property
    def cost(self) -> int:
        """The agreed price in minor units; 0 while there is none."""
        return Money.minor_of(self.price)

    @property
    def held(self) -> bool:
        """Held or confirmed, and not cancelled since."""
        return (self.hold, self.cancel) == ("done", "none")

    @property
    def booked(self) -> bool:
        """Confirmed, and not cancelled since."""
        return (self.confirm, self.cancel) == ("done", "none")

    @property
    def made(self) -> bool:
        """Confirmed, and nothing on its way forward failed; it may have been cancelled since."""
        if self.failed:
            return False
        return self.confirm == "done"

    @property
    def fee_borne(self) -> int:
        """The traveller's part of the fee in minor units; all that was agreed while the supplier's answer is open."""
        if self.cancel in WITHOUT_FEE:
            return 0
        if self.fee is None:
            return self.fee_agreed
        return min(self.fee, self.fee_agreed)

    @property
    def undoings(self) -> Sequence[UndoingEffect]:
        """The effects that undo what may have been done for this revision, in their order, also those that are done."""
        effects: list[UndoingEffect] = []
        # A hold without an outcome may have arrived, so it is cancelled by key like one that did.
        if self.hold not in WITHOUT_EFFECT:
            effects.append("cancel")
        # Captured money is refunded instead, with that of the component's other revisions.
        if self._may_be_reserved:
            effects.append("void")
        return effects

    @property
    def open_undoings(self) -> Sequence[UndoingEffect]:
        """Those of the effects that undo this revision that are neither ended nor waiting for an operator."""
        effects: list[UndoingEffect] = []
        for effect in self.undoings:
            if self.mark(effect) in UNFINISHED:
                effects.append(effect)
        return effects

    @property
    def undoable(self) -> bool:
        """Something is left to cancel or to void that is neither done nor waiting for an operator."""
        return bool(self.open_undoings)

    @property
    def failed(self) -> bool:
        """An effect on the way forward was refused or closed by an operator, or the revision is lost."""
        if self.lost:
            return True
        forward = {self.hold, self.authorize, self.confirm, self.capture}
        return not forward.isdisjoint(FAILED)

    @property
    def _may_be_reserved(self) -> bool:
        """Its amount may be authorized and was not captured."""
        if self.authorize in WITHOUT_EFFECT:
            return False
        return self.capture != "done"


class Refund(Value):
    """A refund, in minor units, of what one revision's authorization captured. `number` is that of its key."""

    number: int
    revision: int
    amount: int
    mark: Mark


class ComponentFacts(Value):
    """A component with its revisions, oldest first, and all refunds that were ever begun. Sums are in minor units."""

    kind: ComponentKind
    id: str
    revisions: tuple[Revision, ...]
    refunds: tuple[Refund, ...] = ()

    @property
    def first(self) -> Revision:
        """The revision that the trip was made with."""
        return self.revisions[0]

    @property
    def captured(self) -> int:
        """Everything that was taken for this component."""
        captured = 0
        for revision in self.revisions:
            captured += revision.captured
        return captured

    @property
    def given_back(self) -> int:
        """Refunds that are ended in any way: nothing of them is due any more."""
        return _sum_of(self.refunds_marked(*ENDED))

    @property
    def paid_back(self) -> int:
        """Refunds that reached the traveller, by the provider or settled elsewhere."""
        return _sum_of(self.refunds_marked(*PAID_BACK))

    @property
    def not_paid_back(self) -> int:
        """Refunds that were due to the traveller and were written off."""
        return _sum_of(self.refunds_marked("written_off"))

    @property
    def fees(self) -> int:
        """The fees that the traveller bears."""
        fees = 0
        for revision in self.revisions:
            fees += revision.fee_borne
        return fees

    @property
    def booked(self) -> Sequence[Revision]:
        """Its bookings that are confirmed and not being cancelled."""
        booked: list[Revision] = []
        for revision in self.revisions:
            if revision.booked:
                booked.append(revision)
        return booked

    def revision(self, number: int) -> Revision:
        """Return the revision of this number, counted from 1; raise `IndexError` if there is none."""
        return self.revisions[number - 1]

    def refund(self, number: int) -> Refund:
        """Return the refund of this number, counted from 1; raise `IndexError` if there is none."""
        return self.refunds[number - 1]

    def refunds_marked(self, *marks: Mark) -> Sequence[Refund]:
        """Return the refunds that have come as far as one of these marks says, in the order in which they began."""
        marked: list[Refund] = []
        for refund in self.refunds:
            if refund.mark in marks:
                marked.append(refund)
        return marked

    def refunds_of(self, revision: Revision) -> Sequence[Refund]:
        """Return the refunds of what one revision's authorization captured."""
        refunds: list[Refund] = []
        for refund in self.refunds:
            if refund.revision == revision.number:
                refunds.append(refund)
        return refunds

    def due(self, kept: Revision | None) -> int:
        """Return what the traveller is still to get back if `kept` is all that stays booked."""
        left = self.captured - self.given_back - self.fees
        if kept:
            left -= kept.cost
        return max(0, left)

    def next_refund(self, kept: Revision | None) -> Refund | None:
        """Return the refund that was begun and not ended, or else the next one that is due; None if nothing is.

        Nothing is due before every booking that goes is being cancelled, since each may cost a fee. A refund that was
        given up waits for an operator, and the other refunds are tried without it.
        """
        begun = self.refunds_marked("intended")
        if begun:
            return begun[0]
        if self._has_booking_beside(kept):
            return None
        given_up = _sum_of(self.refunds_marked("given_up"))
        return self._new_refund(due=self.due(kept) - given_up)

    def left_to_undo(self, revision: Revision) -> Sequence[tuple[Effect, int]]:
        """Return the effects that are left to undo a revision, each with the number in its key.

        Refunds belong to the whole component, so those that were begun are among them.
        """
        undoings: list[tuple[Effect, int]] = []
        for effect in revision.open_undoings:
            undoings.append((effect, revision.number))
        for refund in self.refunds_marked("intended"):
            undoings.append(("refund", refund.number))
        return undoings

    def _new_refund(self, due: int) -> Refund | None:
        # The newest payment is given back first.
        for revision in reversed(self.revisions):
            refunded = _sum_of(self.refunds_of(revision))
            left = revision.captured - refunded
            amount = min(due, left)
            if amount > 0:
                return Refund(
                    number=len(self.refunds) + 1,
                    revision=revision.number,
                    amount=amount,
                    mark="none",
                )
        return None

    def _has_booking_beside(self, kept: Revision | None) -> bool:
        """Return whether another booking than `kept` is confirmed and not being cancelled yet."""
        return any(revision != kept for revision in self.booked)


def _sum_of(refunds: Sequence[Refund]) -> int:
    amount = 0
    for refund in refunds:
        amount += refund.amount
    return amount
