"""The places from which the journeys of a message start: `from London to Rome`, `a flight London to Rome`."""

from collections.abc import Iterator

from agents.offline.clauses import Clause
from agents.offline.forms import Form
from agents.offline.message import ParsedMessage
from agents.offline.places import find_origins
from domain.components import ToolName

_FORMS: frozenset[Form] = frozenset({"request", "fragment", "tale"})
_GROUND: frozenset[ToolName] = frozenset({"book_hotel", "book_car_hire"})


def origins_in(message: ParsedMessage) -> list[str]:
    """Return the places from which the message's flights and trips start, in order."""
    origins: list[str] = []
    for clause in message.clauses:
        if clause.form in _FORMS:
            origins += _origins_in(message, clause)
    return origins


def _origins_in(message: ParsedMessage, clause: Clause) -> Iterator[str]:
    for place in find_origins(message.names, clause.first, clause.last):
        # A car from Ghent is picked up there.
        if _tool_before(message, clause, place.first) not in _GROUND:
            yield place.name
    for mention in message.mentions(clause):
        end = message.names.end_of_name(mention.last, clause.last)
        following = message.text.words(end, min(end + 1, clause.last))
        is_name = end > mention.last and message.text.tokens[mention.last].is_capital
        if is_name and following == "to" and mention.tool not in _GROUND:
            yield message.names.spelled(mention.last, end)


def _tool_before(message: ParsedMessage, clause: Clause, at: int) -> ToolName | None:
    """Return the tool of the last thing to book that is named before a token."""
    tools: list[ToolName] = [mention.tool for mention in message.mentions(clause) if mention.first < at]
    return tools[-1] if tools else None
