"""The caller of a request is who the platform says, and nobody can give another name."""

from typing import Any

import azure.functions as func
import pytest

from api.caller import resolved_caller
from settings import Settings

ON_AZURE = {"website_instance_id": "1"}
SIGNED_IN = ON_AZURE | {"website_auth_enabled": True}
NAMED = {"x-ms-client-principal-name": "ada@example.org"}


def caller(headers: dict[str, str], **variables: Any) -> str:
    body = b'{"by": "the director"}'
    request = func.HttpRequest("POST", "/api/chat?by=the+director", headers=headers, body=body)
    return resolved_caller(request, Settings(**variables))


@pytest.mark.parametrize(
    ("headers", "variables", "name"),
    [
        (NAMED, SIGNED_IN, "ada@example.org"),
        ({}, SIGNED_IN, "holder of a function key"),
        (NAMED, ON_AZURE, "holder of a function key"),
        (NAMED, {}, "a caller without a name"),
        ({}, {}, "a caller without a name"),
    ],
)
def test_only_the_platform_names_a_caller(headers: dict[str, str], variables: dict[str, Any], name: str) -> None:
    assert caller(headers, **variables) == name


def test_a_name_has_at_most_200_characters() -> None:
    assert caller({"x-ms-client-principal-name": "a" * 999}, **SIGNED_IN) == "a" * 200
