"""Money is exact to the minor unit in every currency, through holds, changes, cancellations and write-offs."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.amount import Money
from domain.components import ComponentKind
from domain.money.postings import Posting, balances, of_decision, of_outcome
from domain.trip.entry_data import CancelArguments
from support.stores.world import World, kept

# Spread over the currencies, which are tests of their own.
EXAMPLES, MANY_EXAMPLES = 2_000, 10_000
SHOWN = {"JPY": "JPY 1,234,567", "USD": "$12,345.67", "EUR": "EUR 12,345.67", "KWD": "KWD 1,234.567"}

prices = st.fixed_dictionaries(
    {kind: st.integers(min_value=1, max_value=10**12) for kind in ("flight", "hotel", "car_hire")}
)
seeds = st.integers(min_value=0, max_value=2**32)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("currency", SHOWN)
@settings(max_examples=EXAMPLES // len(SHOWN), deadline=None)
@given(seed=seeds, amounts=prices)
def test_an_itinerary_of_any_currency_ends_exactly(currency: str, seed: int, amounts: dict[ComponentKind, int]) -> None:
    _ends_exactly(World(seed, currency, amounts), currency)


@pytest.mark.soak
@pytest.mark.parametrize("currency", SHOWN)
@settings(max_examples=MANY_EXAMPLES // len(SHOWN), deadline=None)
@given(seed=seeds, amounts=prices)
def test_ten_thousand_itineraries_end_exactly(currency: str, seed: int, amounts: dict[ComponentKind, int]) -> None:
    _ends_exactly(World(seed, currency, amounts), currency)


@pytest.mark.parametrize("currency", SHOWN)
def test_an_amount_is_shown_with_the_digits_of_its_currency(currency: str) -> None:
    assert str(Money(currency=currency, minor=1_234_567)) == SHOWN[currency]


def _ends_exactly(world: World, currency: str) -> None:
    facts = world.run()
    for component in facts.components:
        stays = kept(facts, component)
        taken = component.captured - component.given_back
        assert taken >= (stays.cost if stays else 0)
        assert component.due(stays) == 0
    postings = _postings(world)
    if postings:
        totals = balances(postings)
        assert {money.currency for money in totals.values()} == {currency}
        assert sum(money.minor for money in totals.values()) == 0
        refunded = sum(r.amount for c in facts.components for r in c.refunds if r.mark == "done")
        captured = sum(component.captured for component in facts.components)
        assert totals.get("payments", Money.zero(currency)).minor == captured - refunded


def _postings(world: World) -> list[Posting]:
    """Return the postings that a ledger would have made for the world's rows."""
    agreed: dict[tuple[str | None, int | None], int] = {}
    postings: list[Posting] = []
    items = {}
    for number, entry in enumerate(world.rows.entries):
        items |= (
            {(i.kind, i.effect, i.revision): i for i in world.facts_after(number).items}
            if entry.event == "given_up"
            else {}
        )
        data: Any = entry.data
        if isinstance(data, CancelArguments):
            agreed[entry.component, entry.revision] = data.fee_agreed
        elif entry.event == "outcome" and entry.effect:
            postings += of_outcome(entry.sequence, entry.effect, data, agreed.get((entry.component, entry.revision), 0))
        elif entry.event == "resolved" and (item := items.get((entry.kind, entry.effect, entry.revision))):
            postings += of_decision(entry.sequence, item, data.decision)
    return postings
