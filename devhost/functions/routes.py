"""Route templates of HTTP triggers, by the rules of ASP.NET Core (docs/devhost/behaviour.md, section 1.5)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote
from uuid import UUID

from dateutil import parser as dates


class RouteError(ValueError):
    """A route template that cannot be read; the text gives the reason."""


Check = Callable[[str], bool]
# Two braces stand for one that is literal.
_DOUBLED = ("{{", "}}")


@dataclass(frozen=True)
class _Parameter:
    name: str
    checks: tuple[Check, ...]
    default: str | None
    optional: bool
    catch_all: bool

    @property
    def must_be_last(self) -> bool:
        return self.catch_all or self.optional

    def accepts(self, value: str) -> bool:
        """Return whether the value passes all constraints."""
        return all(check(value) for check in self.checks)


@dataclass(frozen=True)
class _Segment:
    """The part between two slashes: literal text and parameters, matched without regard to case.

    `whole` is the parameter that fills the segment, if there is no literal text.
    """

    pattern: re.Pattern[str]
    parameters: tuple[_Parameter, ...]
    whole: _Parameter | None


class Route:
    """One route template."""

    def __init__(self, template: str) -> None:
        self.template = template.strip("/")
        parts = _split(self.template)
        self._segments = [_segment(part) for part in parts]
        for part, segment in zip(parts, self._segments[:-1], strict=False):
            if any(parameter.must_be_last for parameter in segment.parameters):
                raise RouteError(f"'{part}' may only stand at the end of the route")
        names = [p.name.lower() for segment in self._segments for p in segment.parameters]
        repeated = next((name for name in names if names.count(name) > 1), None)
        if repeated:
            raise RouteError(f"the parameter '{repeated}' occurs twice")

    def match(self, path: str) -> dict[str, str] | None:
        """Return the route's values, decoded, or None if the path does not match.

        `path` is percent-encoded and without its query; a slash at its end is ignored.
        """
        parts = [unquote(part) for part in path.strip("/").split("/")] if path.strip("/") else []
        values: dict[str, str] = {}
        for at, segment in enumerate(self._segments):
            if segment.whole is not None and segment.whole.catch_all:
                rest = "/".join(parts[at:]) or segment.whole.default or ""
                values[segment.whole.name] = rest
                return values if segment.whole.accepts(rest) else None
            if at < len(parts):
                is_match = _match_part(segment, parts[at], values)
            else:
                is_match = _match_absent(segment.whole, values)
            if not is_match:
                return None
        # Fewer parts than segments were matched as absent; more of them are another path.
        return values if len(parts) <= len(self._segments) else None


def _match_absent(parameter: _Parameter | None, values: dict[str, str]) -> bool:
    """Match a segment that the path has no part for: its parameter must be optional or have a default."""
    if parameter is None:
        return False
    if parameter.default is not None:
        values[parameter.name] = parameter.default
        return True
    return parameter.optional


def _match_part(segment: _Segment, part: str, values: dict[str, str]) -> bool:
    match = segment.pattern.fullmatch(part)
    if match is None:
        return False
    for parameter, value in zip(segment.parameters, match.groups(), strict=True):
        if not parameter.accepts(value):
            return False
        values[parameter.name] = value
    return True


def _split(template: str) -> list[str]:
    """Return the template's segments; a slash inside a parameter (in a regex) is no separator."""
    parts, depth = [""], 0
    for letter in template:
        if letter == "/" and depth == 0:
            parts.append("")
            continue
        depth += {"{": 1, "}": -1}.get(letter, 0)
        parts[-1] += letter
    if depth:
        raise RouteError("a brace is not closed")
    return [part for part in parts if part]


def _segment(text: str) -> _Segment:
    pattern = ""
    parameters: list[_Parameter] = []
    has_literal = False
    position = 0
    while position < len(text):
        if text[position] == "{" and not text.startswith("{{", position):
            end = _closing(text, position)
            parameters.append(_parameter(_single_braces(text[position + 1 : end])))
            pattern += "(.+)"
            position = end + 1
        else:
            pattern += re.escape(text[position])
            has_literal = True
            position += 2 if text.startswith(_DOUBLED, position) else 1
    whole = None if has_literal or len(parameters) != 1 else parameters[0]
    if whole is None and any(parameter.catch_all for parameter in parameters):
        raise RouteError(f"'{text}': a catch-all parameter must be a segment of its own")
    return _Segment(re.compile(pattern, re.IGNORECASE | re.DOTALL), tuple(parameters), whole)


def _single_braces(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}")


def _closing(text: str, start: int) -> int:
    """Return where the parameter that opens at `start` closes; doubled braces inside are plain ones."""
    position = start + 1
    while position < len(text):
        if text.startswith(_DOUBLED, position):
            position += 2
        elif text[position] == "}":
            return position
        else:
            position += 1
    raise RouteError(f"'{text}': a brace is not closed")


