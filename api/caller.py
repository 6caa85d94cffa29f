"""The identity of a request's caller. It comes from the platform, never from the body or from a model."""

import azure.functions as func

from settings import Settings

_PRINCIPAL = "x-ms-client-principal-name"
_HOLDER_OF_KEY = "holder of a function key"
_NOBODY_NAMED = "a caller without a name"
"""Off Azure no host need have asked for a key, and the app cannot tell."""
_LONGEST_NAME = 200


def resolved_caller(request: func.HttpRequest, settings: Settings) -> str:
    """Return the signed-in principal, or a fixed name for any other caller.

    The principal's header is read only where the platform signs callers in. Elsewhere any client could invent it.
    Azure lets nobody in without a function key, and does not tell a Python app which key it was.
    """
    principal = request.headers.get(_PRINCIPAL, "").strip() if settings.website_auth_enabled else ""
    unnamed = _HOLDER_OF_KEY if settings.website_instance_id else _NOBODY_NAMED
    return principal[:_LONGEST_NAME] or unnamed
