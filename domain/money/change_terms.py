"""The terms of a change: its cost and what it brings, for the traveller to read before it is requested."""

from datetime import date as day

from pydantic import Field

from domain.amount import Money, ShownMoney
from domain.components import COMPONENTS, ComponentKind
from domain.shape import Shape
from domain.trip.command_bodies import ChangeBody
from domain.trip.facts import TripFacts
from domain.trip.outcomes import Details, is_none
from domain.trip.revisions import Revision
from domain.trip.shown.as_booked import warnings_after
from domain.value import Value

_MAY_DIFFER = (
    "The {noun} is booked anew before the old booking is given up: its confirmation number changes, and {particulars}"
    " may be others."
)
_NO_PRICE = "The company has not named its price for that; ask again in a moment."


class PriceOrder(Value):
    """Input of the price enquiry: one component as it would be held. The enquiry holds nothing.

    `revision` is the one that the change would make, for the key `<component>/quote/<revision>`.
    """

    component: str
    kind: ComponentKind
    revision: int
    destination: str
    date: day
    units: int | None
    shape: Shape | None = Field(default=None, exclude_if=is_none)


class PriceAnswer(Value):
    """Output of the price enquiry. `price` is None if the company did not answer in time."""

    order: PriceOrder
    price: Money | None


class BookedState(Value):
    """One booking before or after a change. `nights` or `days` is its length, by the kind of component."""

    date: day
    nights: int | None = Field(default=None, exclude_if=is_none)
    days: int | None = Field(default=None, exclude_if=is_none)
    price: ShownMoney | None
    details: Details | None = Field(default=None, exclude_if=is_none)


class ModifyTerms(Value):
    """The response of `GET /api/trips/{id}/modify-terms`.

    `fee` is what the company keeps of the old booking. `to_pay` is charged, or `refund` given back: the difference of
    the prices with the fee. These three are null while the company does not name its price.
    """

    id: str
    component: ComponentKind
    confirmation: str | None
    now: BookedState
    then: BookedState
    fee: ShownMoney
    price_difference: ShownMoney | None
    to_pay: ShownMoney | None
    refund: ShownMoney | None
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def modify_terms(facts: TripFacts, change: ChangeBody, price: Money | None) -> ModifyTerms:
    """Return the terms of a change that may be requested now; `price` is that of the new booking, None if unknown.

    Raise `ValueError` if the component or the day of the change is not there.
    """
    component = facts.component(change.kind)
    if component is None or change.date is None:
        raise ValueError(f"{facts.id} has no {change.kind} to change to {change.date}")
    old = component.revision(change.replaces)
    price_difference, to_pay, refund = _payment(facts.currency, old, price, change.fee)
    return ModifyTerms(
        id=facts.id,
        component=change.kind,
        confirmation=old.confirmation,
        now=_state(change.kind, old),
        then=_state(change.kind, Revision(number=change.revision, date=change.date, units=change.units, price=price)),
        fee=Money(currency=facts.currency, minor=change.fee),
        price_difference=price_difference,
        to_pay=to_pay,
        refund=refund,
        notes=tuple(_notes(change.kind, price)),
        warnings=warnings_after(facts, change),
    )


def _payment(
    currency: str, old: Revision, price: Money | None, fee: int
) -> tuple[Money | None, Money | None, Money | None]:
    """Return the difference of the prices, what is to pay and what is given back; None for all without a price."""
    if price is None:
        return None, None, None
    difference = price.minor - old.cost
    # The old payment is kept for the new booking, and the fee is taken out of it.
    rise = difference + fee
    return (
        Money(currency=currency, minor=difference),
        Money(currency=currency, minor=max(0, rise)),
        Money(currency=currency, minor=max(0, -rise)),
    )


def _state(kind: ComponentKind, booking: Revision) -> BookedState:
    if booking.date is None:
        raise ValueError(f"a {kind} without a day has no terms")
    unit = COMPONENTS[kind].unit
    length: dict[str, int | None] = {}
    if unit:
        length[unit] = booking.units
    return BookedState(
        **length,
        date=booking.date,
        price=booking.price,
        details=booking.details,
    )


def _notes(kind: ComponentKind, price: Money | None) -> list[str]:
    component = COMPONENTS[kind]
    notes = [_MAY_DIFFER.format(noun=component.noun, particulars=component.particulars)]
    if price is None:
        notes.append(_NO_PRICE)
    return notes
