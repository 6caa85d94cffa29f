"""What the agent asks when a request can't be booked yet, in code's own words."""

from collections.abc import Sequence

from agents.tools import Flaw, Gap
from domain.trip.requests import MOST_UNITS

_NOUNS = {"book_travel": "trip", "book_flight": "flight", "book_hotel": "hotel", "book_car_hire": "hire car"}


def ask_about(gaps: Sequence[Gap]) -> str:
    """One reply that names everything missing or wrong and asks for it; nothing has been booked."""
    parts = [_about(gap) for gap in gaps]
    return " ".join([*dict.fromkeys(parts), "Nothing is booked yet."])


def _about(gap: Gap) -> str:
    place = gap.draft.arguments.get("destination")
    preposition = "in" if gap.draft.tool in ("book_hotel", "book_car_hire") else "to"
    thing = f"the {_NOUNS[gap.draft.tool]}" + (f" {preposition} {place}" if place else "")
    where = "Where would you like the hotel" if preposition == "in" else "Where would you like to go"
    where = where.replace("hotel", _NOUNS[gap.draft.tool])
    missing = [flaw.what for flaw in gap.flaws if flaw.reason == "missing"]
    sentences = [_wrong(flaw, thing) for flaw in gap.flaws if flaw.reason != "missing"]
    match missing:
        case ["destination"]:
            sentences.append(f"{where}?")
        case ["destination", unit]:
            sentences.append(f"{where}, and for how many {unit} (1 to {MOST_UNITS})?")
        case [unit]:
            sentences.append(f"For how many {unit} would you like {thing}? I can book 1 to {MOST_UNITS}.")
        case _:
            pass
    return " ".join(sentences)


def _wrong(flaw: Flaw, thing: str) -> str:
    match flaw.what, flaw.reason:
        case (("nights" | "days"), _):
            return (
                f"I can't book {flaw.given} {flaw.what}: it has to be between 1 and {MOST_UNITS}. "
                f"For how many {flaw.what} would you like {thing}?"
            )
        case "date", "past":
            return f"{flaw.given} is in the past. Which date would you like instead?"
        case "date", "too_far":
            return f"{flaw.given} is too far ahead: I can book up to two years from today. Which date shall it be?"
        case "date", _:
            return f"There is no such day as {flaw.given}. Which date would you like?"
        case _:
            return "That name is too long for a destination. Where would you like to go?"
