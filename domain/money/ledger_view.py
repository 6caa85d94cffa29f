"""A trip's rows as the ledger has them, for those who keep the books: `GET /api/operations/ledger`. Pure rules."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import Field

from domain.amount import Money
from domain.components import ComponentKind, Effect
from domain.money.postings import Account, Posting, What, balances
from domain.trip.ending import not_paid_back, outcome_of, outcome_told, trip_status
from domain.trip.facts import TripFacts
from domain.trip.folding import trip_facts
from domain.trip.outcomes import TripStatus, is_none
from domain.trip.records import Command, CommandKind, Data, Entry, Event, TripRow
from domain.value import Value


class RowView(Value):
    sequence: int
    at: datetime
    event: Event
    component: str | None
    kind: ComponentKind | None
    effect: Effect | None
    revision: int | None
    data: Data | None


class CommandView(Value):
    number: int
    id: str
    kind: CommandKind
    at: datetime
    by: str
    body: Data


class PostingView(Value):
    """`amount` moved from `credit` to `debit` by row `sequence`."""

    sequence: int
    what: What
    debit: Account
    credit: Account
    amount: Money


class LedgerView(Value):
    """`balances` are debit less credit. `balanced`: they sum to zero in one currency, and once the trip has ended the
    account `traveller` stands at exactly the agreed prices of what stays booked. What was written off of a refund is
    no more on that account although the traveller never got it: `not_paid_back`, left out where that is nothing."""

    trip: str
    status: TripStatus
    rows: tuple[RowView, ...]
    commands: tuple[CommandView, ...]
    postings: tuple[PostingView, ...]
    balances: dict[Account, Money]
    balanced: bool
    not_paid_back: Money | None = Field(default=None, exclude_if=is_none)


def ledger_view(
    row: TripRow, entries: Sequence[Entry], commands: Sequence[Command], postings: Sequence[Posting]
) -> LedgerView:
    """The whole trip."""
    facts = trip_facts(row, entries, commands)
    found, lost = _balances(postings), not_paid_back(facts)
    return LedgerView(
        trip=row.id,
        status=trip_status(facts),
        rows=tuple(RowView.model_validate(_as_told(entry, facts), from_attributes=True) for entry in entries),
        commands=tuple(CommandView.model_validate(each, from_attributes=True) for each in commands),
        postings=tuple(PostingView.model_validate(each, from_attributes=True) for each in postings),
        balances=found or {},
        balanced=found is not None and _is_balanced(facts, found),
        not_paid_back=lost if lost.minor else None,
    )


def _as_told(entry: Entry, facts: TripFacts) -> Entry:
    """The row; the last end of the trip is told as it is, where the stored outcome takes as done what staff closed."""
    outcome = facts.outcome
    if outcome is None or entry.event != "closed" or entry.data != outcome.model_dump(mode="json"):
        return entry
    texts = {component.id: component.text for component in outcome.components}
    stored, told = (make(facts, outcome.status, {}) for make in (outcome_of, outcome_told))
    if stored == told:
        return entry
    parts = tuple(part.model_copy(update={"text": texts.get(part.id, "")}) for part in told.components)
    return replace(entry, data=told.model_copy(update={"components": parts}).model_dump(mode="json"))


def _balances(postings: Sequence[Posting]) -> dict[Account, Money] | None:
    try:
        return balances(postings)
    except ValueError:
        return None


def _is_balanced(facts: TripFacts, found: dict[Account, Money]) -> bool:
    if sum(money.minor for money in found.values()):
        return False
    if facts.outcome is None:
        return True
    agreed = sum(each.cost for component in facts.components for each in component.revisions if each.booked)
    paid = found.get("traveller")
    return agreed == (-paid.minor if paid else 0)
