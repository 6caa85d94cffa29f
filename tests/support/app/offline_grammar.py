"""The rules of the offline model from outside: their patterns, and the words in these."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

import agents.offline


def modules() -> list[ModuleType]:
    """Import every module of the offline model."""
    walked = pkgutil.walk_packages(agents.offline.__path__, "agents.offline.")
    return [importlib.import_module(module.name) for module in walked]


def patterns() -> dict[str, re.Pattern[str]]:
    """Return the compiled patterns by `module.NAME`, with a number after it where a table has several."""
    named: dict[str, re.Pattern[str]] = {}
    for module in modules():
        for name, value in vars(module).items():
            for number, pattern in enumerate(patterns_in(value)):
                named[f"{module.__name__.rpartition('.')[2]}.{name}.{number}"] = pattern
    return named


def patterns_in(value: object) -> Iterator[re.Pattern[str]]:
    """Yield the patterns in a value of a module: one, or those of a table."""
    match value:
        case re.Pattern():
            yield value
        case dict():
            yield from patterns_in(tuple(value.values()))
        case tuple():
            for part in value:
                yield from patterns_in(part)
        case _:
            pass


def known_words() -> list[str]:
    """Return every word and sign that the rules know, in a fixed order."""
    letters = {word for pattern in patterns().values() for word in re.findall(r"[a-z][a-z'-]+", pattern.pattern)}
    tables = [value for module in modules() for name, value in vars(module).items() if not name.startswith("__")]
    listed = {word for table in tables for word in _words_in(table)}
    return sorted(letters | listed)


def _words_in(value: object) -> Iterator[str]:
    match value:
        case frozenset() | dict() | tuple():
            yield from (word for word in value if isinstance(word, str) and len(word) < 30)
        case _:
            pass
