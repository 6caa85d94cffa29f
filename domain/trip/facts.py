"""What is known of a trip, folded from the ledger's rows; never from the run of any saga.

Everything a saga decides, and everything that a traveller or an operator is shown, starts here. The values are frozen
and travel as plain JSON in the answers of activities.
"""

from datetime import date as day
from datetime import datetime
from typing import Literal

from domain.amount import Money
from domain.components import COMPONENTS, ComponentKind, Effect, TripKind
from domain.options import OnFailure
from domain.trip.outcomes import Details, Refusal, TripOutcome
from domain.value import Value

Mark = Literal["none", "intended", "done", "refused", "given_up", "settled", "written_off"]
"""How far one effect has come. `intended`: begun, its outcome unknown. `given_up`: its attempts are used up.
`settled`, `written_off`: a person decided, and the key is closed at the company."""

CLOSED: tuple[Mark, ...] = ("settled", "written_off")

RevisionEffect = Literal["hold", "authorize", "confirm", "capture", "cancel", "void"]
"""The effects that each revision has once; refunds are numbered by themselves."""

NEEDS_A_PERSON: tuple[RevisionEffect, ...] = ("confirm", "capture", "cancel", "void")
"""With refunds, the effects that park the trip once given up; holds and authorizations are cancelled by key."""


class Revision(Value):
    """One booking of a component: number 1, or what a change made of it."""

    number: int
    date: day | None = None
    units: int | None = None
    lost: bool = False
    """Its saga ended without a result, or its hold or authorization was given up: whatever came of it counts as
    failed, also when it is told later."""
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
    authorization_expires: datetime | None = None
    captured: int = 0
    cancel_fee: int = 0
    """What the supplier keeps of a confirmed booking that is cancelled, as it told when it confirmed."""
    fee: int | None = None
    """What the supplier kept when the booking was cancelled; None until it told."""
    fee_agreed: int = 0
    """The fee that the traveller was told of beforehand; what the supplier keeps above it is our loss."""

    def mark(self, effect: RevisionEffect) -> Mark:
        return getattr(self, effect)

    @property
    def cost(self) -> int:
        """The agreed price in minor units; 0 while there is none."""
        return self.price.minor if self.price else 0

    @property
    def held(self) -> bool:
        """Held or confirmed, and not cancelled since."""
        return self.hold == "done" and self.cancel == "none"

    @property
    def booked(self) -> bool:
        """Confirmed, and not cancelled since."""
        return self.confirm == "done" and self.cancel == "none"

    @property
    def fee_borne(self) -> int:
        """The traveller's part of the fee; while the supplier's answer is open, all that was agreed."""
        if self.cancel in ("none", "settled", "written_off"):
            return 0
        return self.fee_agreed if self.fee is None else min(self.fee, self.fee_agreed)

    @property
    def undoable(self) -> bool:
        """Something is left to cancel or to void that is neither done nor waiting for a person."""
        booked = self.hold not in ("none", "refused") and self.cancel in ("none", "intended")
        authorized = self.authorize not in ("none", "refused") and self.capture != "done"
        return booked or (authorized and self.void in ("none", "intended"))

    @property
    def failed(self) -> bool:
        """Something on the way forward was refused, closed by a person, or (before the pivot) given up or lost."""
        closed = ("refused", "settled", "written_off")
        return self.lost or any(mark in closed for mark in (self.hold, self.authorize, self.confirm, self.capture))


class Refund(Value):
    """A refund of what one revision's authorization captured. `number` is that of its key."""

    number: int
    revision: int
    amount: int
    mark: Mark


