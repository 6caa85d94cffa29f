"""The words of searches, relative clauses, thanks and second thoughts."""

import re

from agents.offline.patterns import any_of

SEARCHES = re.compile(
    r"^(?:please )?(?:help me )?"
    + any_of(
        "find, search, look, show, list, give, suggest, display, browse, look up, search for, look for, see, get me"
    )
    + r"(?: me| us| for| up| out| through){0,2} "
    + r"(?:(?:some|any|all|the|good|cheap|nice|available|possible|best|cheapest|other|more|a few"
    + r"|a list of|of|direct) ){0,4}"
    + any_of(
        "flights, hotels, cars, trips, rooms, holidays, vacations, options, deals, offers, packages, rentals, stays"
    )
    + r"\b"
)
"""Searches among many: a request to book names one thing."""
RELATIVE = re.compile(
    r"\b(?:trip|flight|hotel|room|car|holiday|vacation|place|ticket)s?\b[^,]{0,60}? "
    + r"(?P<tail>(?:that|which|where|with) .*)"
)
POINTS_AT_NEED = re.compile(
    r"\b(?:(?:has|have|had|got|needs?|wants?|wishes|is going|are going|am going|would like|is supposed|are supposed) to"
    r"|must"
    r"|needs? (?:a|an|some|to)|is (?:flying|travelling|traveling|going)|are (?:flying|travelling|traveling|going))\b"
)
HAS_ALREADY = re.compile(r"(?:i|we|my \w+|our \w+|he|she|they) (?:have|has|had|am|is|are|was|were|will be) ")
THANKS_FOR = re.compile(r"(?:many )?(?:thanks|thank you|thx|cheers)(?: so much| very much| a lot)? (?:for|to)\b")
TAKES_BACK = re.compile(
    r"(?:(?:oh|well|hmm|actually|haha|lol) ,? ?)*+"
    + any_of(
        "no, nope, nah, naw, never, not, not really, as if, i do(?:n't| not) think so, i think not, no way, just no"
    )
    + r"(?: thanks| thank you)?"
)
"""The last words of a message that take back all before: `Book a flight to Rome? Nah.`"""
