"""Durable functions go by one name, whatever its case."""

from pathlib import Path

from devhost.functions.functions import Function, IndexedApp, Kind


def function(name: str, kind: Kind, alias: str | None = None, method: str = "", disabled: bool = False) -> Function:
    return Function(name, method or name, alias, kind, print, False, "x", False, disabled=disabled)


def test_the_alias_is_the_only_name_and_case_does_not_matter() -> None:
    app = IndexedApp(Path(), [function("Named", "activity", "Alias", "method"), function("plain", "activity")])
    activity = app.activity("ALIAS")
    assert activity is not None
    assert activity.name == "Named"
    assert app.activity("Named") is None
    assert app.activity("method") is None
    assert app.activity("PLAIN") is not None
    assert app.names("activity") == ("Alias", "plain")
    assert app.registered_as("activity", "METHOD") == "Alias"
    assert app.registered_as("entity", "method") is None


def test_kinds_are_apart_and_disabled_functions_are_not_found() -> None:
    app = IndexedApp(
        Path(),
        [function("same", "activity"), function("Same", "entity"), function("off", "orchestration", disabled=True)],
    )
    assert app.activity("same") is not app.entity("same")
    assert app.orchestrator("same") is None
    assert app.orchestrator("off") is None


def test_functions_are_in_the_order_of_their_names() -> None:
    app = IndexedApp(Path(), [function("b", "http"), function("A", "http"), function("C", "http")])
    assert [f.name for f in app.functions] == ["A", "b", "C"]
