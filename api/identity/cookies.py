"""The cookie that keeps a browser's session, and the rule that keeps other sites from using it.

A browser sends the cookie with every request to this app, also with one that a page of another site makes. So a change
that comes with it needs a body of JSON, which no plain form can send, and the app's own `Origin`.
"""

from urllib.parse import urlsplit

import azure.functions as func

from api.identity.tokens import LONGEST
from api.json_body import require_json
from api.problems import ApiProblem

_READING = ("GET", "HEAD", "OPTIONS")


def sent_cookie(request: func.HttpRequest) -> str | None:
    """Return the token in the request's cookie, None without one."""
    name = _name(request)
    for part in request.headers.get("cookie", "").split(";"):
        key, _, token = part.strip().partition("=")
        if key == name:
            return token
    return None


def kept_as_cookie(request: func.HttpRequest, token: str) -> dict[str, str]:
    """Return the headers that have a browser keep the token."""
    return _header(request, token, round(LONGEST.total_seconds()))


def without_cookie(request: func.HttpRequest) -> dict[str, str]:
    """Return the headers that have a browser forget its token."""
    return _header(request, "", 0)


def require_own_page(request: func.HttpRequest) -> None:
    """Raise `ApiProblem` for a change that a page of another site may have made."""
    if request.method in _READING:
        return
    require_json(request.headers)
    if not origin_is(request, request.headers.get("origin", "")):
        raise ApiProblem("other_origin", "A change with a cookie needs an Origin header that names this app.")


def origin_is(request: func.HttpRequest, origin: str) -> bool:
    """Return whether the origin has the name under which the request came."""
    return urlsplit(origin).netloc == request.headers.get("host", urlsplit(request.url).netloc)


def _header(request: func.HttpRequest, token: str, seconds: int) -> dict[str, str]:
    cookie = f"{_name(request)}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax"
    return {"Set-Cookie": f"{cookie}; Secure" if _is_https(request) else cookie}


def _name(request: func.HttpRequest) -> str:
    # Browsers take a name with this start only from the site itself, and only over HTTPS.
    return "__Host-session" if _is_https(request) else "session"


def _is_https(request: func.HttpRequest) -> bool:
    return request.url.startswith("https:")
