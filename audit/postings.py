"""Whether a trip's double entry balances, and tells the same as its rows. Pure."""

from collections.abc import Iterator, Sequence

from audit.findings import Difference
from domain.money.postings import Account, Posting, balances
from domain.trip.facts import ComponentFacts, TripFacts


def posting_differences(facts: TripFacts, postings: Sequence[Posting]) -> Iterator[Difference]:
    """Where the accounts don't sum to zero, or are not what the rows say of payments and of suppliers."""
    try:
        found = balances(postings)
    except ValueError as error:
        yield Difference(facts.id, None, "postings_differ", str(error))
        return
    if sum(balance.minor for balance in found.values()):
        yield Difference(facts.id, None, "postings_differ", "the trip's accounts do not sum to zero")
    told: dict[Account, int] = {
        "payments": sum(_kept(component) for component in facts.components),
        "suppliers": -sum(_lost_to_suppliers(component) for component in facts.components),
    }
    for account, minor in told.items():
        posted = found[account].minor if account in found else 0
        if posted != minor:
            text = f"the account {account} stands at {posted} minor units; by the trip's rows it is {minor}"
            yield Difference(facts.id, None, "postings_differ", text)


def _kept(component: ComponentFacts) -> int:
    return component.captured - sum(refund.amount for refund in component.refunds if refund.mark == "done")


def _lost_to_suppliers(component: ComponentFacts) -> int:
    """Fees that were kept, and what stays booked since a person wrote its cancelling off."""
    fees = sum(revision.fee or 0 for revision in component.revisions if revision.cancel == "done")
    return fees + sum(revision.cost for revision in component.revisions if revision.cancel == "written_off")
