"""What a traveller is told before a cancellation or a change: fees and what comes back. Pure rules."""

from datetime import date

from domain.amount import Money
from domain.components import ComponentKind
from domain.trip.facts import Change, ComponentFacts, Fee, Revision, TripFacts
from domain.trip.plan import kept_revision
from domain.value import Value


class CancelTerm(Value):
    """What cancelling one component costs and gives back now."""

    kind: ComponentKind
    confirmation: str | None
    fee: Money
    refund: Money


class CancelTerms(Value):
    """The answer of `GET /api/trips/{id}/cancel-terms`."""

    id: str
    fee: Money
    refund: Money
    components: tuple[CancelTerm, ...]


def cancel_fees(facts: TripFacts) -> tuple[Fee, ...]:
    """The suppliers' fees for all that is confirmed and paid now; before that, cancelling costs nothing."""
    return tuple(
        Fee(kind=component.kind, revision=kept.number, amount=kept.cancel_fee)
        for component, kept in _standing(facts)
        if kept.booked and component.captured
    )


def cancel_terms(facts: TripFacts) -> CancelTerms:
    """Fees and refunds if the trip were cancelled now."""
    fees = {fee.kind: fee.amount for fee in cancel_fees(facts)}

    def money(minor: int) -> Money:
        return Money(currency=facts.currency, minor=minor)

    parts = tuple(
        CancelTerm(
            kind=component.kind,
            confirmation=kept.confirmation,
            fee=money(fees.get(component.kind, 0)),
            refund=money(max(0, component.due(None) - fees.get(component.kind, 0))),
        )
        for component, kept in _standing(facts)
    )
    fee, refund = sum(part.fee.minor for part in parts), sum(part.refund.minor for part in parts)
    return CancelTerms(id=facts.id, fee=money(fee), refund=money(refund), components=parts)


def change_of(
    facts: TripFacts, command: int, kind: ComponentKind, day: date | None, units: int | None
) -> Change | None:
    """The change of one component to another day or length; None if no booking of that kind stands."""
    for component, kept in _standing(facts):
        if component.kind == kind and kept.booked and kept.date:
            return Change(
                command=command,
                kind=kind,
                revision=len(component.revisions) + 1,
                replaces=kept.number,
                date=day or kept.date,
                units=units if units is not None else kept.units,
                fee=kept.cancel_fee,
            )
    return None


def _standing(facts: TripFacts) -> list[tuple[ComponentFacts, Revision]]:
    kept = ((component, kept_revision(facts, component)) for component in facts.components)
    return [(component, revision) for component, revision in kept if revision]
