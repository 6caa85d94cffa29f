"""The caller of a request is who the platform or a key says, and nobody can give another name."""

import asyncio
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest

from api.identity.caller import Caller, operator, traveller
from api.problems import ApiProblem
from api.services import ApiServices
from settings import Settings, SettingsError
from stores.opening import open_stores
from support.app.callers import (
    ON_AZURE,
    OPERATORS_KEY,
    SIGNED_IN,
    TRAVELLERS_KEY,
    digest,
    encoded,
    key,
    payload,
    principal,
)
from support.suppliers.companies import NOW

LOCAL: dict[str, Any] = {}
ADA = principal("ada-1")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path


def asked(state: Path, headers: dict[str, str], url: str = "http://localhost/api/chat", **variables: Any) -> Caller:
    settings = Settings(state_dir=state, **variables)
    request = func.HttpRequest("POST", f"{url}?by=the+director", headers=headers, body=b'{"by": "the director"}')
    return asyncio.run(traveller(request, ApiServices(settings, open_stores(settings), lambda: NOW)))


def refusal(state: Path, headers: dict[str, str], url: str = "http://localhost/api/chat", **variables: Any) -> str:
    with pytest.raises(ApiProblem) as raised:
        asked(state, headers, url, **variables)
    return raised.value.problem.code


def test_a_signed_in_principal_is_named_and_owns_what_it_begins(state: Path) -> None:
    ada = asked(state, ADA, **SIGNED_IN)
    assert (ada.name, ada.is_operator) == ("Ada", False)
    assert ada.owner is not None
    assert len(ada.owner) == 16


def test_the_owner_is_provider_and_id_and_never_a_name(state: Path) -> None:
    ada = asked(state, ADA, **SIGNED_IN).owner
    assert asked(state, principal("ada-1", name="Countess"), **SIGNED_IN).owner == ada
    assert asked(state, principal("ada-2"), **SIGNED_IN).owner != ada
    assert asked(state, principal("ada-1", provider="google"), **SIGNED_IN).owner != ada


def test_the_owner_cannot_be_told_from_the_id_alone(state: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert asked(state, ADA, **SIGNED_IN).owner != asked(elsewhere, ADA, **SIGNED_IN).owner


@pytest.mark.parametrize("variables", [ON_AZURE, {"website_auth_enabled": True, "api_keys": ON_AZURE["api_keys"]}])
def test_without_the_platforms_sign_in_its_header_is_anybodys(state: Path, variables: dict[str, Any]) -> None:
    assert asked(state, ADA | key(TRAVELLERS_KEY), **variables).owner is None


@pytest.mark.parametrize(
    "header",
    [
        {"x-ms-client-principal": "no base64"},
        {"x-ms-client-principal": ""},
        encoded("a text"),
        encoded({"auth_typ": "aad", "claims": []}),
        encoded(payload("ada-1") | {"auth_typ": ""}),
        encoded(payload("")),
    ],
)
def test_a_principal_that_names_nobody_is_refused_although_a_key_is_there(state: Path, header: dict[str, str]) -> None:
    assert refusal(state, header | key(TRAVELLERS_KEY), **SIGNED_IN) == "invalid_credentials"


@pytest.mark.parametrize("typ", ["oid", "sub", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"])
def test_other_providers_name_the_principal_in_other_claims(state: Path, typ: str) -> None:
    header = encoded({"auth_typ": "google", "claims": [{"typ": typ, "val": "7"}, {"typ": "email", "val": "a@b.c"}]})
    caller = asked(state, header, **SIGNED_IN)
    assert (caller.name, caller.owner is None) == ("7", False)


def test_a_name_has_at_most_200_characters(state: Path) -> None:
    assert asked(state, principal("1", name="a" * 999), **SIGNED_IN).name == "a" * 200


@pytest.mark.parametrize("variables", [ON_AZURE, SIGNED_IN], ids=["keys alone", "sign-in too"])
def test_a_key_of_the_app_is_the_same_caller_whichever_it_is(state: Path, variables: dict[str, Any]) -> None:
    callers = [asked(state, key(text), **variables) for text in (TRAVELLERS_KEY, OPERATORS_KEY)]
    assert {(caller.name, caller.owner) for caller in callers} == {("holder of a function key", None)}


@pytest.mark.parametrize("variables", [ON_AZURE, SIGNED_IN, {"api_keys": ON_AZURE["api_keys"]}])
@pytest.mark.parametrize("text", ["", "another", TRAVELLERS_KEY.upper(), digest(TRAVELLERS_KEY)])
def test_another_key_is_refused(state: Path, text: str, variables: dict[str, Any]) -> None:
    assert refusal(state, key(text), **variables) == "invalid_credentials"


@pytest.mark.parametrize("variables", [ON_AZURE, SIGNED_IN])
def test_a_deployed_app_asks_nobody_in_without_credentials(state: Path, variables: dict[str, Any]) -> None:
    assert refusal(state, {}, **variables) == "sign_in_needed"


@pytest.mark.parametrize(
    "url", ["http://localhost:7071/api/chat", "http://127.0.0.1/api/chat", "http://[::1]:7071/api/chat"]
)
def test_on_a_developers_machine_the_caller_holds_the_key(state: Path, url: str) -> None:
    caller = asked(state, {}, url)
    assert (caller.name, caller.owner, caller.is_operator) == ("a caller without a name", None, True)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "localhost.evil.example:7071"},
        {"host": ""},
        {"host": "localhost:7071", "origin": "https://evil.example"},
        {"host": "localhost:7071", "origin": "http://localhost:7072"},
        {"host": "localhost:7071", "origin": "null"},
    ],
)
def test_a_page_of_another_site_does_not(state: Path, headers: dict[str, str]) -> None:
    url = "http://evil.example/api/chat" if not headers["host"] else "http://localhost/api/chat"
    assert refusal(state, headers, url) == "sign_in_needed"


