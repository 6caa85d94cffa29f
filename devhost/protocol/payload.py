"""JSON texts as the real host rewrites them (recordings `results` and `return_values`).

Inputs pass through the host unchanged; results, outputs and custom statuses are parsed by Newtonsoft.Json there and
written again.
"""

import json
import math
import re
from decimal import Decimal
from typing import Any

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_DECODE = json.JSONDecoder(parse_constant=str).decode
_SEPARATORS = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_UNPAIRED = re.compile("[\ud800-\udfff]")
# Numbers of an encoded list or object that .NET may write differently: with exponents, of 15 digits and more, infinite.
_ODD_NUMBER = re.compile(r"[\[:,]-?(?:\d+(?:\.\d+)?e|\d{15}|Infinity)")


def parsed(text: str) -> Any:
    """Parse JSON text; NaN and the infinities become strings, as on the real host (`return_values`)."""
    return _DECODE(text)


def rewritten(text: str) -> str | None:
    """Return the JSON text of a result as the real host stores it, None for null.

    The text becomes compact, and non-ASCII stays unescaped. Numbers are written as .NET does (`1E+22`), NaN and
    infinities as strings. Where an object's first keys are Newtonsoft's metadata, `$type` and `$id` are dropped, and
    `$ref` makes the object null.
    """
    return stored(parsed(text))


def stored(value: Any) -> str | None:
    """Do the same as `rewritten`, for a value of parsed JSON."""
    if isinstance(value, dict) and next(iter(value), "").startswith("$"):  # pyright: ignore[reportUnknownArgumentType]
        value = _without_metadata(value)  # pyright: ignore[reportUnknownArgumentType]
    if value is None:
        return None
    if isinstance(value, float):
        return _dotnet(value)
    text = _ENCODE(value)
    # Nearly all texts have only numbers that Python writes as .NET does.
    return _clean(_with_dotnet_numbers(value) if _ODD_NUMBER.search(text) else text)


def as_json_string(text: str) -> str:
    """Return the JSON string that holds `text`: an input text is stored so with the instance that it starts."""
    return _clean(_ENCODE(text))


def storable(text: str) -> str:
    """Replace halves of surrogate pairs, which cannot be written in UTF-8, by U+FFFD, as .NET does."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _UNPAIRED.sub("\ufffd", text)
    return text


def utf16_size(text: str) -> int:
    """Return the size of `text` in bytes of UTF-16, which is what the real host limits (recording `big_status`)."""
    return len(text.encode("utf-16-le", "surrogatepass"))


def _clean(text: str) -> str:
    """Escape the characters that .NET escapes and Python does not, and replace halves of surrogate pairs."""
    if text.isascii():
        return text
    for separator, escape in _SEPARATORS.items():
        if separator in text:
            text = text.replace(separator, escape)
    return storable(text)


def _without_metadata(value: dict[str, Any]) -> Any:
    kept = dict(value)
    for key, inner in value.items():
        if key == "$ref" and inner is not None:
            return None
        if key == "$values":
            return inner
        if key not in ("$type", "$id", "$ref"):
            break
        del kept[key]
    return kept


def _with_dotnet_numbers(value: Any) -> str:
    if isinstance(value, float):
        return _dotnet(value)
    if isinstance(value, list):
        return "[" + ",".join(map(_with_dotnet_numbers, value)) + "]"  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, dict):
        pairs: list[tuple[str, Any]] = list(value.items())  # pyright: ignore[reportUnknownArgumentType]
        return "{" + ",".join(f"{_ENCODE(k)}:{_with_dotnet_numbers(v)}" for k, v in pairs) + "}"
    return _ENCODE(value)


def _dotnet(number: float) -> str:
    """Return the shortest text that reads back as `number`; the notation is plain or scientific where .NET's is."""
    if math.isinf(number):
        return '"Infinity"' if number > 0 else '"-Infinity"'
    mantissa, _, power = f"{Decimal(repr(number)).normalize():e}".partition("e")
    digits = len(mantissa.strip("-").replace(".", ""))
    if number == 0 or -4 <= int(power) < max(digits, 15):
        plain = f"{Decimal(repr(number)):f}"
        return plain if "." in plain else plain + ".0"
    return f"{mantissa}E{int(power):+03d}"
