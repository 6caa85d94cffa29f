"""Checks of a trip's double entry: it balances and agrees with the trip's rows. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from audit.findings import Check, Difference, failed
from audit.money import minor_of, refund_money
from domain.amount import Money
from domain.money.postings import Account, Posting, balances
from domain.trip.facts import ComponentFacts, TripFacts


def posting_differences(facts: TripFacts, postings: Sequence[Posting]) -> Iterator[Difference]:
    """Yield accounts that do not sum to zero, or that differ from what the rows say of payments and suppliers."""
    try:
        accounts = balances(postings)
    # Postings of several currencies cannot be summed, so the rest is not compared.
    except ValueError as error:
        yield Difference(
            trip=facts.id,
            component=None,
            code="postings_differ",
            text=str(error),
        )
        return
    yield from failed(facts.id, None, _account_checks(facts, accounts))


def _account_checks(facts: TripFacts, accounts: Mapping[Account, Money]) -> Iterator[Check]:
    total = sum(map(minor_of, accounts.values()))
    yield Check(
        holds=total == 0,
        code="postings_differ",
        text="the trip's accounts do not sum to zero",
    )
    # A supplier's account grows by what the supplier kept, which leaves ours: hence the other sign.
    expected: dict[Account, int] = {
        "payments": sum(map(_kept_by_the_provider, facts.components)),
        "suppliers": -sum(map(_lost_to_suppliers, facts.components)),
    }
    for account, minor in expected.items():
        posted = minor_of(accounts.get(account))
        yield Check(
            holds=posted == minor,
            code="postings_differ",
            text=f"the account {account} stands at {posted} minor units; by the trip's rows it is {minor}",
        )


def _kept_by_the_provider(component: ComponentFacts) -> int:
    return component.captured - refund_money(component, "done")


def _lost_to_suppliers(component: ComponentFacts) -> int:
    """Return the fees that suppliers kept, and the cost of what stays booked because its cancelling was written off."""
    lost = 0
    for revision in component.revisions:
        match revision.cancel:
            case "done":
                lost += revision.fee or 0
            case "written_off":
                lost += revision.cost
            case _:
                pass
    return lost
