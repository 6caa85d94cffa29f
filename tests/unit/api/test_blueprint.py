"""The app's functions as the HTTP side registers them: routes, methods, who may call them, and when timers run."""

from typing import Any

import azure.durable_functions as df

from api.background import blueprint as background
from api.blueprint import bp
from api.unknown_routes import METHODS


def triggers(blueprint: df.Blueprint) -> dict[str, dict[str, Any]]:
    app = df.DFApp()
    app.register_functions(blueprint)
    triggered = ((f.get_function_name(), f.get_trigger()) for f in app.get_functions())
    return {str(name): trigger.get_dict_repr() for name, trigger in triggered if trigger}


def test_routes_methods_and_auth_levels() -> None:
    surface = sorted(
        (t["route"], sorted(m.value for m in t["methods"]), t["authLevel"].value) for t in triggers(bp).values()
    )
    assert surface == [
        ("approvals/{quote}", ["POST"], "anonymous"),
        ("chat", ["POST"], "anonymous"),
        ("chat/{conversation_id}", ["DELETE"], "anonymous"),
        ("chat/{conversation_id}/turns/{turn}", ["GET"], "anonymous"),
        ("health", ["GET"], "anonymous"),
        ("operations/attention", ["GET"], "function"),
        ("operations/attention/{trip}/items/{item}", ["POST"], "function"),
        ("operations/ledger", ["GET"], "function"),
        ("problems", ["GET"], "anonymous"),
        ("quotes", ["POST"], "anonymous"),
        ("quotes/{id}", ["GET"], "anonymous"),
        ("session", ["DELETE"], "anonymous"),
        ("session", ["GET"], "anonymous"),
        ("session", ["POST"], "anonymous"),
        ("travel-status/{id}", ["GET"], "anonymous"),
        ("trips/{id}/answer", ["POST"], "anonymous"),
        ("trips/{id}/cancel", ["DELETE"], "anonymous"),
        ("trips/{id}/cancel-terms", ["GET"], "anonymous"),
        ("trips/{id}/itinerary.ics", ["GET"], "anonymous"),
        ("trips/{id}/modify", ["PUT"], "anonymous"),
        ("trips/{id}/modify-terms", ["GET"], "anonymous"),
        ("{*path}", ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"], "anonymous"),
    ]


def test_the_methods_of_unknown_requests_are_those_of_the_routes() -> None:
    surface: dict[str, tuple[str, ...]] = {}
    for trigger in triggers(bp).values():
        methods = tuple(method.value for method in trigger["methods"])
        surface[trigger["route"]] = (*surface.get(trigger["route"], ()), *methods)
    del surface["{*path}"]
    assert surface == METHODS


def test_what_runs_without_a_request() -> None:
    registered = triggers(background.bp)
    assert {name: trigger["type"] for name, trigger in registered.items()} == {
        "reconcile": "timerTrigger",
        "purge_histories": "timerTrigger",
        "tell_turn_activity": "activityTrigger",
        "wake_quote_activity": "activityTrigger",
    }
    assert (registered["reconcile"]["schedule"], registered["reconcile"]["runOnStartup"]) == ("0 * * * * *", True)
