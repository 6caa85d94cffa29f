"""Callers of the API for tests: the headers that name them, and the settings of an app that signs people in."""

import base64
import hashlib
import json
from collections.abc import Collection
from typing import Any

from api.identity.caller import Caller

HOLDER = Caller("somebody", None, is_operator=True)
"""The holder of a function key."""
_OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
TRAVELLERS_KEY, OPERATORS_KEY = "key-of-a-traveller", "key-of-an-operator"


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


ON_AZURE: dict[str, Any] = {
    "website_instance_id": "1",
    "api_keys": f"shop:{digest(TRAVELLERS_KEY)}:traveller, staff:{digest(OPERATORS_KEY)}:operator",
}
SIGNED_IN: dict[str, Any] = ON_AZURE | {"website_auth_enabled": True}


def payload(identifier: str, provider: str = "aad", name: str = "Ada", roles: Collection[str] = ()) -> dict[str, Any]:
    claims = [{"typ": _OBJECT_ID, "val": identifier}, {"typ": "name", "val": name}]
    claims += [{"typ": "roles", "val": role} for role in roles]
    return {"auth_typ": provider, "claims": claims, "name_typ": "name", "role_typ": "roles"}


def encoded(value: Any) -> dict[str, str]:
    """Return the header of the platform with this value in it."""
    return {"x-ms-client-principal": base64.b64encode(json.dumps(value).encode()).decode()}


def principal(identifier: str, **more: Any) -> dict[str, str]:
    """Return the header of a signed-in principal."""
    return encoded(payload(identifier, **more))


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def key(text: str) -> dict[str, str]:
    return {"x-functions-key": text}
