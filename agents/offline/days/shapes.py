"""The shapes of phrases that name a day, as patterns with named parts. They are data for `readings` and `finding`.

The order matters: of two shapes that begin at the same word the first one is taken, so the longer ones come first.
"""

import re

from agents.offline.days.words import (
    AFTER_DAY_MARKER,
    AFTER_ORDINAL_MARKER,
    ANY_WEEKDAY,
    APPROXIMATE,
    COUNT,
    HOLIDAY,
    MONTH,
    NO_DAY_AFTER_NUMBER,
    NO_DAY_AFTER_ORDINAL,
    OCCASION,
    ORDINAL,
    PART,
    SEASON,
    SEVERAL,
    TO,
    UNIT,
    WEEKDAY,
    YEAR,
)
from agents.offline.patterns import any_of

_GROUP_NAME = re.compile(r"\(\?P<\w+>")


def _bare(pattern: str) -> str:
    """Return the pattern without names, so that it may be part of another one several times."""
    return _GROUP_NAME.sub("(?:", pattern)


_WD = rf"(?:(?P<weekday>{ANY_WEEKDAY})(?: ,)? )"
_NUMBER = r"(?:the )?(?P<number>\d{1,2})(?:st|nd|rd|th)?"
_SCOPE = (
    rf"(?:(?P<month>{MONTH})(?P<year>{YEAR})?|(?P<which>this|next|the) month|(?P<which_year>this|next|the) year"
    rf"|the (?P<which_month>next|following|same) month)"
)
_NO_VERB = r"(?! (?:be|have|need|want|not|also|well|get|go)\b)"

