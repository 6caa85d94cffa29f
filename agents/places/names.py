"""The key of a place's name: equal for all ways to write one name."""

import re
import unicodedata

_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "&": " and "}
)
_SHORTENED = re.compile(r"\b(st|ste|mt|ft)\.")
_SILENT = re.compile(r"[.'’‘`´ʻʼ]")
_OTHER = re.compile(r"[^a-z0-9]+")
_SHORT_WORDS = {"st": "saint", "ste": "sainte", "mt": "mount", "ft": "fort"}


def name_key(name: str) -> str:
    """Return a name in plain small letters, without accents, signs and a leading `the`; empty if nothing is left.

    `St. John's` and `saint johns` have one key, so have `Kraków` and `KRAKOW`.
    """
    plain = _without_accents(name.casefold().translate(_LETTERS))
    # The dot of `St.Moritz` parts two words, and that of `U.S.` does not.
    words = _OTHER.sub(" ", _SILENT.sub("", _SHORTENED.sub(r"\1 ", plain))).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    return " ".join(_SHORT_WORDS.get(word, word) for word in words)


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(_LETTERS)
