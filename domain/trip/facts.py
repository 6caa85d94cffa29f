"""The state of one trip, folded from the rows of the ledger; the run of a saga adds nothing to it.

Sagas decide by these values, and travellers and operators see what is made from them. They are frozen, and travel as
plain JSON in the results of activities, so their fields keep their names.
"""

from collections.abc import Iterator
from datetime import date as day
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, TypeAdapter

from domain.agreement import Agreement
from domain.amount import Money
from domain.components import COMPONENTS, ComponentKind, Effect, TripKind
from domain.options import OnFailure
from domain.trip.outcomes import SagaInput, TripOutcome, is_none
from domain.trip.revisions import ComponentFacts, Revision
from domain.value import Value


class Item(Value):
    """Something that only an operator can settle.

    It is an effect whose attempts are used up, or the recovery of a trip that several sagas failed to bring to its
    end. A recovery has no kind, and the trip's id as its component.
    """

    component: str
    kind: ComponentKind | None
    effect: Effect | Literal["recovery"]
    revision: int
    amount: Money

    @property
    def noun(self) -> str:
        """The word for the component, or for the trip as a whole."""
        if self.kind is None:
            return "trip"
        return COMPONENTS[self.kind].noun

    @property
    def id(self) -> str:
        """Unique within its trip and safe in a path: `flight-refund-1`."""
        subject = "trip"
        if self.kind:
            subject = COMPONENTS[self.kind].suffix
        return f"{subject}-{self.effect}-{self.revision}"


class Change(Value):
    """A change that was accepted and is not finished: the component gets a new revision."""

    command: int
    kind: ComponentKind
    revision: int
    replaces: int
    date: day
    units: int | None
    fee: int
    """The supplier's fee for giving up the old booking, in minor units, as the traveller agreed to it."""


class Fee(Value):
    """The part of the price, in minor units, that a supplier keeps when one confirmed and paid booking is cancelled."""

    kind: ComponentKind
    revision: int
    amount: int


class TripFacts(Value):
    """Everything about one trip that decisions and views are made from."""

    id: str
    kind: TripKind
    currency: str
    on_failure: OnFailure
    epoch: int
    commands: int
    """Number of the last command that these facts include."""
    components: tuple[ComponentFacts, ...]
    pivot: Literal["none", "recorded", "expired"] = "none"
    expired_because: Literal["hold_expired", "no_answer", "recovered", "price_changed"] | None = None
    cancel: int | None = None
    """Number of the first cancel command."""
    cancel_fees: tuple[Fee, ...] = ()
    """The fees that the traveller accepted with the cancel command, for all that was confirmed and paid by then."""
    choice: Literal["keep", "undo"] | None = None
    change: Change | None = None
    stranded: bool = False
    """Several sagas in a row stopped before the trip's end, and no command has come since."""
    items: tuple[Item, ...] = ()
    outcome: TripOutcome | None = None
    agreement: Agreement | None = Field(default=None, exclude_if=is_none)
    """The price that the traveller agreed to before the trip was opened."""

    def component(self, kind: ComponentKind | None) -> ComponentFacts | None:
        """Return the component of this kind; None if it was never begun, and for the kind of the trip as a whole."""
        for component in self.components:
            if component.kind == kind:
                return component
        return None

    def in_reverse(self) -> Iterator[tuple[ComponentFacts, Revision]]:
        """Yield every booking with its component, in exact reverse of the booking order."""
        for component in reversed(self.components):
            for revision in reversed(component.revisions):
                yield component, revision

    def items_of(self, kind: ComponentKind) -> tuple[Item, ...]:
        """Return the open items of one component."""
        items: list[Item] = []
        for item in self.items:
            if item.kind == kind:
                items.append(item)
        return tuple(items)

    def expiries(self) -> list[datetime]:
        """Return when each hold and each authorization ends that the trip has before its pivot."""
        expiries: list[datetime] = []
        for component in self.components:
            booking = component.first
            if booking.held:
                expiries += filter(None, (booking.hold_expires, booking.authorization_expires))
        return expiries


class InputWithFacts(SagaInput):
    """Input of a saga that need not read the trip's facts first: those of its start are given."""

    facts: TripFacts


SAGA_INPUT: TypeAdapter[InputWithFacts | SagaInput] = TypeAdapter(InputWithFacts | SagaInput)
"""Reads the input of a saga. No saga gets facts in flow 1.0, and in 1.1 only one inside a travel trip does."""


def with_facts(saga: SagaInput, facts: TripFacts) -> InputWithFacts:
    """Return the same input with these facts."""
    fields: dict[str, Any] = dict(saga)
    fields["facts"] = facts
    return InputWithFacts(**fields)
