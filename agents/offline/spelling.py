"""How the words of a place's name are written."""

import re

from agents.offline.lexicon import PARTICLES


def spelled_word(word: str, leads: bool, shouting: bool) -> str:
    """As written if it has capitals of its own; otherwise with a capital, but for the small words inside a name."""
    if any(letter.isupper() for letter in word) and not shouting and not (word.isupper() and len(word) > 4):
        return word
    low = word.lower()
    if low.rstrip(",") in ("usa", "uk", "uae", "d.c.", "u.s.", "u.s.a."):
        return low.upper()
    if low in PARTICLES | {"and"} and not leads:
        return low
    parts = re.split(r"(-)", low)
    return "".join(_capitalised(part, number == 0) for number, part in enumerate(parts))


def _capitalised(part: str, leads: bool) -> str:
    if not leads and part in PARTICLES:
        return part
    if match := re.fullmatch(r"([dlo])'(\w.*)", part):
        return f"{match[1].upper() if leads and match[1] == 'o' else match[1]}'{match[2][:1].upper()}{match[2][1:]}"
    return part[:1].upper() + part[1:]
