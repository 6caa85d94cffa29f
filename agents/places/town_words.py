"""Words of English that are towns as well, such as `deal` and `mobile`.

Written small they are words and no place, unless the town is large. The list, town_words.txt, was made by looking up
the towns' names in a dictionary of British English, without the places that are best known by such a name.
"""

from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("town_words.txt")


@cache
def town_words() -> frozenset[str]:
    """Return the words in small letters. The file is read once."""
    return frozenset(_FILE.read_text(encoding="utf-8").split())
