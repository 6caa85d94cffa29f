"""Pages of lists: a size in the query, and a cursor that names the last entry of the page before."""

import base64
import binascii
import re
from collections.abc import Collection, Mapping

from api.json_body import invalid
from api.problems import ApiProblem

MOST_ENTRIES = 50
_SIZE = re.compile("[1-9][0-9]?")


def require_parameters(query: Mapping[str, str], allowed: Collection[str]) -> None:
    """Raise `ApiProblem` for a parameter that the route does not have."""
    # The platform's function key may be in the query too.
    unknown = sorted(set(query) - {*allowed, "limit", "cursor", "code"})
    if unknown:
        names = ", ".join((*allowed, "limit", "cursor"))
        raise invalid(f"There is no parameter {unknown[0][:100]!a}; the parameters are {names}.")


def size_of_page(query: Mapping[str, str]) -> int:
    """Return the number of entries that the query asks for. Raise `ApiProblem`."""
    text = query.get("limit", str(MOST_ENTRIES))
    size = int(text) if _SIZE.fullmatch(text) else 0
    if not 1 <= size <= MOST_ENTRIES:
        raise invalid(f"The parameter limit must be 1 to {MOST_ENTRIES}.")
    return size


def cursor_of(entry: str) -> str:
    """Return the cursor of the page that begins after this entry."""
    return base64.urlsafe_b64encode(entry.encode()).decode().rstrip("=")


def entry_of(query: Mapping[str, str]) -> str | None:
    """Return the entry after which the page begins, None for the first page. Raise `ApiProblem`."""
    cursor = query.get("cursor")
    if cursor is None:
        return None
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise invalid_cursor() from None


def invalid_cursor() -> ApiProblem:
    """Return the problem of a cursor that no page has given."""
    return invalid("The parameter cursor must be the next of a page of this list.")
