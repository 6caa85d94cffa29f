"""The words about each kind of trip, in one table: for the model's tools, for questions and for replies.

The `match` names every kind, so a type checker shows what a further component lacks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from domain.components import TRIP_KINDS, TripKind, Unit


@dataclass(frozen=True)
class TradeWords:
    """The words by which one kind of trip differs from the others."""

    purpose: str
    """The description of its tool, for a model."""
    thing: str
    """The thing that a model may book, with its article."""
    length: Unit | None
    """The unit in which its tool takes a length; None if it has none."""
    title: str
    """Its name in the first line of a reply."""
    noun: str
    """Its name in a question."""
    preposition: Literal["to", "in"]
    """The word before the destination."""
    where: str
    """The question for a destination, without its question mark."""


def _words_of(kind: TripKind) -> TradeWords:
    match kind:
        case "travel":
            return TradeWords(
                purpose="Book a whole trip: flight, hotel and car hire to one destination. Only when the traveller "
                "clearly asks for a trip, holiday or package, or for all three parts.",
                thing="a whole trip",
                length="nights",
                title="trip",
                noun="trip",
                preposition="to",
                where="Where would you like to go",
            )
        case "flight":
            return TradeWords(
                purpose="Book a flight alone.",
                thing="a flight",
                length=None,
                title="flight",
                noun="flight",
                preposition="to",
                where="Where would you like to go",
            )
        case "hotel":
            return TradeWords(
                purpose="Book a hotel alone.",
                thing="a hotel",
                length="nights",
                title="hotel",
                noun="hotel",
                preposition="in",
                where="Where would you like the hotel",
            )
        case "car_hire":
            return TradeWords(
                purpose="Book a hire car alone.",
                thing="a hire car",
                length="days",
                title="car hire",
                noun="hire car",
                preposition="in",
                where="Where would you like the hire car",
            )


TRADE_WORDS: Mapping[TripKind, TradeWords] = {kind: _words_of(kind) for kind in TRIP_KINDS}


def _things() -> str:
    *others, last = [f"{words.noun}s" for words in TRADE_WORDS.values()]
    return f"{', '.join(others)} and {last}"


THINGS = _things()
"""All that can be booked, for a sentence: trips, flights, hotels and hire cars."""
