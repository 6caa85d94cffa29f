"""Everything that people are told of a trip, as a client gets it."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.attention.open_items import OpenItem, open_item
from domain.components import COMPONENTS
from domain.money.terms import CancelTerms, cancel_terms
from domain.trip.facts import TripFacts
from domain.trip.outcomes import TripOutcome
from domain.trip.records import Command, Entry, TripRow
from domain.trip.status import TripView, component_view, trip_view


@dataclass(frozen=True)
class ToldTrip:
    """The answers of the app about one trip: its status and each component's, its stored outcome, the terms of
    cancelling it, its open items, and the reply of the turn that booked it (None where there is none any more)."""

    view: TripView
    parts: tuple[TripView, ...]
    outcome: TripOutcome | None
    terms: CancelTerms
    items: tuple[OpenItem, ...]
    reply: str | None = None


def told(
    row: TripRow, facts: TripFacts, entries: Sequence[Entry], commands: Sequence[Command], reply: str | None = None
) -> ToldTrip:
    """Ask the app's own functions, which the audit does not trust."""
    views = (
        component_view(row, entries, commands, COMPONENTS[component.kind])
        for component in facts.components
        if row.kind == "travel"
    )
    return ToldTrip(
        view=trip_view(row, entries, commands),
        parts=tuple(view for view in views if view),
        outcome=row.outcome,
        terms=cancel_terms(facts),
        items=tuple(open_item(row, entries, item) for item in facts.items),
        reply=reply,
    )
