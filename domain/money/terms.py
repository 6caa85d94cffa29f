"""The terms of a cancellation or a change, for the traveller to agree to: fees and refunds."""

from datetime import date

from domain.amount import Money, ShownMoney
from domain.components import ComponentKind
from domain.trip.ending import owed, trip_status
from domain.trip.facts import Change, Fee, TripFacts
from domain.trip.keeping import kept_bookings
from domain.trip.outcomes import TripStatus
from domain.trip.revisions import ComponentFacts, Revision
from domain.value import Value


class CancelTerm(Value):
    """The fee and the refund of one component if it were cancelled now."""

    kind: ComponentKind
    confirmation: str | None
    fee: ShownMoney
    refund: ShownMoney


class CancelTerms(Value):
    """The response of `GET /api/trips/{id}/cancel-terms`.

    `owed` is money that is due to the traveller already, whatever is cancelled now. No refund here counts it again.
    `note` says so, and why nothing is left to cancel. It is None if all is as usual.
    """

    id: str
    status: TripStatus
    fee: ShownMoney
    refund: ShownMoney
    owed: ShownMoney
    note: str | None
    components: tuple[CancelTerm, ...]


_NOTHING_TO_CANCEL: dict[TripStatus, str] = {
    "cancelled": "The trip is cancelled: nothing is left to cancel.",
    "cancelling": "The trip is being cancelled.",
    "failed": "The trip was not booked: there is nothing to cancel.",
    "compensating": "The trip is being undone: cancelling costs nothing.",
}


def cancel_fees(facts: TripFacts) -> tuple[Fee, ...]:
    """Return the suppliers' fees for all that is confirmed and paid now; before that, cancelling costs nothing."""
    fees: list[Fee] = []
    for component, booking in kept_bookings(facts):
        if booking.booked and component.captured:
            fee = Fee(kind=component.kind, revision=booking.number, amount=booking.cancel_fee)
            fees.append(fee)
    return tuple(fees)


def cancel_terms(facts: TripFacts) -> CancelTerms:
    """Return the fees and refunds if the trip were cancelled now."""
    fees = {fee.kind: fee.amount for fee in cancel_fees(facts)}
    parts = tuple(
        _cancel_term(facts.currency, component, booking, fees.get(component.kind, 0))
        for component, booking in kept_bookings(facts)
    )
    zero = Money.zero(facts.currency)
    status = trip_status(facts)
    return CancelTerms(
        id=facts.id,
        status=status,
        fee=sum((part.fee for part in parts), zero),
        refund=sum((part.refund for part in parts), zero),
        owed=owed(facts),
        note=_note(status, owed(facts)),
        components=parts,
    )


def _note(status: TripStatus, due: Money) -> str | None:
    sentences: list[str] = []
    if status in _NOTHING_TO_CANCEL:
        sentences.append(_NOTHING_TO_CANCEL[status])
    if due.minor:
        sentences.append(f"{due} is due to you already and comes back without cancelling anything.")
    return " ".join(sentences) or None


def _cancel_term(currency: str, component: ComponentFacts, booking: Revision, fee: int) -> CancelTerm:
    # The fee may be more than what is left to give back, after a part of it was refunded.
    refund = max(0, component.due(None) - component.due(booking) - fee)
    return CancelTerm(
        kind=component.kind,
        confirmation=booking.confirmation,
        fee=Money(currency=currency, minor=fee),
        refund=Money(currency=currency, minor=refund),
    )


def change_of(
    facts: TripFacts, command: int, kind: ComponentKind, day: date | None, units: int | None
) -> Change | None:
    """Return the change of one component to another day or length; None if no booking of that kind is kept.

    `command` is the number of the command that asks for it. A day or a length that is None stays the same.
    """
    kept = {component.kind: (component, booking) for component, booking in kept_bookings(facts)}
    if kind not in kept:
        return None
    component, booking = kept[kind]
    if not booking.booked:
        return None
    # A booking whose traveller was forgotten has no date left, so there is nothing to change it from.
    if booking.date is None:
        return None
    if units is None:
        units = booking.units
    return Change(
        command=command,
        kind=kind,
        revision=len(component.revisions) + 1,
        replaces=booking.number,
        date=day or booking.date,
        units=units,
        fee=booking.cancel_fee,
    )
