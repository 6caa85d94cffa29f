"""The identity of a request's caller. It comes from the platform, never from the body or from a model."""

import azure.functions as func

from settings import Settings

_PRINCIPAL = "x-ms-client-principal-name"
_HOLDER_OF_KEY = "holder of a function key"
_LONGEST_NAME = 200


def resolved_caller(request: func.HttpRequest, settings: Settings) -> str:
    """Return the signed-in principal, or a fixed name for any holder of a function key.

    The principal's header is read only where the platform signs callers in. Elsewhere any client could invent it.
    """
    if not settings.website_auth_enabled:
        return _HOLDER_OF_KEY
    principal = request.headers.get(_PRINCIPAL, "").strip()
    return principal[:_LONGEST_NAME] or _HOLDER_OF_KEY
