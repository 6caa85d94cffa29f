"""Promises of every ledger about money: each movement is posted to two accounts, with the row that caused it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.amount import Money
from domain.money.postings import Posting, balances, of_outcome
from domain.trip.effect_outcomes import Cancelled, Captured, Refunded
from domain.trip.marks import Decision
from stores.ledger import Ledger
from stores.opening import Stores
from support.stores.ledgers import (
    ANSWERS,
    REFUSED,
    TRIP,
    accepted,
    claimed,
    decision,
    do,
    effect,
    new_trip,
    paid,
    parked,
    usd,
    version,
)


@pytest.fixture
def ledger(stores: Stores) -> Ledger:
    stores.ledger.open(new_trip())
    return stores.ledger


def posted(ledger: Ledger) -> list[tuple[str, str, str, int]]:
    return [(posting.what, posting.debit, posting.credit, posting.amount.minor) for posting in ledger.postings(TRIP)]


def totals(ledger: Ledger) -> dict[str, int]:
    sums = balances(ledger.postings(TRIP))
    assert sum(money.minor for money in sums.values()) == 0
    assert {money.currency for money in sums.values()} <= {"USD"}
    return {account: money.minor for account, money in sums.items() if money.minor}


def cancelled(fee: int | None) -> Cancelled:
    return Cancelled(confirmation="FL-1", fee=usd(fee) if fee is not None else None)


def test_only_a_capture_moves_money_on_the_way_to_a_booking(ledger: Ledger) -> None:
    paid(ledger)
    assert posted(ledger) == [("capture", "payments", "traveller", 45_000)]
    [posting] = ledger.postings(TRIP)
    row = ledger.entries(TRIP)[posting.sequence - 1]
    assert (row.event, row.effect) == ("outcome", "capture")


def test_refusals_post_nothing(ledger: Ledger) -> None:
    for name in ("hold", "authorize", "confirm", "capture", "cancel", "void", "refund"):
        do(ledger, effect(name), answer=REFUSED)
    assert posted(ledger) == []


def test_a_release_before_the_pivot_moves_no_money(ledger: Ledger) -> None:
    do(ledger, effect())
    do(ledger, effect("authorize"))
    do(ledger, effect("cancel"))
    do(ledger, effect("void"))
    assert posted(ledger) == []


def test_a_cancellation_with_its_refund_leaves_nothing(ledger: Ledger) -> None:
    paid(ledger)
    do(ledger, effect("cancel"))
    do(ledger, effect("refund"))
    assert totals(ledger) == {}


def test_a_fee_that_was_agreed_is_the_travellers(ledger: Ledger) -> None:
    paid(ledger)
    do(ledger, effect("cancel"), answer=cancelled(4_500), fee_agreed=4_500)
    do(ledger, effect("refund"), answer=Refunded(amount=usd(40_500)))
    assert totals(ledger) == {"payments": 4_500, "suppliers": -4_500}


def test_a_fee_beyond_what_was_agreed_is_written_off(ledger: Ledger) -> None:
    paid(ledger)
    do(ledger, effect("cancel"), answer=cancelled(4_500), fee_agreed=1_000)
    assert posted(ledger)[1:] == [("fee", "traveller", "suppliers", 4_500), ("write_off", "losses", "traveller", 3_500)]
    assert {posting.sequence for posting in ledger.postings(TRIP)[1:]} == {ledger.entries(TRIP)[-1].sequence}


def test_a_capture_that_a_void_found_is_posted_once_whoever_tells_it(ledger: Ledger) -> None:
    paid(ledger)
    capture = claimed(ledger, effect("capture", kind="hotel"))
    do(ledger, effect("void", kind="hotel"), answer=ANSWERS["capture"])
    # The capture's own answer comes after the void has found it, and posts nothing more.
    ledger.conclude(capture, ANSWERS["capture"])
    do(ledger, effect("void"), answer=ANSWERS["capture"])
    assert totals(ledger) == {"payments": 90_000, "traveller": -90_000}


@pytest.mark.parametrize(
    ("item", "decided", "left"),
    [
        ("flight-refund-1", "settled", {"payments": 45_000, "elsewhere": -45_000}),
        ("flight-refund-1", "written_off", {"payments": 45_000, "losses": -45_000}),
        ("flight-refund-1", "retry", {"payments": 45_000, "traveller": -45_000}),
        ("flight-cancel-1", "settled", {"payments": 45_000, "traveller": -45_000}),
        (
            "flight-cancel-1",
            "written_off",
            {"payments": 45_000, "traveller": -45_000, "losses": 45_000, "suppliers": -45_000},
        ),
    ],
)
def test_a_decision_posts_what_it_means(ledger: Ledger, item: str, decided: Decision, left: dict[str, int]) -> None:
    parked(ledger)
    claimed(ledger, effect("refund"))
    ledger.give_up(effect("refund"), 1)
    ledger.accept(TRIP, "decision", "id-1", "me", decision(item, decided), version(ledger))
    assert totals(ledger) == left
    assert all(ledger.entries(TRIP)[posting.sequence - 1].event == "resolved" for posting in ledger.postings(TRIP)[1:])


@pytest.mark.parametrize("name", ["confirm", "capture", "void"])
@pytest.mark.parametrize("decided", ["settled", "written_off"])
def test_closing_what_moved_no_money_posts_nothing(ledger: Ledger, name: str, decided: Decision) -> None:
    do(ledger, effect())
    do(ledger, effect("authorize"))
    claimed(ledger, effect(name))  # type: ignore[arg-type]
    ledger.give_up(effect(name), 1)  # type: ignore[arg-type]
    ledger.accept(TRIP, "decision", "id-1", "me", decision(f"flight-{name}-1", decided), version(ledger))
    assert posted(ledger) == []
    assert accepted(ledger, 2) == 2


amounts = st.integers(min_value=0, max_value=10**15)
currencies = st.sampled_from(["JPY", "USD", "EUR", "KWD"])


@given(
    currency=currencies, prices=st.lists(amounts, max_size=5), fees=st.lists(st.tuples(amounts, amounts), max_size=5)
)
def test_every_trip_balances_to_the_minor_unit(currency: str, prices: list[int], fees: list[tuple[int, int]]) -> None:
    def money(minor: int) -> Money:
        return Money(currency=currency, minor=minor)

    postings: list[Posting] = []
    for price in prices:
        postings.extend(of_outcome(1, "capture", Captured(amount=money(price))))
    for fee, agreed in fees:
        cancellation = Cancelled(fee=money(fee))
        postings.extend(of_outcome(2, "cancel", cancellation, agreed))
    accounts = balances(postings)
    assert sum(balance.minor for balance in accounts.values()) == 0
    borne = sum(min(fee, agreed) for fee, agreed in fees)
    kept = accounts.get("traveller", Money.zero(currency)).minor
    assert -kept == sum(prices) - borne


@pytest.mark.parametrize(
    "wrong",
    [
        [Posting(1, "capture", "payments", "payments", Money(currency="USD", minor=1))],
        [Posting(1, "capture", "payments", "traveller", Money(currency="USD", minor=-1))],
        [
            Posting(1, "capture", "payments", "traveller", Money(currency="USD", minor=1)),
            Posting(2, "capture", "payments", "traveller", Money(currency="EUR", minor=1)),
        ],
    ],
)
def test_what_is_no_double_entry_in_one_currency_is_found(wrong: list[Posting]) -> None:
    with pytest.raises(ValueError, match=r"posts|currencies"):
        balances(wrong)
