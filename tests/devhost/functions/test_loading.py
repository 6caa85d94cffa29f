"""Durable functions go by one name, whatever its case."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import azure.durable_functions as df
import pytest

from devhost.functions.functions import Function, IndexedApp, Kind
from devhost.functions.loading import index_app


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


def test_with_the_streaming_extension_http_functions_are_not_supported(monkeypatch: pytest.MonkeyPatch) -> None:
    extension: Any = ModuleType("azurefunctions.extensions.base")
    extension.HttpV2FeatureChecker = SimpleNamespace(http_v2_enabled=lambda: True)
    monkeypatch.setitem(sys.modules, extension.__name__, extension)
    app = df.DFApp()

    @app.route(route="stream")
    def stream(req: dict) -> list:  # pyright: ignore[reportMissingTypeArgument]
        raise AssertionError

    @app.activity_trigger(input_name="value")
    def act(value: str) -> str:
        return value

    indexed = index_app(Path(), app)
    activity, streaming = indexed.functions
    assert (streaming.unsupported, activity.unsupported) == ("HTTP streaming extension", None)
    assert (indexed.warnings, indexed.refusals) == ((), ())


def test_functions_are_in_the_order_of_their_names() -> None:
    app = IndexedApp(Path(), [function("b", "http"), function("A", "http"), function("C", "http")])
    assert [f.name for f in app.functions] == ["A", "b", "C"]
