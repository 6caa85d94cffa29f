"""The agent's words about conditions that no tool can keep, in code's own sentences."""

from collections.abc import Sequence

from agents.trade_words import TRADE_WORDS
from domain.conversation.conditions import Condition, ConditionKind
from domain.trip.requests import TripRequest

DROPPED_REQUEST = "All right, I leave that. Tell me when you want something else."
_LONGEST_PLACE = 80
_ABOUT: dict[ConditionKind, str] = {
    "condition": "I can't make sure of {words}.",
    "budget": "I can't look for a price ({words}): what it costs is named by the supplier.",
    "price_first": "I can't name the price before.",
}


def ask_about_conditions(conditions: Sequence[Condition], requests: Sequence[TripRequest]) -> str:
    """Return a reply that says what cannot be promised and asks whether to book without it. Nothing has been booked."""
    by_kind: dict[ConditionKind, list[str]] = {}
    for condition in conditions:
        by_kind.setdefault(condition.kind, []).append(f"“{condition.words}”")
    sentences = [_ABOUT[kind].format(words=_listed(by_kind[kind])) for kind in _ABOUT if kind in by_kind]
    things = _listed(list(dict.fromkeys(map(_thing, requests))))
    sentences.append(f"Shall I book {things} without that? Please answer yes or no. It is not booked yet.")
    return " ".join(sentences)


def _thing(request: TripRequest) -> str:
    words = TRADE_WORDS[request.kind]
    return f"the {words.noun} {words.preposition} {request.destination[:_LONGEST_PLACE]}"


def _listed(items: Sequence[str]) -> str:
    *others, last = items
    return f"{', '.join(others)} and {last}" if others else last
