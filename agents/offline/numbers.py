"""English numbers in words up to the thousands, and ordinals up to thirty-first."""

from collections.abc import Sequence

_JOINTS = ("-", "and")
_UP_TO_NINETEEN = (
    "zero one two three four five six seven eight nine ten eleven twelve "
    "thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
_TWENTY_TO_NINETY = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = {word: 10 * tens for tens, word in enumerate(_TWENTY_TO_NINETY.split(), start=2)}
_VALUES = {
    **{word: value for value, word in enumerate(_UP_TO_NINETEEN.split())},
    **_TENS,
    "hundred": 100,
    "thousand": 1000,
}
NUMBER_WORDS = frozenset(_VALUES)
"""Words with which a number may begin."""
_UP_TO_TWENTIETH = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
_SUFFIXES = {1: "st", 2: "nd", 3: "rd"}


def _suffixed(number: int) -> str:
    # 11 to 13 are no exceptions: 11th, but 21st.
    if number in (11, 12, 13):
        return f"{number}th"
    return f"{number}{_SUFFIXES.get(number % 10, 'th')}"


ORDINALS: dict[str, str] = {
    **{word: _suffixed(number) for number, word in enumerate(_UP_TO_TWENTIETH.split(), start=1)},
    **{f"twenty-{word}": _suffixed(20 + number) for number, word in enumerate(_UP_TO_TWENTIETH.split()[:9], start=1)},
    "thirtieth": "30th",
    "thirty-first": "31st",
}
"""Ordinals in digits by their words: `third` is `3rd`."""


def read_number(words: Sequence[str]) -> int | None:
    """Return the number that the words make together, such as `twenty`, `-`, `one`; None if they make none."""
    if not words or words[0] in _JOINTS or words[-1] in _JOINTS:
        return None
    parts = [word for word in words if word not in _JOINTS]
    is_joined = len(parts) < len(words)
    # `two and three` are two numbers, `two hundred and three` is one.
    if is_joined and parts[0] not in _TENS and "hundred" not in parts:
        return None
    match [_VALUES.get(part) for part in parts]:
        case [int(number)]:
            return number
        case [int(tens), int(unit)] if parts[0] in _TENS and 0 < unit < 10 and "and" not in words:
            return tens + unit
        case [int(count), 100, *_] if 0 < count < 10:
            return _hundreds(count, parts[2:])
        case [int(count), 1000] if 0 < count < 100:
            return count * 1000
        case _:
            return None


def _hundreds(count: int, below: Sequence[str]) -> int | None:
    if not below:
        return count * 100
    number = read_number(below)
    if number is None or number > 99:
        return None
    return count * 100 + number