_ABSOLUTE: dict[str, str] = {
    "iso": r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<number>\d{1,2})",
    "numeric": r"(?P<first>\d{1,2})(?P<sign>[-/.])(?P<second>\d{1,2})[-/.](?P<year>\d{4}|\d{2})",
    "dotted_pair": r"(?:(?<=on )|(?<=from )|(?<=until ))(?P<first>\d{1,2})(?P<sign>\.)(?P<second>\d{1,2})",
    "pair": (
        rf"(?!24 / 7)(?P<first>\d{{1,2}}) (?P<sign>/) (?P<second>\d{{1,2}})(?! (?:of )?{MONTH}){NO_DAY_AFTER_NUMBER}"
    ),
    "day_month": rf"{_WD}?{_NUMBER} (?:of )?(?P<month>{MONTH})(?P<year>{YEAR})?{_NO_VERB}",
    "month_day": rf"{_WD}?(?P<month>{MONTH})(?: ,)? {_NUMBER}{NO_DAY_AFTER_NUMBER}(?P<year>{YEAR})?",
    "day_of_near_month": (
        r"(?:the )?(?P<number>\d{1,2})(?:st|nd|rd|th)? (?:of )?(?P<which>this|next|the following) month"
        r"|(?P<which2>this|next) month ,? ?on the (?P<number2>\d{1,2})(?:st|nd|rd|th)?"
    ),
    "holiday": rf"(?P<holiday>{HOLIDAY})(?P<year>{YEAR})?",
}
_NEAR: dict[str, str] = {
    "near": (r"(?P<near>tomorrow|today|tonight|yesterday)|this (?:morning|afternoon|evening)"),
    "weekday_of_next_week": (
        rf"(?P<weekday>{WEEKDAY}) (?:of )?next week|next week ,? ?(?:on )?(?P<weekday2>{WEEKDAY})"
    ),
    "weekday_and_number": (
        rf"(?:(?:next|this) )?{_WD}(?:the (?P<number>\d{{1,2}})(?:st|nd|rd|th)?|(?P<number2>{ORDINAL}))"
        rf"{NO_DAY_AFTER_ORDINAL}"
    ),
    "weekday_after_next": rf"(?:the )?(?P<weekday>{WEEKDAY}) after next",
    "weekday": (
        rf"(?P<which>(?:(?:next|this|coming|following|last|past) ){{1,2}})(?P<weekday>{ANY_WEEKDAY})"
        rf"|(?P<weekday4>{ANY_WEEKDAY})(?= (?:-|to|till|until) {ANY_WEEKDAY}(?!\S))"
        rf"|(?P<weekday2>{WEEKDAY})|{AFTER_DAY_MARKER}(?P<weekday3>{ANY_WEEKDAY})"
    ),
    "monthday": (
        rf"(?:{AFTER_ORDINAL_MARKER}(?P<number>\d{{1,2}})(?:st|nd|rd|th)|the (?P<number2>\d{{1,2}})(?:st|nd|rd|th))"
        rf"{NO_DAY_AFTER_ORDINAL}"
    ),
}
_NTH: dict[str, str] = {
    "nth": (rf"(?:the )?(?P<nth>{ORDINAL}|last|final) (?P<what>{WEEKDAY}|day|weekend) (?:of|in) {_SCOPE}"),
}
_ANCHOR = f"(?:{'|'.join(map(_bare, (_ABSOLUTE | _NTH | _NEAR).values()))})"
_FROM_ANCHOR: dict[str, str] = {
    "offset": (
        rf"(?P<count>{COUNT}) (?P<unit>{UNIT}) (?:from|after) (?P<anchor>now|today|tomorrow)"
        rf"|in (?P<count2>{COUNT})(?: -)? (?P<unit2>{UNIT})(?: ' time|' time| time)?(?! (?:or|to) )"
        rf"|(?<!for )(?P<count3>{COUNT}) (?P<unit3>weeks?|fortnights?) (?:from|on) "
        rf"(?P<anchor3>(?:(?:next|this) )?{WEEKDAY})"
        rf"|(?P<count4>{COUNT}) (?P<unit4>{UNIT}) (?P<side4>after|before) (?P<anchor4>{_ANCHOR})"
        rf"|(?:(?P<count5>a|\d+) )?(?P<unit5>weeks?|fortnight) (?P<anchor5>today|tomorrow)"
        rf"|(?P<anchor6>{WEEKDAY}) (?P<unit6>week|fortnight)(?! - )"
    ),
    "beside": (rf"(?:the )?(?P<what>day|{WEEKDAY}) (?P<side>after|before) (?P<anchor>{_ANCHOR})"),
    "week_of": (
        rf"(?:the )?week (?:of|after|before)(?: the)? (?:{_ANCHOR}|{ORDINAL})|(?:the )?(?:week|month|year) after next"
        r"|(?:over|during) the week"
    ),
    "weekend_of": rf"(?:the )?weekend (?:of|from)(?: the)? (?P<anchor>{_ANCHOR})",
    "weekend": (
        r"(?:the )?(?P<after_next>weekend after next)"
        r"|(?P<which>this|next|the|this coming|the coming|the following) weekend(?! (?:of|in|after|before) )"
    ),
    "several_units": rf"in (?:{SEVERAL} {UNIT}|(?:an?|\d+) {UNIT} or (?:so|\d+|more|a few))(?: ' time|' time| time)?"
    rf"|{SEVERAL} {UNIT} from (?:now|today)|within {COUNT} {UNIT}",
    "about": (
        rf"{APPROXIMATE}(?: the)? {_ANCHOR}|{_ANCHOR} (?:or so|or thereabouts|or near it|ish|- ish|give or take)"
        rf"|(?:the )?(?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?)?(?:{MONTH}|{ANY_WEEKDAY})-?ish|(?:the )?{ORDINAL}-?ish"
        rf"|(?:any|every|each|some|on a|a|on|one)(?: other)? {WEEKDAY}(?:s|(?= (?:in|of) ))"
        rf"(?: (?:in|of) (?:{MONTH}{YEAR}?|(?:this|next|the) (?:month|year)))?|(?:any|every|each|some|on a) {WEEKDAY}"
        r"|(?:the |my )?(?:1st|next|earliest|soonest|nearest)(?: (?:available|possible|free|convenient)){1,2}"
        r"(?: (?:day|date|flight|slot|weekend))?|(?:any|whichever|whatever|some)(?: other)? (?:day|date)"
    ),
}
_A = r"(?:the )?(?P<a>\d{1,2})(?:st|nd|rd|th)?"
_B = r"(?:the )?(?P<b>\d{1,2})(?:st|nd|rd|th)?"
_WEEKDAY_A = rf"(?:(?P<weekday_a>{ANY_WEEKDAY})(?: ,)? )?"
_WEEKDAY_B = rf"(?:(?P<weekday_b>{ANY_WEEKDAY})(?: ,)? )?"
_JOINT = rf"(?:(?P<or>or|/) |(?P<and>and|&) |(?:{TO} ){{1,3}})"
_RANGES: dict[str, str] = {
    "days_of_month": (
        rf"(?P<between>between )?{_WEEKDAY_A}{_A} {_JOINT}"
        rf"{_WEEKDAY_B}{_B} (?:of )?(?P<month>{MONTH}|this month|next month)(?P<year>{YEAR})?{_NO_VERB}"
    ),
    "month_days": (
        rf"(?P<between>between )?(?P<month>{MONTH}) {_A} {_JOINT}"
        rf"(?P<b>\d{{1,2}})(?:st|nd|rd|th)?(?! (?:of )?{MONTH}){NO_DAY_AFTER_NUMBER}(?P<year>{YEAR})?"
    ),
    "ordinals": (
        rf"(?P<between>between )?(?:the )?(?P<a>{ORDINAL}) {_JOINT}"
        rf"(?:the )?(?P<b>{ORDINAL})(?! (?:of )?(?:{MONTH}|this month|next month))"
        rf"{NO_DAY_AFTER_ORDINAL}"
    ),
}
_NO_NUMBER = rf"(?! (?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?!\S){NO_DAY_AFTER_NUMBER})"
_CLEAR_MONTH = any_of("january, february, july, september, october, november, december")
_NO_GREETING = "".join(
    f"(?<!{word} , )" for word in ("regards", "wishes", "thanks", "cheers", "sincerely", "faithfully", "yours", "love")
)
"""No name below a letter: `Best regards, Jan`."""
_VAGUE: dict[str, str] = {
    "month_part": (
        rf"(?:(?:at|by|towards?|in|for|during|around|about|from) )?(?:the )?{PART} of "
        rf"(?:{MONTH}{YEAR}?|(?:the|this|next) (?:month|year|week)|(?:the )?{SEASON}|(?:20|19)\d{{2}})"
    ),
    "months": (
        rf"(?:(?:in|during|between|from|for) )?(?:either )?{MONTH}{YEAR}? (?:or|and|-|to|/|till|until) "
        rf"(?:in |maybe |early |late |mid )?{MONTH}{_NO_NUMBER}{YEAR}?|(?:in )?(?:the )?month of {MONTH}{YEAR}?"
    ),
    "month": (
        rf"(?:in|during|for|this|next|over|coming|from) (?P<month>{MONTH})(?P<year>{YEAR})?{_NO_NUMBER}{_NO_VERB}"
        rf"|(?:(?:in|during|for) )?(?P<which>next|this) month|(?P<month2>{MONTH})(?P<year2> (?:20|19)\d{{2}})"
        rf"|(?:(?<=^)|(?<=, )){_NO_GREETING}(?P<month3>{MONTH})(?=$| [,.?!])"
        rf"|(?P<month4>{_CLEAR_MONTH})|(?P<month5>{MONTH})(?= \d+ (?:- )?(?:nights?|days?|weeks?)(?!\S))"
    ),
    "season": (
        r"(?:(?:in|during|for|sometime|some time|any ?time|around|about|over|at|this|next|early|mid|late|coming|before"
        r"|after|by|until|from) ){1,3}(?:(?:the|early|mid|late|next|this|following|-) ){0,3}"
        rf"(?:(?:{MONTH}{_NO_NUMBER}{_NO_VERB}|{SEASON}|month|year|season|week)(?:{YEAR})?)(?!\S)"
        rf"|(?:early|mid|late)(?: -)? (?:in )?(?:{MONTH}{_NO_NUMBER}|{SEASON}){YEAR}?|easter(?! island){YEAR}?"
        rf"|in 20\d{{2}}|mid-?week|(?:in )?mid-(?:{MONTH}|{SEASON}|month|year)"
    ),
    "some_time": (
        r"later (?:this|in the|on this) (?:week|month|year|spring|summer|autumn|fall|winter)|this week|soonest|asap"
        r"|as soon as possible|(?:(?:sometime|some time|any ?time) )?(?<!as )(?<!see you )soon(?! as)|one of these days"
        rf"|(?:on|around|about|over|during|before|after) (?:my|our|his|her|their|\w+'s)(?: \w+'s)? {OCCASION}"
        rf"|(?:on )?(?:a |some |the )?(?:weekday|bank holiday)s?|on (?:a|some) (?:{ANY_WEEKDAY}|day)"
    ),
}
_NEXT_WEEK = {"next_week": "next week"}
SHAPES: dict[str, str] = {
    **_RANGES,
    **_FROM_ANCHOR,
    **_NTH,
    **_ABSOLUTE,
    **{name: pattern for name, pattern in _NEAR.items() if name != "monthday"},
    **_NEXT_WEEK,
    **_VAGUE,
    "monthday": _NEAR["monthday"],
}
"""The pattern of each shape by its name."""
PARTS: dict[str, re.Pattern[str]] = {name: re.compile(rf"(?:{pattern})(?!\S)") for name, pattern in SHAPES.items()}
ANY_SHAPE = re.compile(
    "(?<!\\S)(?:" + "|".join(f"(?P<{name}>{_bare(pattern)})" for name, pattern in SHAPES.items()) + ")(?!\\S)"
)
"""Every shape as an alternative whose name is the shape's."""
