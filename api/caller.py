"""Who is asking: the platform says so, never the request's body and never a model."""

import azure.functions as func

from settings import Settings

_PRINCIPAL = "x-ms-client-principal-name"


def resolved_caller(request: func.HttpRequest, settings: Settings) -> str:
    """The signed-in principal where the platform's authentication is on, otherwise whoever holds a function key.

    Without that authentication the header could be anybody's invention, so it is not looked at.
    """
    name = request.headers.get(_PRINCIPAL, "").strip() if settings.website_auth_enabled else ""
    return name[:200] or "holder of a function key"
