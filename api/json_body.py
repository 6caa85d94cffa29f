"""A request's JSON body: from bytes to the fields of one object, or to the problem that names what to mend."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import azure.functions as func

from api.problems import ApiProblem

MOST_BYTES = 64 * 1024


def fields_of(request: func.HttpRequest, known: Sequence[str]) -> dict[str, Any]:
    """The fields of the body, none but the known ones. Raises `ApiProblem`."""
    _require_json(request.headers)
    fields = _parsed(request.get_body(), known)
    unknown = next((name for name in fields if name not in known), None)
    if unknown is not None:
        raise invalid(f"There is no field {unknown[:100]!a}; the fields are {', '.join(known)}.")
    return fields


def invalid(detail: str) -> ApiProblem:
    """400 `invalid_request`."""
    return ApiProblem("invalid_request", detail)


def _require_json(headers: Mapping[str, str]) -> None:
    given = headers.get("content-type", "")
    if given.partition(";")[0].strip().lower() != "application/json":
        found = f"this one says {given[:100]!a}" if given else "this one has no such header"
        raise ApiProblem(
            "unsupported_media_type", f"Send the body with the header Content-Type: application/json; {found}."
        )


def _parsed(body: bytes, known: Sequence[str]) -> dict[str, Any]:
    if len(body) > MOST_BYTES:
        raise ApiProblem("body_too_large", f"The body has {len(body):,} bytes; at most {MOST_BYTES:,} are accepted.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ApiProblem("invalid_json", f"The body is not UTF-8: byte {error.start} can't be read.") from None
    try:
        parsed: object = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ApiProblem("invalid_json", f"The body is not valid JSON: {error.msg} at {where}.") from None
    except (ValueError, RecursionError):
        raise ApiProblem("invalid_json", "The body holds numbers too long or is nested too deeply.") from None
    if not isinstance(parsed, dict):
        raise ApiProblem("invalid_request", f"The body must be a JSON object with {', '.join(known)}.")
    return parsed


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ApiProblem("invalid_json", f"The body names {name[:100]!a} twice in one object.")
        found[name] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise ApiProblem("invalid_json", f"The body holds {name}, which JSON does not have.")
