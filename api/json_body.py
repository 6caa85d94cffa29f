"""Reading of JSON bodies: from bytes to the fields of one object, or to a problem that says what to mend."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import azure.functions as func

from api.problems import ApiProblem

MOST_BYTES = 64 * 1024
HALF_OF_A_PAIR = re.compile("[\ud800-\udfff]")
"""JSON may escape half of a surrogate pair, which could not be stored as UTF-8."""


def fields_of(request: func.HttpRequest, allowed: Sequence[str]) -> dict[str, Any]:
    """Return the fields of the body, all of which are among the allowed ones. Raise `ApiProblem`."""
    # The media type comes first: a body of another type would get a misleading problem about its JSON.
    require_json(request.headers)
    fields = _parsed(request.get_body(), allowed)
    unknown = [name for name in fields if name not in allowed]
    if unknown:
        raise invalid(f"There is no field {unknown[0][:100]!a}; the fields are {', '.join(allowed)}.")
    return fields


def invalid(detail: str) -> ApiProblem:
    """Return the problem 400 `invalid_request`."""
    return ApiProblem(
        code="invalid_request",
        detail=detail,
    )


def require_json(headers: Mapping[str, str]) -> None:
    """Raise `ApiProblem` unless the body says that it is JSON."""
    content_type = headers.get("content-type", "")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "application/json":
        return
    reason = f"this one says {content_type[:100]!a}" if content_type else "this one has no such header"
    raise ApiProblem(
        code="unsupported_media_type",
        detail=f"Send the body with the header Content-Type: application/json; {reason}.",
    )


def _parsed(body: bytes, allowed: Sequence[str]) -> dict[str, Any]:
    if len(body) > MOST_BYTES:
        raise ApiProblem(
            code="body_too_large",
            detail=f"The body has {len(body):,} bytes; at most {MOST_BYTES:,} are accepted.",
        )
    parsed = _loaded(_decoded(body))
    if not isinstance(parsed, dict):
        raise ApiProblem(
            code="invalid_request",
            detail=f"The body must be a JSON object with {', '.join(allowed)}.",
        )
    return parsed


def _decoded(body: bytes) -> str:
    try:
        # "sig": some clients put a byte order mark first, which JSON does not have.
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ApiProblem(
            code="invalid_json",
            detail=f"The body is not UTF-8: byte {error.start} can't be read.",
        ) from None


def _loaded(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ApiProblem(
            code="invalid_json",
            detail=f"The body is not valid JSON: {error.msg} at {place}.",
        ) from None
    except (ValueError, RecursionError):
        raise ApiProblem(
            code="invalid_json",
            detail="The body holds numbers too long or is nested too deeply.",
        ) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise ApiProblem(
                code="invalid_json",
                detail=f"The body names {name[:100]!a} twice in one object.",
            )
        fields[name] = value
    return fields


def _refuse_constant(name: str) -> NoReturn:
    raise ApiProblem(
        code="invalid_json",
        detail=f"The body holds {name}, which JSON does not have.",
    )
