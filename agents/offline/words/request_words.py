"""The words by which the requests of a message are put together."""

import re

from agents.offline.patterns import any_of

_OH = r"^(?:(?:oh|oops|whoops|ah|er|um|hmm|well|no|wait|sorry)\b(?: ,)? )*+"
CORRECTION = re.compile(
    _OH
    + any_of(
        "no, nope, actually, sorry, wait, i mean, i meant, rather, make (?:it|that), or rather, scratch, instead",
        "correction, it should, my mistake, my bad, we meant, we mean, i said",
    )
    + r"\b"
)
MEANT = re.compile(
    _OH
    + any_of("(?:i|we) (?:actually |really )?(?:meant?|said), it should (?:be|have been), my mistake, my bad")
    + r"\b"
)
"""Words that tell what was meant, and so correct the place before them."""
POINTS_BACK = re.compile(
    r"^(?:can|could|would|will|you|please|go ahead and|just|\s)*+(?:book|reserve|get|take|rent|hire|arrange) "
    r"(?:me |us |him |her |them )?(?:it|that|one|this|them)\b"
)
SEES_TO_IT = re.compile(
    r"^(?:can|could|would|will|you|please|go ahead and|just|\s)*+(?:sort|organi[sz]e|fix|handle|do|see to|set up|make"
    r"|take care of|deal with) (?:me |us )?(?:it|that|this|them)\b"
)
"""Less than `book it`: it asks for a booking only after somebody's need, since a late flight may be seen to as well."""
ALONE = re.compile(r"\b(?:only|just|nothing else|alone|that's all)\b")
ORDERS = re.compile(
    "^"
    + any_of("book, reserve, get, order, buy, arrange, organi[sz]e, rent, hire, fly, send, take, find, plan, make")
    + r"\b"
)
POLITE = re.compile(r"\b(?:please|pls|thanks)\b")
BOOKS_NIGHTS = re.compile(r"\b(?:book|reserve)(?: me| us)? \d")
ANY = re.compile(r"any\b")
THERE = re.compile(r"\bthere\b")
DRIVES = re.compile(r"\bdriv(?:e|ing)\b")