def test_a_page_of_the_apps_own_does(state: Path) -> None:
    assert asked(state, {"host": "localhost:7071", "origin": "http://localhost:7071"}).owner is None


@pytest.mark.parametrize(
    ("headers", "variables", "expected"),
    [
        (principal("ada-1", roles=["operator"]), SIGNED_IN, True),
        (principal("ada-1", roles=["operators", "Operator"]), SIGNED_IN, False),
        (principal("ada-1"), SIGNED_IN | {"operators": "bob-1, ada-1"}, True),
        (principal("ada-10"), SIGNED_IN | {"operators": "bob-1, ada-1"}, False),
        (key(OPERATORS_KEY), ON_AZURE, True),
        (key(TRAVELLERS_KEY), ON_AZURE, False),
        (key(OPERATORS_KEY), SIGNED_IN, False),
        ({}, LOCAL, True),
    ],
)
def test_who_is_an_operator(state: Path, headers: dict[str, str], variables: dict[str, Any], expected: bool) -> None:
    assert asked(state, headers, **variables).is_operator == expected


def test_others_get_403_where_an_operator_is_needed(state: Path) -> None:
    settings = Settings(state_dir=state, **SIGNED_IN)
    request = func.HttpRequest("GET", "http://localhost/api/operations/attention", headers=ADA, body=b"")
    with pytest.raises(ApiProblem) as raised:
        asyncio.run(operator(request, ApiServices(settings, open_stores(settings), lambda: NOW)))
    assert raised.value.problem.code == "operator_needed"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (LOCAL, True),
        ({"website_instance_id": "1"}, False),
        ({"website_instance_id": "1", "sessions": "off"}, False),
        (ON_AZURE | {"sessions": "off"}, True),
        ({"website_instance_id": "1", "sessions": "off", "website_auth_enabled": True}, True),
    ],
)
def test_an_app_on_azure_without_a_sign_in_and_keys_knows_it(variables: dict[str, Any], expected: bool) -> None:
    assert Settings(**variables).knows_anybody == expected


@pytest.mark.parametrize("text", ["shop", "shop:abc:traveller", f"shop:{digest('k')}:chief", f"a:{digest('k')}"])
def test_keys_that_cannot_be_read_are_a_wrong_setting(text: str) -> None:
    with pytest.raises(SettingsError, match="API_KEYS"):
        Settings.from_environ({"API_KEYS": text})
