"""The app's HTTP surface: routes, methods and who may call them."""

import azure.durable_functions as df

from api.blueprint import bp


def test_routes_methods_and_auth_levels() -> None:
    app = df.DFApp()
    app.register_functions(bp)
    surface = {}
    for function in app.get_functions():
        trigger = function.get_trigger().get_dict_repr()
        surface[trigger["route"]] = ([m.value for m in trigger["methods"]], trigger["authLevel"].value)
    assert surface == {
        "chat": (["POST"], "function"),
        "chat/{conversation_id}/turns/{turn}": (["GET"], "function"),
        "travel-status/{id}": (["GET"], "function"),
        "health": (["GET"], "anonymous"),
    }
