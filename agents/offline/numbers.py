"""English numbers in words, up to the hundreds, and ordinals up to thirty-first."""

from collections.abc import Sequence


def _words(line: str) -> list[str]:
    return line.split()


_UP_TO_NINETEEN = (
    "zero one two three four five six seven eight nine ten eleven twelve "
    "thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
_TENS = {
    word: 10 * tens for tens, word in enumerate(_words("twenty thirty forty fifty sixty seventy eighty ninety"), 2)
}
_VALUES = {
    **{word: value for value, word in enumerate(_words(_UP_TO_NINETEEN))},
    **_TENS,
    "hundred": 100,
    "thousand": 1000,
}
_UP_TO_TWENTIETH = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)


def _suffixed(number: int) -> str:
    suffix = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


ORDINALS: dict[str, str] = {
    **{word: _suffixed(number) for number, word in enumerate(_words(_UP_TO_TWENTIETH), 1)},
    **{f"twenty-{word}": _suffixed(20 + number) for number, word in enumerate(_words(_UP_TO_TWENTIETH)[:9], 1)},
    "thirtieth": "30th",
    "thirty-first": "31st",
}
"""Ordinals in words, and what they are in digits: `third` is `3rd`."""


def read_number(words: Sequence[str]) -> int | None:
    """The number that the words say all together, e.g. `twenty`, `-`, `one`; None if they say no single number."""
    parts = [word for word in words if word not in ("-", "and")]
    if not parts or words[0] in ("-", "and") or words[-1] in ("-", "and"):
        return None
    if len(parts) < len(words) and not (parts[0] in _TENS or "hundred" in parts):
        return None
    values = [_VALUES.get(part) for part in parts]
    match values:
        case [int(one)]:
            return one
        case [int(tens), int(unit)] if parts[0] in _TENS and 0 < unit < 10 and "and" not in words:
            return tens + unit
        case [int(count), 100, *rest] if 0 < count < 10:
            below = read_number(parts[2:]) if rest else 0
            return None if below is None or below > 99 else count * 100 + below
        case [int(count), 1000] if 0 < count < 100:
            return count * 1000
        case _:
            return None
