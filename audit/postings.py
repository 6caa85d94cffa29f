"""Checks of a trip's double entry: it balances and agrees with the trip's rows. Pure."""

from collections.abc import Iterator, Sequence

from audit.findings import Difference
from audit.money import refund_money
from domain.money.postings import Account, Posting, balances
from domain.trip.facts import ComponentFacts, TripFacts


def posting_differences(facts: TripFacts, postings: Sequence[Posting]) -> Iterator[Difference]:
    """Yield accounts that do not sum to zero, or that differ from what the rows say of payments and suppliers."""
    try:
        accounts = balances(postings)
    except ValueError as error:
        yield Difference(facts.id, None, "postings_differ", str(error))
        return
    if sum(balance.minor for balance in accounts.values()):
        yield Difference(facts.id, None, "postings_differ", "the trip's accounts do not sum to zero")
    expected: dict[Account, int] = {
        "payments": sum(component.captured - refund_money(component, "done") for component in facts.components),
        "suppliers": -sum(_lost_to_suppliers(component) for component in facts.components),
    }
    for account, minor in expected.items():
        posted = accounts[account].minor if account in accounts else 0
        if posted != minor:
            text = f"the account {account} stands at {posted} minor units; by the trip's rows it is {minor}"
            yield Difference(facts.id, None, "postings_differ", text)


def _lost_to_suppliers(component: ComponentFacts) -> int:
    """Return the fees that suppliers kept, and the cost of what stays booked because its cancelling was written off."""
    fees = sum(revision.fee or 0 for revision in component.revisions if revision.cancel == "done")
    return fees + sum(revision.cost for revision in component.revisions if revision.cancel == "written_off")
