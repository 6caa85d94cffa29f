"""The agent's questions about a request that cannot be booked yet, in code's own words."""

import re
from collections.abc import Sequence

from agents.extra_questions import question_about
from agents.tools import Flaw, Gap
from agents.trade_words import TRADE_WORDS, TradeWords
from domain.trip.requests import KIND_OF_TOOL, MOST_UNITS

_WRONG_LENGTH = (
    f"I can't book {{said}} {{unit}}: it has to be between 1 and {MOST_UNITS}. "
    "For how many {unit} would you like {thing}?"
)
_WRONG_DATES = {
    "past": "{said} is in the past. Which date would you like instead?",
    "too_far": "{said} is too far ahead: I can book up to two years from today. Which date shall it be?",
    "no_such_day": "There is no such day as {said}. Which date would you like?",
}
_WRONG_PLACES = {
    "too_long": "That name is too long for a destination. Where would you like to go?",
    "unknown": "I do not know a place called {said}. Which city?",
    "ambiguous": "Which {said}: {options}?",
    "too_wide": "Which city in {the}{said}?",
}
_UNNAMED_PLACES = {
    **_WRONG_PLACES,
    "unknown": "I do not know that place. Which city?",
    "ambiguous": "Which of these: {options}?",
    "too_wide": "Which city there?",
}
"""The questions that repeat no name: what looks like a sentence may be of a model or an attacker."""
_PLAIN_NAME = re.compile(r"(?:(?:st|ste|mt|ft)\. ?)?[^\W\d_]+(?:(?:, |[ '’-])[^\W\d_]+){0,3}", re.IGNORECASE)
_LONGEST_TO_REPEAT = 40
_TAKES_ARTICLE = re.compile(
    r"united |(?:uk|usa?|uae|netherlands|maldives|philippines|bahamas|seychelles|gambia|azores|algarve|cotswolds|alps|"
    r"balkans|dolomites|pyrenees|himalayas|andes|highlands|midlands|hebrides|caribbean|mediterranean|lake district)$|"
    r".*\b(?:islands|isles|republic|keys|lakes|mountains|coast|valley|riviera|territories)$",
    re.IGNORECASE,
)
"""Countries and regions that are written with `the`."""


def ask_about(gaps: Sequence[Gap]) -> str:
    """Return one reply that names everything missing or wrong and asks for it. Nothing has been booked."""
    # Two hotels without a place need the question only once.
    questions = dict.fromkeys(map(_about, gaps))
    return " ".join([*questions, "Nothing is booked yet."])


def _about(gap: Gap) -> str:
    thing = _thing(gap)
    where = _words(gap).where
    missing = [flaw.what for flaw in gap.flaws if flaw.reason == "missing"]
    sentences = [_about_wrong(flaw, thing) for flaw in gap.flaws if flaw.reason != "missing"]
    match missing:
        case ["destination"]:
            sentences.append(f"{where}?")
        case ["destination", unit]:
            sentences.append(f"{where}, and for how many {unit} (1 to {MOST_UNITS})?")
        case [unit]:
            sentences.append(f"For how many {unit} would you like {thing}? I can book 1 to {MOST_UNITS}.")
        case _:
            pass
    sentences += map(question_about, gap.doubts)
    return " ".join(sentences)


def _thing(gap: Gap) -> str:
    words = _words(gap)
    thing = f"the {words.noun}"
    place = gap.draft.arguments.get("destination")
    if not place:
        return thing
    return f"{thing} {words.preposition} {place}"


def _words(gap: Gap) -> TradeWords:
    return TRADE_WORDS[KIND_OF_TOOL[gap.draft.tool]]


def _about_wrong(flaw: Flaw, thing: str) -> str:
    match flaw.what:
        case "nights" | "days":
            return _WRONG_LENGTH.format(said=flaw.said, unit=flaw.what, thing=thing)
        case "date":
            return _WRONG_DATES[flaw.reason].format(said=flaw.said)
        case "destination":
            return _about_place(flaw)


def _about_place(flaw: Flaw) -> str:
    name = flaw.said or ""
    is_plain = len(name) <= _LONGEST_TO_REPEAT and bool(_PLAIN_NAME.fullmatch(name))
    questions = _WRONG_PLACES if is_plain else _UNNAMED_PLACES
    article = "the " if _TAKES_ARTICLE.match(name) else ""
    return questions[flaw.reason].format(said=name, the=article, options=", or ".join(flaw.options))
