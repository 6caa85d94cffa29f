"""Versions of orchestrations, compared as the real host does (docs/devhost/behaviour.md, section 11)."""

import re
from functools import lru_cache
from typing import Any

_NUMBERS = re.compile(r"\s*\+?[0-9]+\s*(\.\s*\+?[0-9]+\s*){1,3}")
_LARGEST_PART = 2**31 - 1


@lru_cache(maxsize=256)
def runs_version(strategy: str, requested: str | None, own: str | None) -> bool:
    """Return whether an app of the version `own` runs an instance of the version `requested`.

    The strategy is `None`, `Strict` or `CurrentOrOlder`, as in host.json.
    """
    if strategy == "None":
        return True
    if strategy == "Strict":
        return requested == own
    return compare_versions(requested, own) <= 0


def compare_versions(first: str | None, second: str | None) -> int:
    """Return a negative number, 0 or a positive one. No version is older than any.

    Two versions of two to four numbers are compared by their parts, where a missing part is older than 0. Any other
    two are compared as texts without regard to case: so 9 is newer than 10, and 1.0-beta is newer than 1.0.
    """
    texts = [_stripped(first), _stripped(second)]
    if "" in texts:
        return bool(texts[0]) - bool(texts[1])
    parts = [*map(_parts, texts)]
    if None in parts:
        return _order(_folded(str(first)), _folded(str(second)))
    return _order(*parts)


def _order(left: Any, right: Any) -> int:
    return (left > right) - (left < right)


def _stripped(version: str | None) -> str:
    return (version or "").strip()


def _parts(version: str) -> list[int] | None:
    """Return the numbers of a version that .NET's System.Version can hold; missing ones are -1."""
    if _NUMBERS.fullmatch(version) is None:
        return None
    numbers = [int(text) for text in version.split(".")]
    if max(numbers) > _LARGEST_PART:
        return None
    return numbers + [-1] * (4 - len(numbers))


def _folded(text: str) -> bytes:
    """Return bytes that sort like .NET's ordinal comparison without regard to case."""
    return "".join(map(_upper, text)).encode("utf-16-be", "surrogatepass")


def _upper(letter: str) -> str:
    # .NET leaves letters alone whose upper case has more than one.
    return letter.upper() if len(letter.upper()) == 1 else letter
