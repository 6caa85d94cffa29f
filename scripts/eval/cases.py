"""Values of a case: what a traveller says, and the end state and the words that are expected of the app."""

from collections.abc import Mapping
from dataclasses import dataclass

Phrases = tuple[str, ...]
"""Texts of which any one will do."""


@dataclass(frozen=True)
class Wish:
    """A trip or a quote that the end state must have. `line` is the file's own wording.

    `members` are members of its request, as the API shows them; those that the file does not name are not compared.
    `earlier` are the members as they were before a change that the traveller asked for.
    """

    line: str
    kind: str
    places: Phrases
    status: str
    members: Mapping[str, str | int]
    earlier: Mapping[str, str | int]


@dataclass(frozen=True)
class MoneyRange:
    """The least and the most, in minor units, that the books may show for a whole conversation.

    `name` is `captured`, `refunded` or `kept`.
    """

    line: str
    name: str
    least: int
    most: int


@dataclass(frozen=True)
class EndState:
    """The trips, no more and no fewer. Quotes, money and a hand-over are compared only where the file names them."""

    trips: tuple[Wish, ...] = ()
    quotes: tuple[Wish, ...] | None = None
    money: tuple[MoneyRange, ...] = ()
    handed_over: bool | None = None


@dataclass(frozen=True)
class SpokenLine:
    """One message of the traveller, and what the reply to it must and must not say."""

    text: str
    must_say: tuple[Phrases, ...] = ()
    must_not_say: tuple[Phrases, ...] = ()


@dataclass(frozen=True)
class Case:
    """One conversation. `said_somewhere` and `never_said` are about all its replies.

    `dials` are settings of the simulated suppliers. `known_fault` is the reason why the case fails today, or empty.
    """

    topic: str
    name: str
    place: str
    """File and line, which no other case has."""
    lines: tuple[SpokenLine, ...]
    end: EndState
    said_somewhere: tuple[Phrases, ...]
    never_said: tuple[Phrases, ...]
    dials: frozenset[tuple[str, str]]
    known_fault: str
