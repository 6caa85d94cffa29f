"""Lists of trips, newest first: the caller's own, and those that an operator looks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pydantic import Field

from api.paging import cursor_of, entry_of, invalid_cursor, size_of_page
from api.trips.views import may_be_an_id, trip_of
from domain.trip.facts import TripFacts
from domain.trip.outcomes import is_none
from domain.trip.records import TripRow
from domain.trip.shown.summary import TripSummary, trip_summary
from domain.value import Value
from stores.ledger import Ledger

_MOST_READ = 200
"""Trips that one page looks at. A page with few of them has a `next` all the same."""


class TripLinks(Value):
    """Addresses of a trip. `itinerary` is left out while nothing is confirmed."""

    status: str
    itinerary: str | None = Field(default=None, exclude_if=is_none)


class ListedTrip(TripSummary):
    """One trip of a list."""

    links: TripLinks


class TripList(Value):
    """One page. `next` is the cursor of the next page, None for the last one."""

    trips: tuple[ListedTrip, ...]
    next: str | None


@dataclass(frozen=True)
class PageRequest:
    """The page that a query asks for: so many trips after this one, None for the first page."""

    size: int
    after: TripRow | None


def read_page(query: Mapping[str, str], trip: Callable[[str], TripRow | None]) -> PageRequest:
    """Return the page. `trip` returns a trip that the caller may see. Raise `ApiProblem`. May block."""
    entry = entry_of(query)
    after = trip(entry) if entry and may_be_an_id(entry) else None
    if entry is not None and after is None:
        raise invalid_cursor()
    return PageRequest(size_of_page(query), after)


def own_trips(ledger: Ledger, owners: Sequence[str | None], query: Mapping[str, str]) -> TripList:
    """Return a page of the trips of these owners. Raise `ApiProblem`. May block."""
    page = read_page(query, partial(trip_of, ledger, owners=owners))
    # One more than asked for tells whether there is a next page.
    rows = ledger.newest_of(owners, page.after, page.size + 1)
    listed = [listed_trip(row, ledger.facts(row.id)) for row in rows[: page.size]]
    return TripList(trips=tuple(listed), next=cursor_of(listed[-1].id) if len(rows) > page.size else None)


def matching_trips(
    ledger: Ledger,
    page: PageRequest,
    may_match: Callable[[TripRow], bool],
    matches: Callable[[TripSummary, TripFacts], bool],
) -> TripList:
    """Return a page of the trips that match. `may_match` spares reading all rows of the others. May block."""
    rows = ledger.newest(page.after, _MOST_READ)
    matching: list[ListedTrip] = []
    read = 0
    while read < len(rows) and len(matching) < page.size:
        row = rows[read]
        read += 1
        if may_match(row):
            facts = ledger.facts(row.id)
            listed = listed_trip(row, facts)
            matching += [listed] * matches(listed, facts)
    is_last = len(rows) < _MOST_READ and read == len(rows)
    return TripList(trips=tuple(matching), next=None if is_last else cursor_of(rows[read - 1].id))


def listed_trip(row: TripRow, facts: TripFacts) -> ListedTrip:
    """Return the trip as lists show it."""
    summary = trip_summary(row, facts)
    has_itinerary = summary.status in ("confirmed", "partly_confirmed")
    links = TripLinks(
        status=f"/api/travel-status/{row.id}",
        itinerary=f"/api/trips/{row.id}/itinerary.ics" if has_itinerary else None,
    )
    return ListedTrip(**dict(summary), links=links)
