"""The app's own views of a trip, as a client gets them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.attention.open_items import OpenItem, open_item
from domain.components import COMPONENTS, has_parts
from domain.money.terms import CancelTerms, cancel_terms
from domain.options import SagaPolicy
from domain.trip.folding import trip_facts
from domain.trip.outcomes import TripOutcome
from domain.trip.records import Command, Entry, TripRow
from domain.trip.status import TripView, component_view, trip_view


@dataclass(frozen=True)
class TripViews:
    """All that the app says about one trip.

    `parts` are the views of the components, `outcome` is the stored one, `terms` are those of cancelling now. `reply`
    is the reply of the turn that booked the trip, or None if it is not kept any more.
    """

    view: TripView
    parts: tuple[TripView, ...]
    outcome: TripOutcome | None
    terms: CancelTerms
    items: tuple[OpenItem, ...]
    reply: str | None = None


def trip_views(
    row: TripRow,
    entries: Sequence[Entry],
    commands: Sequence[Command],
    claims: Mapping[str, int],
    policy: SagaPolicy | None = None,
) -> TripViews:
    """Return the views that the app's own functions make, without a reply. The audit does not trust them."""
    facts = trip_facts(row, entries, commands)
    # A trip of a single component has no views of components: its own view is that of the component.
    components = facts.components if has_parts(row.kind) else ()
    parts: list[TripView] = []
    for component in components:
        view = component_view(row, entries, commands, COMPONENTS[component.kind])
        if view:
            parts.append(view)
    return TripViews(
        view=trip_view(row, entries, commands, policy),
        parts=tuple(parts),
        outcome=row.outcome,
        terms=cancel_terms(facts),
        items=tuple(open_item(row, entries, claims, facts, item) for item in facts.items),
    )
