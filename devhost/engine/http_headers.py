"""The headers of responses to `call_http`, spelled as .NET's HttpClient gives them (recording `http_poll`)."""

from collections.abc import Iterable

_CONTENT_HEADERS = frozenset({"allow", "expires", "last-modified"})
# HttpClient spells the headers that it knows in its own way, and all others as they were sent.
_KNOWN = (
    "Accept-Patch Accept-Ranges Access-Control-Allow-Credentials Access-Control-Allow-Headers "
    "Access-Control-Allow-Methods Access-Control-Allow-Origin Access-Control-Expose-Headers Access-Control-Max-Age "
    "Age Alt-Svc Cache-Control Connection Date ETag Keep-Alive Link Location P3P Pragma Proxy-Authenticate "
    "Proxy-Connection Public-Key-Pins Referrer-Policy Retry-After Server Set-Cookie Strict-Transport-Security TSV "
    "Trailer Transfer-Encoding Upgrade Upgrade-Insecure-Requests Vary Via WWW-Authenticate Warning X-AspNet-Version "
    "X-Cache X-Content-Duration X-Content-Type-Options X-Frame-Options X-MSEdge-Ref X-Powered-By X-Request-ID "
    "X-UA-Compatible X-XSS-Protection"
)
_SPELLINGS = {name.lower(): name for name in _KNOWN.split()}


def response_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str | list[str]]:
    """Return the headers in the order in which they came: one value as text, several as a list.

    Headers that describe the content are left out (recording `http_more`).
    """
    values: dict[str, list[str]] = {}
    spellings: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name = raw_name.decode("latin-1")
        key = name.lower()
        if key in _CONTENT_HEADERS or key.startswith("content-"):
            continue
        spellings.setdefault(key, _SPELLINGS.get(key, name))
        values.setdefault(key, []).append(raw_value.decode("utf-8", "replace"))
    return {spellings[key]: sent[0] if len(sent) == 1 else sent for key, sent in values.items()}
