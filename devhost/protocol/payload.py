"""JSON texts as the real host rewrites them.

Inputs travel through the host untouched; results, outputs and custom statuses are parsed by Newtonsoft.Json there
and written anew.
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Any

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_DECODE = json.JSONDecoder(parse_constant=str).decode
_SEPARATORS = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_UNPAIRED = re.compile("[\ud800-\udfff]")
_ODD_NUMBER = re.compile(r"(?:^|[\[:,\s])-?(?:\d+(?:\.\d+)?[eE]|\d{15}|0\.0000)")


def parsed(text: str) -> Any:
    """The JSON `text` as a value; NaN and the infinities become strings, as on the real host."""
    return _DECODE(text)


def rewritten(text: str) -> str | None:
    """The result `text`, which is JSON, as the real host stores it; None for null.

    Compact; non-ASCII stays as it is; numbers as .NET writes them (`1E+22`); NaN and infinities become strings;
    of an object whose first keys are Newtonsoft's own, `$type` and `$id` are dropped; a `$ref` there makes it null.
    """
    return stored(parsed(text), text)


def stored(value: Any, source: str) -> str | None:
    """As `rewritten`, for a `value` that was parsed out of the JSON text `source`."""
    if isinstance(value, dict) and next(iter(value), "").startswith("$"):  # pyright: ignore[reportUnknownArgumentType]
        value = _without_metadata(value)  # pyright: ignore[reportUnknownArgumentType]
    if value is None:
        return None
    return _clean(_with_dotnet_numbers(value) if _ODD_NUMBER.search(source) else _ENCODE(value))


def as_json_string(text: str) -> str:
    """The JSON string that holds `text`: how an input text is stored with the instance that it starts."""
    return _clean(_ENCODE(text))


def storable(text: str) -> str:
    """`text` with U+FFFD for halves of surrogate pairs, which cannot be written in UTF-8; .NET does the same."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _UNPAIRED.sub("\ufffd", text)
    return text


def utf16_size(text: str) -> int:
    """Bytes that `text` takes in UTF-16, which is how the real host measures."""
    return len(text.encode("utf-16-le", "surrogatepass"))


def _clean(text: str) -> str:
    """The JSON text with what .NET escapes and Python doesn't, and with U+FFFD for halves of surrogate pairs."""
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
    """The shortest text that reads back as `number`, in .NET's choice between plain and scientific notation."""
    if math.isinf(number):
        return '"Infinity"' if number > 0 else '"-Infinity"'
    mantissa, _, power = f"{Decimal(repr(number)).normalize():e}".partition("e")
    digits = len(mantissa.strip("-").replace(".", ""))
    if number == 0 or -4 <= int(power) < max(digits, 15):
        plain = f"{Decimal(repr(number)):f}"
        return plain if "." in plain else plain + ".0"
    return f"{mantissa}E{int(power):+03d}"
