"""The search of operators: trips by status, kind, day, id, confirmation number or the start of the destination."""

from collections.abc import Mapping
from datetime import date

from pydantic import ValidationError

from api.json_body import invalid
from api.paging import require_parameters
from api.trips.lists import TripList, matching_trips, read_page
from domain.components import TripKind
from domain.trip.facts import TripFacts
from domain.trip.outcomes import TripStatus
from domain.trip.records import TripRow
from domain.trip.shown.summary import TripSummary, confirmations_ever
from domain.value import Value
from stores.ledger import Ledger


class TripSearch(Value):
    """The query of `GET /api/operations/trips`: what is None is not asked for. `day` is the day that a trip begins."""

    status: TripStatus | None = None
    kind: TripKind | None = None
    day: date | None = None
    id: str | None = None
    confirmation: str | None = None
    destination: str | None = None

    def may_match(self, row: TripRow) -> bool:
        """Return False for a trip whose row alone tells that it does not match."""
        return all(
            (
                self.kind in (None, row.kind),
                self.id in (None, row.id),
                row.request.destination.casefold().startswith((self.destination or "").casefold()),
                row.outcome is None or self.status in (None, row.outcome.status),
                # A change may have moved the trip to another day.
                row.commands > 0 or self.day in (None, row.request.date),
            )
        )

    def matches(self, summary: TripSummary, facts: TripFacts) -> bool:
        """Return whether the trip matches whose row may match."""
        return all(
            (
                self.status in (None, summary.status),
                self.day in (None, summary.begins),
                self.confirmation in (None, *confirmations_ever(facts)),
            )
        )


def search(ledger: Ledger, query: Mapping[str, str]) -> TripList:
    """Return a page of the trips that the query asks for, newest first. Raise `ApiProblem`. May block."""
    requested = read_search(query)
    return matching_trips(ledger, read_page(query, ledger.trip), requested.may_match, requested.matches)


def read_search(query: Mapping[str, str]) -> TripSearch:
    """Return the search of the query. Raise `ApiProblem`."""
    names = list(TripSearch.model_fields)
    require_parameters(query, names)
    try:
        return TripSearch.model_validate_strings({name: query[name] for name in names if name in query})
    except ValidationError as error:
        # The message names the values that are allowed, and never the one that came.
        first = error.errors(include_input=False)[0]
        raise invalid(f"The parameter {first['loc'][0]} is wrong: {first['msg']}.") from None
