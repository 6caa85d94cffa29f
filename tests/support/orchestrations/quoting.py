"""A quote and its traveller, in a house whose orchestrations, activities and stores are real."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace

from agents.model import ModelAnswer
from agents.travel_agent import TravelAgent
from domain.ids import quoted_trip_id
from domain.options import TripOptions
from domain.quotes.decisions import Choice, HumanDecision, decision_event
from domain.quotes.offer import Offer
from domain.quotes.quote import Quote
from domain.trip.requests import TripRequest
from support.orchestrations.installation import PARIS, MemoryInstallation
from support.orchestrations.memory_host import MemoryInstance
from support.orchestrations.services import ScriptedModel

QUOTE = "quote-1"
APPROVAL = "quote_approval"
SECRET = b"0123456789abcdef0123456789abcdef"
"""The secret of every installation here, so that ids and signatures are the same in each run."""


def trip_of_quote(index: int = 0, quote: str = QUOTE) -> str:
    """Return the id of the trip that the quote books."""
    return quoted_trip_id(SECRET, quote, index)


class QuotedHouse:
    """An installation with one quote. `answers` are those of the model, for notes of the traveller."""

    def __init__(
        self,
        house: MemoryInstallation,
        requests: Sequence[TripRequest] = (PARIS,),
        answers: Sequence[ModelAnswer | Exception] = (),
    ) -> None:
        self.house = house
        _fix_secret(house)
        house.services = replace(house.services, travel_agent=TravelAgent(ScriptedModel(answers)))
        self.quotes = house.services.quotes
        self.quotes.add(
            Quote(
                id=QUOTE,
                conversation="c-1",
                turn=1,
                requests=tuple(requests),
                options=TripOptions(),
                created=house.clock(),
            )
        )

    @property
    def stored(self) -> Quote:
        quote = self.quotes.quote(QUOTE)
        assert quote
        return quote

    @property
    def offer(self) -> Offer:
        offer = self.stored.offer
        assert offer
        return offer

    def run(self) -> MemoryInstance:
        """Start the orchestration and go on until nothing moves any more."""
        return self.house.run(APPROVAL, QUOTE, {"quote": QUOTE})

    def decide(self, choice: Choice, note: str | None = None, turn: str | None = None) -> HumanDecision:
        """Decide about the present offer, then wake the orchestration."""
        decision = HumanDecision(
            subject=QUOTE,
            round=self.offer.round,
            choice=choice,
            hash=self.offer.hash,
            by=None,
            at=self.house.clock(),
            note=note,
            turn=turn,
        )
        stored = self.quotes.decide(decision)
        self.house.host.raise_event(QUOTE, decision_event(stored.round))
        return stored

    def when_it_waits(self, *acts: Callable[[], object]) -> None:
        """Let the acts happen one after the other, each when all that is left is to wait for the deadline."""
        left = list(acts)

        def before_timer() -> None:
            if left and self.stored.offer and not self.stored.trips:
                left.pop(0)()

        self.house.host.before_timer = before_timer


def _fix_secret(house: MemoryInstallation) -> None:
    # Reading first, so that the file and its tables are there.
    assert house.services.conversations.turn("none", 1) is None
    connection = sqlite3.connect(house.state_dir / "ledger.db")
    with connection:
        connection.execute("INSERT OR REPLACE INTO installation (name, value) VALUES ('secret', ?)", (SECRET,))
    connection.close()