def _parameter(text: str) -> _Parameter:
    stars = len(text) - len(text.lstrip("*"))
    name_end = re.search(r"[:=?]|$", text[stars:])
    name = text[stars : stars + (name_end.start() if name_end else 0)]
    if not name or stars > 2 or re.search(r"[{}/*]", name):
        raise RouteError(f"'{{{text}}}' is not a route parameter")
    rest = text[stars + len(name) :]
    checks: list[Check] = []
    while rest.startswith(":"):
        word = re.match(r":([A-Za-z]+)", rest)
        if word is None:
            raise RouteError(f"'{{{text}}}' has an empty constraint")
        rest = rest[word.end() :]
        argument, rest = _argument(rest, text)
        checks.append(_constraint(word[1].lower(), argument))
    optional = rest.endswith("?")
    rest = rest.removesuffix("?")
    if rest and not rest.startswith("="):
        raise RouteError(f"'{{{text}}}' cannot be read from '{rest}' on")
    return _Parameter(
        name,
        tuple(checks),
        rest[1:] if rest else None,
        optional,
        stars > 0,
    )


def _argument(rest: str, text: str) -> tuple[str | None, str]:
    """Return the content of the parentheses at the start of `rest`, if any, and the text after them."""
    if not rest.startswith("("):
        return None, rest
    # The argument may be a regex with parentheses in it, so the right one to close is found by balance.
    for match in re.finditer(r"\)(?=$|[:=?])", rest):
        end = match.start()
        inner = rest[1:end]
        if inner.count("(") - inner.count("\\(") == inner.count(")") - inner.count("\\)"):
            return inner, rest[end + 1 :]
    raise RouteError(f"'{{{text}}}': a parenthesis is not closed")


def _constraint(name: str, argument: str | None) -> Check:
    if argument is None and name in _PLAIN:
        return _PLAIN[name]
    if name == "regex" and argument is not None:
        try:
            expression = re.compile(argument, re.IGNORECASE)
        except re.error as error:
            raise RouteError(f"the regex '{argument}' cannot be read: {error}") from None
        return lambda value: expression.search(value) is not None
    if argument is not None and name in _SIZED:
        counts, make_check = _SIZED[name]
        try:
            numbers = [int(number) for number in argument.split(",")]
        except ValueError:
            raise RouteError(f"the constraint '{name}({argument})' takes whole numbers") from None
        if len(numbers) in counts:
            return make_check(numbers)
    constraint = name if argument is None else f"{name}({argument})"
    raise RouteError(f"there is no constraint '{constraint}'")


def _parses(parse: Callable[[str], object]) -> Check:
    def check(value: str) -> bool:
        try:
            parse(value)
        except (ValueError, OverflowError):
            return False
        return True

    return check


def _matches(pattern: str) -> Check:
    expression = re.compile(pattern, re.IGNORECASE)
    return lambda value: expression.fullmatch(value) is not None


def _whole(bits: int) -> Check:
    limit = 2 ** (bits - 1)

    def check(value: str) -> bool:
        if re.fullmatch(r"\s*[+-]?\d+\s*", value) is None:
            return False
        return -limit <= int(value) < limit

    return check


def _between(low: int = -(2**63), high: int = 2**63) -> Check:
    is_long = _whole(64)

    def check(value: str) -> bool:
        return is_long(value) and low <= int(value) <= high

    return check


_NUMBER = r"\s*[+-]?(\d[\d,]*\.?\d*|\.\d+)"
_PLAIN: Mapping[str, Check] = {
    "int": _whole(32),
    "long": _whole(64),
    "bool": _matches(r"\s*(true|false)\s*"),
    "datetime": _parses(dates.parse),
    "decimal": _matches(_NUMBER + r"\s*"),
    "double": _matches(_NUMBER + r"(e[+-]?\d+)?\s*|-?infinity|nan"),
    "float": _matches(_NUMBER + r"(e[+-]?\d+)?\s*|-?infinity|nan"),
    "guid": _parses(UUID),
    "alpha": _matches(r"[a-z]*"),
    "required": lambda value: value != "",
}
_SIZED: Mapping[str, tuple[Sequence[int], Callable[[list[int]], Check]]] = {
    "minlength": ((1,), lambda n: lambda value: len(value) >= n[0]),
    "maxlength": ((1,), lambda n: lambda value: len(value) <= n[0]),
    "length": ((1, 2), lambda n: lambda value: n[0] <= len(value) <= n[-1]),
    "min": ((1,), lambda n: _between(low=n[0])),
    "max": ((1,), lambda n: _between(high=n[0])),
    "range": ((2,), lambda n: _between(n[0], n[1])),
}