class ComponentFacts(Value):
    """A component with its revisions, oldest first, and all refunds ever begun."""

    kind: ComponentKind
    id: str
    revisions: tuple[Revision, ...]
    refunds: tuple[Refund, ...] = ()

    @property
    def captured(self) -> int:
        return sum(revision.captured for revision in self.revisions)

    @property
    def given_back(self) -> int:
        """Refunded, settled elsewhere, or written off: what is no longer to be given back."""
        return sum(r.amount for r in self.refunds if r.mark in ("done", "settled", "written_off"))

    @property
    def paid_back(self) -> int:
        """What reached the traveller again: refunded by the provider, or settled elsewhere."""
        return sum(r.amount for r in self.refunds if r.mark in ("done", "settled"))

    @property
    def not_paid_back(self) -> int:
        """What was due to the traveller and was written off."""
        return sum(r.amount for r in self.refunds if r.mark == "written_off")

    @property
    def fees(self) -> int:
        """The fees that the traveller bears."""
        return sum(revision.fee_borne for revision in self.revisions)

    def revision(self, number: int) -> Revision:
        return self.revisions[number - 1]

    def due(self, kept: Revision | None) -> int:
        """What the traveller is still to get back when `kept` is all that stays booked."""
        return max(0, self.captured - self.given_back - self.fees - (kept.cost if kept else 0))

    def next_refund(self, kept: Revision | None) -> Refund | None:
        """The refund that was begun and not ended, or the next one that is due; None if nothing is.

        Nothing is due before every booking that goes is being cancelled: each may cost a fee. A refund that was given
        up waits for a person, and keeps no other from being tried.
        """
        begun = next((r for r in self.refunds if r.mark == "intended"), None)
        if begun or any(revision.booked and revision != kept for revision in self.revisions):
            return begun
        due = self.due(kept) - sum(r.amount for r in self.refunds if r.mark == "given_up")
        for revision in reversed(self.revisions):
            back = sum(r.amount for r in self.refunds if r.revision == revision.number)
            if (amount := min(due, revision.captured - back)) > 0:
                return Refund(number=len(self.refunds) + 1, revision=revision.number, amount=amount, mark="none")
        return None


class Item(Value):
    """Something that only a person can settle: an effect whose attempts are used up, or the recovery of a trip that
    none of several sagas has brought to its end. The latter has no kind, and the trip for its component."""

    component: str
    kind: ComponentKind | None
    effect: Effect | Literal["recovery"]
    revision: int
    amount: Money

    @property
    def id(self) -> str:
        """Unique within its trip and safe in a path: `flight-refund-1`."""
        return f"{COMPONENTS[self.kind].suffix if self.kind else 'trip'}-{self.effect}-{self.revision}"


class Change(Value):
    """A change that was accepted and isn't finished: the component gets a new revision."""

    command: int
    kind: ComponentKind
    revision: int
    replaces: int
    date: day
    units: int | None
    fee: int
    """The supplier's fee for giving up the old booking, as the traveller was told."""


class Fee(Value):
    """What the supplier keeps when one confirmed and paid booking is cancelled."""

    kind: ComponentKind
    revision: int
    amount: int


class TripFacts(Value):
    """All that matters about one trip."""

    id: str
    kind: TripKind
    currency: str
    on_failure: OnFailure
    epoch: int
    commands: int
    """Number of the last command that these facts include."""
    components: tuple[ComponentFacts, ...]
    pivot: Literal["none", "recorded", "expired"] = "none"
    expired_because: Literal["hold_expired", "no_answer", "recovered"] | None = None
    cancel: int | None = None
    """Number of the first cancel command."""
    cancel_fees: tuple[Fee, ...] = ()
    """The fees that the traveller accepted with it, for what was confirmed and paid by then."""
    choice: Literal["keep", "undo"] | None = None
    change: Change | None = None
    stranded: bool = False
    """Saga after saga stopped before the trip's end, and nobody has asked for anything since."""
    items: tuple[Item, ...] = ()
    outcome: TripOutcome | None = None

    def component(self, kind: ComponentKind) -> ComponentFacts | None:
        return next((c for c in self.components if c.kind == kind), None)

    def expiries(self) -> list[datetime]:
        """When each hold and authorization that stands before the pivot will end."""
        standing = [component.revisions[0] for component in self.components if component.revisions[0].held]
        ends = [end for first in standing for end in (first.hold_expires, first.authorization_expires)]
        return [end for end in ends if end]
