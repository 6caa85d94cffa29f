"""Promises of every store of quotes and decisions."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.amount import Money
from domain.options import TripOptions
from domain.quotes.decisions import HumanDecision
from domain.quotes.offer import Offer, OfferLine, signed_offer
from domain.quotes.quote import Quote
from domain.trip.requests import TripRequest
from stores.opening import Stores
from stores.quotes import Quotes, QuoteUnknownError
from support.races import in_threads
from support.suppliers.companies import NOW

REQUESTS = (TripRequest(kind="flight", destination="Rome", date=NOW.date()),)
LATER = NOW + timedelta(hours=1)
TRIPS = ("trip-1",)


@pytest.fixture
def quotes(stores: Stores) -> Quotes:
    return stores.quotes


def new_quote(identifier: str = "quote-1") -> Quote:
    return Quote(id=identifier, conversation="c", turn=1, requests=REQUESTS, options=TripOptions(), created=NOW)


def new_offer(number: int = 1, minor: int = 45000) -> Offer:
    line = OfferLine(
        item=0,
        kind="flight",
        price=Money(currency="USD", minor=minor),
        cancel_fee=Money(currency="USD", minor=minor // 10),
    )
    return signed_offer(b"secret", "quote-1", number, REQUESTS, TripOptions(), (line,), LATER)


def decision(
    choice: str = "approve", subject: str = "quote-1", number: int = 1, by: str | None = None
) -> HumanDecision:
    fields = {"subject": subject, "round": number, "choice": choice, "hash": "h", "by": by, "at": NOW}
    return HumanDecision.model_validate(fields)


def test_a_quote_is_added_once_and_read_after_a_restart(quotes: Quotes, reopen_stores: Callable[[], Stores]) -> None:
    first = quotes.add(new_quote())
    other = quotes.add(new_quote().model_copy(update={"turn": 2}))
    assert first == other == new_quote()
    quotes.offer("quote-1", new_offer())
    stored = reopen_stores().quotes.quote("quote-1")
    assert stored == new_quote().model_copy(update={"offers": (new_offer(),)})
    assert quotes.quote("quote-2") is None


def test_the_first_offer_of_a_round_stays(quotes: Quotes) -> None:
    quotes.add(new_quote())
    quotes.offer("quote-1", new_offer())
    assert quotes.offer("quote-1", new_offer(minor=1)).offers == (new_offer(),)
    assert quotes.offer("quote-1", new_offer(2, minor=1)).offer == new_offer(2, minor=1)
    assert quotes.offer("quote-1", new_offer(4)).offer == new_offer(2, minor=1), "no round is left out"


def test_what_was_agreed_to_takes_no_more_offers_and_is_not_withdrawn(quotes: Quotes) -> None:
    quotes.add(new_quote())
    quotes.offer("quote-1", new_offer())
    assert quotes.approve("quote-1", TRIPS).trips == TRIPS
    assert quotes.approve("quote-1", ("trip-2",)).trips == TRIPS
    assert quotes.offer("quote-1", new_offer(2)).offers == (new_offer(),)
    assert quotes.end("quote-1", "withdrawn", NOW).end is None
    assert quotes.end("quote-1", "booked", NOW).end == "booked"


def test_the_first_end_stays_and_nothing_is_agreed_to_after_it(quotes: Quotes) -> None:
    quotes.add(new_quote())
    assert quotes.end("quote-1", "withdrawn", NOW).end == "withdrawn"
    assert quotes.end("quote-1", "expired", LATER).end == "withdrawn"
    assert quotes.approve("quote-1", TRIPS).trips == ()


def test_of_an_end_and_a_yes_at_the_same_time_one_counts(quotes: Quotes) -> None:
    for number in range(5):
        name = f"quote-{number}"
        quotes.add(new_quote(name))
        calls = [lambda name=name: quotes.approve(name, TRIPS), lambda name=name: quotes.end(name, "withdrawn", NOW)]
        in_threads(lambda call: call(), calls)
        stored = quotes.quote(name)
        assert stored
        assert bool(stored.trips) != (stored.end == "withdrawn")


def test_lists_name_what_is_open_and_what_has_ended(quotes: Quotes) -> None:
    for number in range(3):
        quotes.add(new_quote(f"quote-{number}").model_copy(update={"created": NOW + timedelta(seconds=number)}))
    quotes.end("quote-1", "rejected", LATER)
    quotes.end("quote-1", "rejected", LATER)
    far = LATER + timedelta(days=1)
    assert [quote.id for quote in quotes.unfinished(far, 10)] == ["quote-0", "quote-2"]
    assert [quote.id for quote in quotes.unfinished(NOW + timedelta(seconds=1), 10)] == ["quote-0"]
    assert [quote.id for quote in quotes.unfinished(far, 1)] == ["quote-0"]
    assert [quote.id for quote in quotes.ended(far, 10)] == ["quote-1"]
    assert list(quotes.ended(LATER, 10)) == []


def test_what_is_removed_is_gone_with_its_decisions(quotes: Quotes) -> None:
    quotes.add(new_quote())
    quotes.decide(decision())
    quotes.decide(decision(number=2))
    quotes.decide(decision(subject="another"))
    quotes.end("quote-1", "rejected", NOW)
    quotes.remove("quote-1")
    quotes.remove("quote-1")
    assert quotes.quote("quote-1") is None
    assert (quotes.decision("quote-1", 1), quotes.decision("quote-1", 2)) == (None, None)
    assert quotes.decision("another", 1)
    assert list(quotes.ended(LATER + timedelta(days=2), 10)) == []


def test_nothing_can_be_done_to_a_quote_that_is_not_there(quotes: Quotes) -> None:
    with pytest.raises(QuoteUnknownError):
        quotes.offer("quote-9", new_offer())
    with pytest.raises(QuoteUnknownError):
        quotes.approve("quote-9", TRIPS)
    with pytest.raises(QuoteUnknownError):
        quotes.end("quote-9", "expired", NOW)


def test_the_first_decision_about_a_round_stays(quotes: Quotes, reopen_stores: Callable[[], Stores]) -> None:
    assert quotes.decision("quote-1", 1) is None
    assert quotes.decide(decision()) == decision()
    assert quotes.decide(decision("reject")) == decision()
    assert quotes.decide(decision("reject", number=2)).choice == "reject"
    assert reopen_stores().quotes.decision("quote-1", 1) == decision()


def test_of_many_who_decide_at_once_all_hear_the_same(reopen_stores: Callable[[], Stores]) -> None:
    views = [reopen_stores().quotes for _ in range(6)]
    voices = list(zip(views, ["approve", "reject", "change"] * 2, "abcdef", strict=True))
    stored = in_threads(lambda voice: voice[0].decide(decision(voice[1], by=voice[2])), voices)
    assert len({one.by for one in stored}) == 1
