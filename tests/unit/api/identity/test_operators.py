"""Only operators decide on open items, and the ledger says which of them did."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.services import serving
from domain.trip.entry_data import Resolved
from support.app.callers import OPERATORS_KEY, SIGNED_IN, TRAVELLERS_KEY, bearer, key, principal
from support.app.http_calls import Answered
from support.app.twice import CASES, DECIDE, RequestWorld
from support.orchestrations.installation import real_activities
from support.suppliers.companies import calm_settings

TRIP = "trip-here"
CASE = CASES[DECIDE]
EVE = principal("eve-1", name="Eve", roles=["operator"])
SAM = principal("sam-1", name="Sam")
REFUSED: dict[str, dict[str, str]] = {
    "a traveller": principal("ada-1"),
    "a role of almost that name": principal("ada-1", roles=["Operator", "operators"]),
    "a key of a traveller": key(TRAVELLERS_KEY),
    "a key of an operator where people sign in": key(OPERATORS_KEY),
}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[RequestWorld]:
    """Yield a deployed app that signs people in, with an open item."""
    with real_activities() as activities:
        world = RequestWorld(calm_settings(tmp_path), activities, monkeypatch)
        with serving(world.services):
            CASE.prepare(world, TRIP)
        settings = world.settings.model_copy(update=SIGNED_IN | {"operators": "sam-1"})
        with serving(replace(world.services, settings=settings, stores=replace(world.stores, name="tables"))):
            yield world


def decide(world: RequestWorld, who: dict[str, str], body: Any = None) -> Answered:
    return world.send(DECIDE, CASE.names(TRIP), body or CASE.body, **who, **CASE.headers(world, TRIP))


@pytest.mark.parametrize("who", REFUSED)
def test_others_are_refused_and_nothing_is_stored(world: RequestWorld, who: str) -> None:
    before = world.commands(TRIP)
    refused = decide(world, REFUSED[who])
    assert (refused.status, refused.body["code"]) == (403, "operator_needed")
    assert world.commands(TRIP) == before


def test_a_session_is_never_an_operator(world: RequestWorld) -> None:
    token = world.send(("POST", "session"), {}, {"token": True}).body["token"]
    assert decide(world, bearer(token)).status == 403


@pytest.mark.parametrize(("who", "name"), [(EVE, "Eve"), (SAM, "Sam")], ids=["by role", "by id"])
def test_who_decided_is_in_the_ledger_and_nowhere_in_the_body(
    world: RequestWorld, who: dict[str, str], name: str
) -> None:
    assert decide(world, who, CASE.body | {"by": "the director"}).status == 400
    accepted = decide(world, who)
    assert (accepted.status, accepted.body["by"]) == (202, name)
    command = world.stores.ledger.commands(TRIP)[-1]
    assert (command.kind, command.by) == ("decision", name)
    resolved = [entry.data for entry in world.stores.ledger.entries(TRIP) if isinstance(entry.data, Resolved)]
    assert [data.by for data in resolved] == [name]
