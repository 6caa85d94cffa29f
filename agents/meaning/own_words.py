"""The traveller's own words in a message: without quotations, forwarded text, mail headers and names of companies.

What others said asks for nothing. Misspelt nouns are mended too, so that `a flihgt` is a flight for every rule.
"""

import re
from functools import cache
from string import ascii_lowercase

from agents.meaning.condition_patterns import companies
from agents.meaning.data_files import sections

_FILE = "misspelt.txt"
_WORD = re.compile(r"[A-Za-z]{3,15}")
_PLAIN_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "’": "'", "‘": "'"})
_QUOTATIONS = (
    re.compile(r'"[^"\n]{0,600}"'),
    re.compile(r"(?<!\w)'(?! )[^'\n]{0,20} [^\n]{0,400}?(?<! )'(?!\w)"),
)
_WORDS_IN_A_NAME = 2
_QUOTED_LINE = re.compile(r"^[ \t]{0,8}>.*$", re.MULTILINE)
_HEADER = re.compile(r"^(?:subject|betreff|date|sent|cc|bcc)[ ]?:[^\n.]*(?:\.|$)", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"^(?:from|to)[ ]?:.*$", re.IGNORECASE | re.MULTILINE)
_FORWARDED = re.compile(
    r"^(?:fwd?|fw|re|wg|aw|tr)[ ]?:.*|^-{2,20} ?(?:original|forwarded).*|begin forwarded message.*",
    re.DOTALL | re.I | re.M,
)
_REPORTED = re.compile(
    r"\b(?:sa(?:id|ys|ying)|wrote|writes|texted|replied|repl(?:y|ies)|shouted|answered|asked|quoted?"
    r"|whispered|(?:words?|message|e-?mail|text|note|letter|post) (?:was|were|is|reads?|from \w{1,20}))[ ]?:.*",
    re.DOTALL | re.IGNORECASE,
)
_MY_REQUEST = re.compile(r"\b(?:my|our|the|this) request (?:is|was)[ ]?:", re.IGNORECASE)


def own_words(message: str) -> str:
    """Return the message as far as the traveller says it for himself, with nouns spelled as the rules know them."""
    text = message.translate(_PLAIN_QUOTES)
    text = _MY_REQUEST.sub("request ", text)
    for pattern in (_FORWARDED, _QUOTED_LINE, _REPORTED):
        text = pattern.sub(" ", text)
    text = _without_headers(text)
    for pattern in _QUOTATIONS:
        text = pattern.sub(_unless_name, text)
    text = _WORD.sub(_respelt, text)
    return _without_companies(text)


def _without_headers(text: str) -> str:
    """Return a mail without its headers; `From:` and `To:` are headers only beside others, else they name places."""
    bare = _HEADER.sub("", text)
    return _ADDRESS.sub("", bare) if bare != text else text


def _unless_name(quotation: re.Match[str]) -> str:
    """Return a quoted name without its quotation marks, and nothing of a longer quotation."""
    inner = quotation.group()[1:-1]
    return f" {inner} " if len(inner.split()) <= _WORDS_IN_A_NAME else " ... "


def _without_companies(text: str) -> str:
    """Return the text without names of companies, which would be read as places: `a flight on Lufthansa`.

    A hotel's name becomes `the hotel`, so that `the Marriott in Lima` still names a thing to book.
    """
    for topic in companies():
        text = topic.pattern.sub(topic.stand_in, text)
    return text


def _respelt(word: re.Match[str]) -> str:
    written = word.group()
    noun = _spellings().get(written.lower())
    if noun is None:
        return written
    return noun.capitalize() if written[0].isupper() else noun


@cache
def _spellings() -> dict[str, str]:
    """Return the noun for each misspelling: every word that is one slip of the pen from it."""
    of_file = sections(_FILE)
    words = {*of_file["nouns"], *of_file["words"]}
    near = {slip: noun for noun in reversed(of_file["nouns"]) for slip in _slips(noun) if slip not in words}
    return near | dict(line.split(" ") for line in of_file["respelt"])


def _slips(noun: str) -> set[str]:
    parts = [(noun[:at], noun[at:]) for at in range(1, len(noun) + 1)]
    shorter = {head + tail[1:] for head, tail in parts if tail}
    swapped = {head[:-1] + tail[0] + head[-1] + tail[1:] for head, tail in parts if tail}
    other = {head + letter + tail[1:] for head, tail in parts if tail for letter in ascii_lowercase}
    longer = {head + letter + tail for head, tail in parts for letter in ascii_lowercase}
    return shorter | swapped | other | longer
