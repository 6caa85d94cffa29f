"""The spelling of the words in a place's name."""

import re

from agents.offline.lexicon import PARTICLES

_ABBREVIATIONS = ("usa", "uk", "uae", "d.c.", "u.s.", "u.s.a.")
_LONGEST_ABBREVIATION = 4
_HYPHEN = re.compile(r"(-)")
_ELISION = re.compile(r"([dlo])'(\w.*)")


def spelled_word(word: str, *, leads: bool, shouting: bool) -> str:
    """Return a word of a name with its capital letters; `leads` says that it is the name's first word.

    A word with capitals is left as the traveller wrote it, unless the whole message is in capitals.
    """
    if _has_spelling_of_traveller(word, shouting=shouting):
        return word
    low = word.lower()
    if low.rstrip(",") in _ABBREVIATIONS:
        return low.upper()
    if not leads and low in PARTICLES | {"and"}:
        return low
    # Either side of a hyphen is a word, as in Baden-Baden; the hyphen stays in between.
    parts = _HYPHEN.split(low)
    return "".join(_capitalised(part, leads=number == 0) for number, part in enumerate(parts))


def _has_spelling_of_traveller(word: str, *, shouting: bool) -> bool:
    has_capitals = any(map(str.isupper, word))
    # A long word in capitals is shouted alone: `BERLIN`, unlike `NYC`.
    is_shouted = word.isupper() and len(word) > _LONGEST_ABBREVIATION
    return has_capitals and not shouting and not is_shouted


def _capitalised(part: str, *, leads: bool) -> str:
    if not leads and part in PARTICLES:
        return part
    if match := _ELISION.fullmatch(part):
        # `O'Brien` has a capital O, but `d'Azur` and `l'Aquila` begin small.
        has_capital = leads and match[1] == "o"
        prefix = match[1].upper() if has_capital else match[1]
        return f"{prefix}'{match[2][:1].upper()}{match[2][1:]}"
    return part[:1].upper() + part[1:]
