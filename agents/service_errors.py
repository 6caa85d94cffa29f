"""The meaning of a failed request to the model's service, in words without keys, URLs or foreign text."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from agents.model import ModelUnavailable

_LONGEST_WAIT = 3600
_REDIRECTS = range(300, 400)
_MEANINGS = {
    400: "The model's service refuses the request (HTTP 400); check model and API version.",
    401: "The model's service does not accept the app's credentials (HTTP 401).",
    403: "The model's service does not allow the app to use the model (HTTP 403).",
    404: "The model's service does not know the configured model or deployment (HTTP 404).",
    429: "The model is busy (HTTP 429); try again later.",
}


def translate(error: Exception) -> ModelUnavailable:
    """Return the port's error for whatever a client library raised."""
    from openai import APIConnectionError, APIStatusError, APITimeoutError

    # A time-out is a subclass of the connection error, so it comes first.
    if isinstance(error, APITimeoutError):
        return ModelUnavailable("The model did not answer in time.")
    if isinstance(error, APIConnectionError):
        return ModelUnavailable("The model's service can't be reached.")
    if isinstance(error, APIStatusError):
        status = error.status_code
        if status in _REDIRECTS:
            return ModelUnavailable(
                f"The model's service can't be reached: it answers with a redirect (HTTP {status})."
            )
        detail = _MEANINGS.get(status, f"The model's service failed (HTTP {status}).")
        return ModelUnavailable(detail, _retry_after(error.response.headers))
    # By the module's name: the Azure libraries are loaded only by an app that uses them.
    if type(error).__module__.startswith("azure."):
        return ModelUnavailable("The app's Azure identity could not sign in to the model's service.")
    return ModelUnavailable("The model could not be asked.")


def is_content_filter(error: Exception) -> bool:
    """Return whether Azure refused a prompt that its filter dislikes, which it does with HTTP 400 and this code."""
    from openai import BadRequestError

    return isinstance(error, BadRequestError) and error.code == "content_filter"


def is_passing(error: Exception) -> bool:
    """Return whether asking again at once makes sense: a broken connection, or a 5xx that names no time to wait."""
    from openai import APIConnectionError, APITimeoutError, InternalServerError

    if isinstance(error, APITimeoutError):
        return False
    if isinstance(error, InternalServerError):
        return _retry_after(error.response.headers) is None
    return isinstance(error, APIConnectionError)


def _retry_after(headers: Mapping[str, str]) -> int | None:
    """Return the seconds to wait, from either form of the header; None if it is absent or makes no sense."""
    text = headers.get("retry-after", "").strip()
    seconds = _seconds_in(text)
    if seconds is None:
        return None
    # Rounded up, so that nobody comes back too early.
    return max(1, math.ceil(min(_LONGEST_WAIT, seconds)))


def _seconds_in(text: str) -> float | None:
    # `isdigit` alone would let other scripts' digits through, of which `float` reads only some.
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        return (moment - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):
        return None
