"""Messages that are meant to keep the offline model busy, made from a seed.

A run of one thing makes a pattern or a loop start over and over. So every word of the rules is repeated with joints of
all kinds, before and after a request, beside random mixes, nested quotes, digits, dates and signs of many scripts.
"""

from collections.abc import Iterator, Sequence
from itertools import cycle
from random import Random

from support.app.offline_grammar import known_words

LONGEST = 4000
_JOINTS = (" ", " ", " ", ", ", " and ", " or ", ". ", "? ", "\n", ": ", "; ", " - ", "-", "", " but ", "'", '" "')
_SIGNS = (*"-,.:;?!'\"()[]{}/\\&@#$%^*+=_~`|<>…“”‘’«»–—·", "--", "...", ": ", " :", "( ", " )", "¿", "。", "、")
_LETTERS = (
    "a",
    "Ab",
    "é",
    "e\u0301",
    "ß",
    "İ",
    "ﬁ",
    "Ω",
    "ж",
    "中",
    "東京 ",
    "ع",
    "ไทย",
    "🙂",
    "👩‍👩‍👧",
    "\u200b",
    "\u00a0",
    "\u2028",
)
_DIGITS = ("1", "12 ", "1.", "1/", "1-", "-1 ", "1:00 ", "2027-01-01 ", "3.5 ", "٣", "1st ", "99999999999999999999 ")
_PHRASES = (
    "Mr. ",
    "St. ",
    "U.S. ",
    "Rome ",
    "Rome, ",
    "Rome and ",
    "in Rome ",
    "New York, ",
    "to the ",
    "to : ",
    "sunny ",
    "hotel and ",
    "a flight to Rome. ",
    "book it. ",
    "I need a hotel there. ",
    "never mind. ",
    "a hotel. no hotel. ",
    "in 2 days ",
    "3 May ",
    "3 to 8 May ",
    "5 nights ",
    "a night ",
    "5 or 6 nights ",
    "next ",
    "the 3rd ",
    "tomorrow ",
    "hire car or ",
    "no i do not want it ",
    "oh ",
    "just 5 ",
    "how much ",
    "what if ",
    "can you ",
    "if there is any ",
    "twenty ",
    "two hundred and ",
    "twenty-one ",
    "one-two-",
    "in the early ",
    "May 3 to ",
    "last year we went ",
)
_BEFORE = ("", "", "Book me a trip to ", "I want ", "no ", "a hotel in Rome for ", "Can you ", '"', "5 ", "from ")
_AFTER = ("", "", " x", ".", "?", " please", " nights", " in Rome", ", never mind", '"', " 5")


def hostile_messages(seed: int, count: int, length: int = LONGEST) -> Iterator[str]:
    """Yield messages of just that length; with the same seed and another length, the same ones shorter or longer."""
    random = Random(seed)
    words = known_words()
    kinds = cycle((_run_of_words, _run_of_words, _run_of_signs, _mix, _quotes, _dates))
    for _, kind in zip(range(count), kinds, strict=False):
        # A generator for each message, because how much one takes from it depends on the length.
        yield kind(Random(random.random()), words, length)


def _run_of_words(random: Random, words: Sequence[str], length: int) -> str:
    chosen = random.choices(words, k=random.choice((1, 1, 1, 2, 3)))
    unit = "".join(word + random.choice(_JOINTS) for word in chosen)
    unit = random.choice((unit, unit, unit.title(), random.choice(_PHRASES)))
    return _framed(random, unit, length)


def _run_of_signs(random: Random, words: Sequence[str], length: int) -> str:
    unit = "".join(random.choices(random.choice((_SIGNS, _LETTERS, _DIGITS)), k=random.choice((1, 1, 2, 3))))
    return _framed(random, unit + random.choice(("", "", " ", random.choice(words))), length)


def _mix(random: Random, words: Sequence[str], length: int) -> str:
    parts = random.choice((words, _PHRASES, (*words, *_SIGNS, *_DIGITS, *_LETTERS), random.choices(words, k=5)))
    joints = random.choice((_JOINTS, (" ",), ("",)))
    message = ""
    while len(message) < length:
        message += random.choice(parts) + random.choice(joints)
    return message[:length]


def _quotes(random: Random, words: Sequence[str], length: int) -> str:
    opening, closing = random.choice((("“", "”"), ("(", ")"), ('"', '"'), ("'", "'"), ("[{", "}]"), ("«", "»")))
    word = random.choice((random.choice(words), random.choice(_PHRASES)))
    depth = (length - len(word)) // (len(opening) + len(closing) + 2)
    return _fitted(f"{opening} " * depth + word + f" {closing}" * depth, length)


def _dates(random: Random, words: Sequence[str], length: int) -> str:
    months = ("January", "feb", "May", "Sept", "12th month")
    joint = random.choice((" ", ", ", " to ", " and ", ". ", " - "))
    forms = random.choice(
        (("{d} {m}",), ("{m} {d}, {y}",), ("{y}-0{n}-{d}",), ("{d}/{n}/{y}",), ("the {d}th", "in {d} days"))
    )
    message = ""
    while len(message) < length:
        form = random.choice(forms)
        day, month = random.randint(10, 28), random.choice(months)
        message += form.format(d=day, m=month, y=random.randint(2027, 2099), n=random.randint(1, 9)) + joint
    return _framed(random, message, length)


def _framed(random: Random, unit: str, length: int) -> str:
    before, after = random.choice(_BEFORE), random.choice(_AFTER)
    run = unit * (length // len(unit) + 1)
    return before + run[: length - len(before) - len(after)] + after


def _fitted(message: str, length: int) -> str:
    return message[:length].ljust(length, "x")
