"""The ledger's rows of one trip for operators: the response of `GET /api/operations/ledger`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import Field, TypeAdapter

from domain.amount import Money, ShownMoney
from domain.components import ComponentKind, Effect
from domain.money.postings import Account, Posting, What, balances
from domain.trip.command_bodies import CommandKind, body_data
from domain.trip.ending import not_paid_back, outcome_for_people, outcome_of, trip_status
from domain.trip.entry_data import Event, entry_data
from domain.trip.facts import TripFacts
from domain.trip.folding import trip_facts
from domain.trip.outcomes import ComponentOutcome, TripStatus, is_none
from domain.trip.records import Command, Entry, TripRow
from domain.value import Value


class RowView(Value):
    """One entry of the trip."""

    sequence: int
    at: datetime
    event: Event
    component: str | None
    kind: ComponentKind | None
    effect: Effect | None
    revision: int | None
    data: dict[str, Any] | None


class CommandView(Value):
    """One command of the trip."""

    number: int
    id: str
    kind: CommandKind
    at: datetime
    by: str
    body: dict[str, Any]


class PostingView(Value):
    """One posting: row `sequence` moved `amount` from `credit` to `debit`."""

    sequence: int
    what: What
    debit: Account
    credit: Account
    amount: ShownMoney


class LedgerView(Value):
    """All rows of one trip, with its balances, which are debit less credit.

    `balanced`: the balances sum to zero in one currency, and once the trip has ended, the account `traveller` has
    exactly the agreed prices of what stays booked. `not_paid_back` is the part of the refunds that was written off. It
    has left that account although the traveller never got it; the field is left out if it is nothing.
    """

    trip: str
    status: TripStatus
    rows: tuple[RowView, ...]
    commands: tuple[CommandView, ...]
    postings: tuple[PostingView, ...]
    balances: dict[Account, ShownMoney]
    balanced: bool
    not_paid_back: ShownMoney | None = Field(default=None, exclude_if=is_none)


# Made once: building an adapter takes longer than using it.
_POSTINGS = TypeAdapter(tuple[PostingView, ...])


def ledger_view(
    row: TripRow, entries: Sequence[Entry], commands: Sequence[Command], postings: Sequence[Posting]
) -> LedgerView:
    """Return the view of the whole trip from all of its rows, each kind in order."""
    facts = trip_facts(row, entries, commands)
    accounts = _balances(postings)
    return LedgerView(
        trip=row.id,
        status=trip_status(facts),
        rows=tuple(_row_view(entry, facts) for entry in entries),
        commands=tuple(map(_command_view, commands)),
        postings=_POSTINGS.validate_python(postings, from_attributes=True),
        balances=accounts or {},
        balanced=_is_balanced(facts, accounts),
        not_paid_back=not_paid_back(facts).unless_zero(),
    )


def _row_view(entry: Entry, facts: TripFacts) -> RowView:
    return RowView(
        sequence=entry.sequence,
        at=entry.at,
        event=entry.event,
        component=entry.component,
        kind=entry.kind,
        effect=entry.effect,
        revision=entry.revision,
        data=_data_for_operators(entry, facts),
    )


def _data_for_operators(entry: Entry, facts: TripFacts) -> dict[str, Any] | None:
    end = _end_for_operators(entry, facts)
    if end:
        return end
    return _sorted(entry_data(entry.data))


def _command_view(command: Command) -> CommandView:
    return CommandView(
        number=command.number,
        id=command.id,
        kind=command.kind,
        at=command.at,
        by=command.by,
        body=_sorted(body_data(command.body)),
    )


def _end_for_operators(entry: Entry, facts: TripFacts) -> dict[str, Any] | None:
    """Return an outcome for people, if the row is the last end of the trip and has another; None for any other row.

    The stored outcome counts as done what an operator closed, which an operator has to tell apart.
    """
    outcome = facts.outcome
    if outcome is None:
        return None
    # A trip that was opened again after an earlier end has several such rows, each with the outcome of its time.
    if entry.data != outcome:
        return None
    current = outcome_for_people(facts, outcome.status, {})
    if current == outcome_of(facts, outcome.status, {}):
        return None
    # The words of the holds are not made in this room, so those of the stored outcome are used again.
    texts = {component.id: component.text for component in outcome.components}
    parts: list[ComponentOutcome] = []
    for part in current.components:
        text = texts.get(part.id, "")
        parts.append(part.model_copy(update={"text": text}))
    whole = current.model_copy(update={"components": tuple(parts)})
    return whole.model_dump(mode="json")


def _sorted(data: Any) -> Any:
    """Return the data with the names in the order of the stored rows, which is that of the alphabet."""
    match data:
        case dict():
            return {name: _sorted(data[name]) for name in sorted(data)}
        case list():
            return [_sorted(part) for part in data]
        case _:
            return data


def _balances(postings: Sequence[Posting]) -> dict[Account, Money] | None:
    """Return the balance of each account; None if the postings contradict each other."""
    # An operator has to see the rows also when they contradict each other: the view then says "not balanced".
    try:
        return balances(postings)
    except ValueError:
        return None


def _is_balanced(facts: TripFacts, accounts: dict[Account, Money] | None) -> bool:
    if accounts is None:
        return False
    minors = {account: balance.minor for account, balance in accounts.items()}
    if sum(minors.values()) != 0:
        return False
    # While a trip is under way, its payments and its bookings come one after the other.
    if facts.outcome is None:
        return True
    # Captures are credited to this account, so its negative balance is what the traveller paid.
    paid = -minors.get("traveller", 0)
    return paid == _agreed(facts)


def _agreed(facts: TripFacts) -> int:
    """Return the prices of all that stays booked, in minor units."""
    agreed = 0
    for component in facts.components:
        for revision in component.booked:
            agreed += revision.cost
    return agreed
