"""The signed-in principal that App Service Authentication passes on in a header, as base64 of JSON.

https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities describes it.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

HEADER = "x-ms-client-principal"
OPERATOR_ROLE = "operator"
_ID_CLAIMS = (
    "http://schemas.microsoft.com/identity/claims/objectidentifier",
    "oid",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
    "sub",
)
"""Types of the claim that names the principal for good, the best one first. A name or address may change hands."""
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Principal:
    """A person who signed in. `provider` and `id` together name them, `name` is for people to read."""

    provider: str
    id: str
    name: str
    roles: frozenset[str]


class _Claim(BaseModel):
    typ: str
    val: str


class _Header(BaseModel):
    auth_typ: Annotated[str, Field(min_length=1)]
    claims: tuple[_Claim, ...]
    name_typ: str | None = None
    role_typ: str | None = None


def read_principal(header: str) -> Principal | None:
    """Return the principal of the header, None if it names nobody."""
    try:
        decoded = _Header.model_validate_json(base64.b64decode(header, validate=True))
    except (binascii.Error, ValidationError):
        return None
    identifier = _first(decoded, _ID_CLAIMS)
    if not identifier:
        return None
    name = _first(decoded, (str(decoded.name_typ),)) or identifier
    roles = frozenset(claim.val for claim in decoded.claims if claim.typ == decoded.role_typ)
    return Principal(decoded.auth_typ, identifier, name[:_LONGEST_NAME], roles)


def _first(header: _Header, types: tuple[str, ...]) -> str:
    """Return the value of the first of these claims, empty without any."""
    values = {claim.typ: claim.val for claim in reversed(header.claims)}
    return next((values[typ] for typ in types if values.get(typ)), "")
