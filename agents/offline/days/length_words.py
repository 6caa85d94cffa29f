"""Words and shapes of lengths of stay. They are data for `lengths`."""

import re

from agents.offline.patterns import any_of

DAYS_IN = {
    "night": 1,
    "nite": 1,
    "nt": 1,
    "day": 1,
    "week": 7,
    "wk": 7,
    "fortnight": 14,
    "month": 30,
    "weekend": 2,
    "year": 365,
}
DAYS_OF_LONG_WEEKEND = 3
_COUNT = any_of(
    r"(?:minus |negative )?-?\d+(?:[.,]\d+)?",
    "an, a(?: good| whole| full)? (?:couple(?: of)?|dozen|few|half), half a dozen, half an?, a, the, couple(?: of)?",
    r"several, some, a few, few, (?:\d+ and )?(?:a )?half(?: a)?, a bunch of, a number of, many",
)
_FILLER = any_of(
    "-, more, full, whole, entire, consecutive, short, long, glorious, lovely, relaxing, nice, extra, business",
    "working, different, straight, wonderful, solid, quick, little, romantic, sunny, quiet, restful, blissful, magical",
    "wild, or so, single, sole, further",
)
_UNIT = any_of("night, nite, nt, day, week, wk, fortnight, month, weekend") + "s?"
_FILLERS = rf"(?P<filler>(?: {_FILLER}){{0,4}})"
_VAGUE_BEFORE = any_of(
    "about, around, roughly, approximately, at least, at most, up to, more than, less than, over, under, nearly",
    "almost, minimum, maximum, max, min, a minimum of, a maximum of, no (?:more|less|fewer|longer) than, fewer than",
    "not more than, not less than, something like",
)
LENGTH = re.compile(
    rf"(?<!\S)(?P<count>{_COUNT}){_FILLERS} (?P<unit>{_UNIT})(?P<more>(?: and (?:a )?half)?)(?!\S)(?! trip)"
)
DAY_TRIP = re.compile(rf"(?<!\S)(?P<count>\d+|the){_FILLERS} (?P<unit>{_UNIT})(?P<more>)(?= trip)")
WEEK_TRIP = re.compile(
    rf"(?<!\S)(?P<count>an?){_FILLERS} (?P<unit>(?:week|fortnight|weekend|month)s?)(?P<more>)(?= trip)"
)
UNCLEAR = (
    # `3 to 5 nights`, `one or two nights`, `3 nights or 4`, `a night or two`, `3 nights or a week`.
    re.compile(rf"(?<!\S)(?:between )?(?:\d+|an?|the) (?:-|to|or|and|/) (?:\d+)(?: -)? (?P<unit>{_UNIT})(?!\S)"),
    re.compile(
        rf"(?<!\S)(?:an?|the|\d+) (?P<unit>{_UNIT})(?: ,)? (?:to|or|maybe|perhaps|possibly) "
        rf"(?:\d+|so many|more|longer|(?:an?|maybe|perhaps|possibly|even) (?:\d+|{_UNIT}))(?: {_UNIT})?(?!\S)"
    ),
    re.compile(rf"(?<!\S){_VAGUE_BEFORE} (?:a|an|\d+)(?: {_FILLER}){{0,2}}(?: -)? (?P<unit>{_UNIT})(?!\S)"),
    re.compile(rf"(?<!\S)\d+ \+ (?P<unit>{_UNIT})(?!\S)"),
    re.compile(rf"(?<!\S)(?:an?|\d+) (?P<unit>{_UNIT}) (?:minimum|maximum|max|min|at least|at most)(?!\S)"),
)
"""Lengths that are open. They come first, so that `5 or 6 nights` is not read as 6 nights."""
SPOKEN = re.compile(
    r"(?<!\S)"
    + any_of(
        "overnight, week-?long, month-?long, weeklong, week - long, month - long, for (?:one )?years?",
        r"for (?:\d+|a) years?, (?:a |the )?(?:long )?weekend",
    )
    + r"(?!\S)"
)
BARE_AFTER_PLACE = re.compile(
    r"(?<!\S)(?:(?P<order>then|followed by|afterwards|next|in|to|at)|and|,|&|plus) "
    r"(?:(?P<more>then|also|in|to|at|on to) |the |, ){0,3}"
    r"(?P<place>[^\W\d_][^ ]*(?: [^\W\d_][^ ]*){0,2}) for (?P<number>\d+)"
    r"(?=$| (?:please|thanks|thank you|then|and|from|starting|beginning|with|followed|after|[.,;!?]))"
)
"""A number without its unit, as in `Paris for 3 nights, then Rome for 2`."""
BARE_BEFORE_PLACE = re.compile(
    r"(?<!\S)(?:then|and|,|&|plus|followed by) (?P<number>[2-9]|[1-9]\d) (?:more )?(?P<order>in|at) "
    r"(?P<place>[^\W\d_])"
)
"""A number without its unit before the place, as in `3 nights in Paris and 2 in Rome`."""
CORRECTION = re.compile(
    r"(?<!\S)(?:make (?:it|that)|i meant?|sorry|no|rather|actually|correction)(?: [,:])? (?P<number>\d+)"
    r"(?=$| (?:instead|please|actually|rather|[.,;!]))"
)
"""A number without its unit that takes back the one before: `for 3 nights, no, make that 4`."""
RATE = re.compile(r"(?:[$€£]|\d|dollars?|euros?|pounds?|usd|per|each|every|times|bucks) $")
"""Words that make `a night` a rate: `100 euros a night`."""
LONGEST_RATE = len("dollars ")
SIGNED = re.compile(r"(?:minus|negative) (\S+)")
DECIMAL = re.compile(r"-?\d+(?:[.,]\d+)?")
HALF = re.compile(r"(?:(\d+) and )?(?:a )?half(?: an?)?|a half")
DIGITS = re.compile(r"\d+")
