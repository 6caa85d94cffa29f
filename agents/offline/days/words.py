"""Words and fragments of patterns about days. They are data: the rules that read them are elsewhere.

Each fragment matches words in their plain form: small letters, numbers and ordinals in digits, single spaces.
"""

from collections.abc import Sequence

from agents.offline.patterns import any_of


def _numbered(names: Sequence[str], start: int) -> dict[str, int]:
    """Return each of the names with the number of its place; a space parts the short forms of one."""
    return {name: number for number, forms in enumerate(names, start) for name in forms.split()}


def _after(words: str) -> str:
    """Return a pattern that matches between one of the words and what follows."""
    return f"(?:{'|'.join(f'(?<={word} )' for word in words.split())})"


_MONTH_NAMES = (
    "january jan",
    "february feb",
    "march mar",
    "april apr",
    "may",
    "june jun",
    "july jul",
    "august aug",
    "september sept sep",
    "october oct",
    "november nov",
    "december dec",
)
_WEEKDAY_NAMES = (
    "monday mon",
    "tuesday tues tue",
    "wednesday wed",
    "thursday thurs thur thu",
    "friday fri",
    "saturday sat",
    "sunday sun",
)
MONTHS = _numbered(_MONTH_NAMES, 1)
WEEKDAYS = _numbered(_WEEKDAY_NAMES, 0)
HOLIDAYS = {
    "christmas eve": (12, 24),
    "christmas day": (12, 25),
    "christmas": (12, 25),
    "xmas": (12, 25),
    "boxing day": (12, 26),
    "new year's eve": (12, 31),
    "new years eve": (12, 31),
    "new year's day": (1, 1),
    "new years day": (1, 1),
    "new year's": (1, 1),
    "new year": (1, 1),
    "valentine's day": (2, 14),
    "valentines day": (2, 14),
    "valentine's": (2, 14),
    "halloween": (10, 31),
}
"""Holidays with a month and a day of their own."""
EASTER_DAYS = {"good friday": -2, "easter sunday": 0, "easter day": 0, "easter monday": 1}
"""Holidays by their distance from Easter Sunday in days."""
COUNTS = {"a": 1, "an": 1, "a couple of": 2, "couple of": 2}
DAYS_IN_UNIT = {"day": 1, "week": 7, "fortnight": 14}

MONTH = any_of(", ".join(MONTHS))
WEEKDAY = any_of(", ".join(name for name in WEEKDAYS if name.endswith("day")))
ANY_WEEKDAY = any_of(", ".join(WEEKDAYS))
HOLIDAY = any_of(", ".join([*HOLIDAYS, *EASTER_DAYS]))
ORDINAL = r"\d{1,2}(?:st|nd|rd|th)"
YEAR = r"(?:(?: ,)?(?: of| in)? (?:20|19)\d{2})"
TO = any_of("-, to, till, til, until, through, thru, up to")
COUNT = r"(?:\d+|an?|a couple of|couple of)"
SEVERAL = r"(?:\d+ (?:or|to|-) \d+|(?:a )?few|several|some|\d+[.,]\d+)"
UNIT = any_of("days?, weeks?, fortnights?, months?")
NO_DAY_AFTER_NUMBER = (
    r"(?! (?:- )?(?:nights?|nites?|days?|weeks?|months?|fortnights?|people|persons?|adults?|guests?|of us|stars?|rooms?"
    r"|hours?|am|pm|%)(?!\S))"
)
"""What follows a number that is no day: `in May 5 nights`."""
NO_DAY_AFTER_ORDINAL = (
    r"(?! (?:floor|time|class|half|quarter|row|street|avenue|ave|option|1|hotel|flight|room|birthday|anniversary|trip"
    r"|visit|night|day|week|weekend|month|century|person|choice|leg|available|possible|free|convenient|part|thing"
    r"|place|of us|bed)\b)"
)
"""What follows an ordinal that is no day: `the 3rd floor`."""
AFTER_DAY_MARKER = _after("on from until till to by back leaving returning departing arriving starting - out checkout")
"""Words after which `sun`, `sat` and `wed` are days. Alone they may be other words."""
AFTER_ORDINAL_MARKER = _after("on from until till til to by back starting leaving returning departing arriving the")
"""Words after which an ordinal may be a day: `from 3rd`."""
APPROXIMATE = any_of(
    "around, (?<!what )(?<!how )about, approximately, roughly, circa, before, after, near, close to, no later than",
    "not before",
    "on or (?:about|around|before|after), (?:any ?time|sometime|some time) (?:around|before|after|on|between)",
    "some (?:day|time) (?:around|before|after), the (?:days|weeks?) (?:before|after|around), in time for",
    r"(?<!back )(?<!return )(?<!returning )(?<!home )(?<!out )(?<!it )by",
)
SEASON = any_of(
    "spring(?! break), summer, autumn, fall, winter, easter(?! island), ramadan, diwali, hanukkah, thanksgiving",
    "half term, (?:the )?spring break, the holidays, the (?:school|summer|winter|easter|christmas) (?:holidays|break)",
    "the (?:low|high|dry|rainy|festive|ski|skiing) season",
)
PART = any_of(
    "end, beginning, start, middle, (?:first|1st|2nd|last) (?:half|part|few days|days|few weeks|weeks)",
    rf"(?:{ORDINAL}|last|final|whole|entire) (?:full )?week, (?:1st|last) \d (?:weeks|days)",
)
OCCASION = any_of("birthday, anniversary, wedding, wedding anniversary, payday, day off")
