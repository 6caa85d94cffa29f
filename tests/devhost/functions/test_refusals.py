"""What the real worker or host would not start is named with its function, its parameter and the mend."""

from pathlib import Path
from typing import Any

import pytest

from devhost.functions.functions import AppError, IndexedApp
from devhost.functions.loading import index_app

HEAD = (
    "import typing\n"
    "from typing import Any, Callable, Dict, List, Literal, NewType, Optional, Tuple, TypedDict, Union\n"
    "import azure.functions as func, azure.durable_functions as df\n"
    "from azure.functions import Context\n"
    "from pydantic import BaseModel\n"
    "app = df.DFApp()\n"
)
ACTIVITY = "@app.activity_trigger(input_name='x')\ndef act(x: {}): pass"
TIMER = "@app.timer_trigger(schedule='0 0 0 * * *', arg_name='t')\ndef tick(t{}){}: pass"
ROUTE = "@app.route(route='a')\ndef one(req{}){}: pass"


def indexed(code: str) -> IndexedApp:
    names: dict[str, Any] = {}
    exec(HEAD + code, names)
    return index_app(Path(), names["app"])


@pytest.mark.parametrize(
    ("annotation", "mend"),
    [
        ("list[str]", "annotate it list"),
        ("tuple[str, int]", "annotate it tuple"),
        ("Tuple[str, int]", "annotate it tuple"),
        ("dict[str, Any]", "annotate it dict"),
        ("Optional[str]", "annotate it Any"),
        ("str | None", "annotate it Any"),
        ("Union[str, int]", "annotate it Any"),
        ("Callable[[], str]", "annotate it Any"),
        ("NewType('Id', str)", "annotate it Any"),
        ("'list[str]'", "annotate it list"),
        ("'NotThere'", "import its name also at run time"),
        ("func.Out[str]", "annotate it Any"),
    ],
)
def test_an_annotation_of_an_activity_that_the_worker_refuses(annotation: str, mend: str) -> None:
    (sentence,) = indexed(ACTIVITY.format(annotation)).refusals
    assert sentence.startswith("Function 'act'")
    assert "the real worker refuses the app" in sentence
    assert sentence.endswith(mend) or mend in sentence
    assert "'x'" in sentence or annotation == "'NotThere'"


@pytest.mark.parametrize(
    "annotation",
    [
        "str",
        "bytes",
        "list",
        "dict",
        "Any",
        "BaseModel",
        "Dict[str, Any]",
        "List[str]",
        "Literal['a']",
        "None",
        "object",
    ],
)
def test_an_annotation_of_an_activity_that_the_worker_accepts(annotation: str) -> None:
    assert indexed(ACTIVITY.format(annotation)).refusals == ()
    assert indexed("class Row(TypedDict):\n    a: int\n" + ACTIVITY.format("Row")).refusals == ()


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (TIMER.format(": dict", ""), "'t' is annotated dict; annotate it func.TimerRequest"),
        (TIMER.format(": func.HttpRequest", ""), "annotate it func.TimerRequest"),
        (TIMER.format(", context: Optional[Context]", ""), "annotate it func.Context"),
        (TIMER.format(", context: dict", ""), "annotate it func.Context"),
        (ROUTE.format(": dict", ""), "'req' is annotated dict; annotate it func.HttpRequest"),
        (ROUTE.format(": Optional[func.HttpRequest]", ""), "annotate it func.HttpRequest"),
        (ROUTE.format("", " -> dict"), "'return' is annotated dict; annotate it func.HttpResponse or str"),
        (ROUTE.format("", " -> None"), "annotate it func.HttpResponse or str"),
        (ROUTE.format("", " -> func.HttpResponse | str"), "annotate it func.HttpResponse or str"),
        (
            "@app.route(route='a', binding_arg_name='res')\ndef one(req, res: func.HttpResponse): pass",
            "annotate it func.Out[func.HttpResponse]",
        ),
        ("@app.activity_trigger(input_name='a__b')\ndef act(a__b): pass", "the parameter name 'a__b'"),
        ("@app.activity_trigger(input_name='__x')\ndef act(__x): pass", "the parameter name '__x'"),
        ("@app.activity_trigger(input_name='città')\ndef act(città): pass", "the parameter name 'città'"),
        (
            "@app.route(route='a')\n@app.durable_client_input(client_name='REQ')\nasync def one(req, REQ): pass",
            "two of its parameters are called 'req' but for their letter case",
        ),
        ("@app.route(route='Administrators')\ndef one(req): pass", "its route 'Administrators' begins with 'admin'"),
        ("@app.route(route='/runtime/x')\ndef one(req): pass", "its route 'runtime/x' begins with"),
        ("@app.route()\ndef runtimes(req): pass", "its route 'runtimes' begins with"),
        ("@app.route(route='  ')\ndef admin(req): pass", "its route 'admin' begins with"),
        ("@app.orchestration_trigger(context_name='ctx')\ndef o(ctx): pass", "no other name than 'context'"),
        (
            "@app.retry(strategy='fixed_delay', max_retry_count='3')\n" + TIMER.format("", ""),
            "the retry policy cannot be read",
        ),
    ],
)
def test_what_else_would_not_start(code: str, sentence: str) -> None:
    (refusal,) = indexed(code).refusals
    assert refusal.startswith("Function '")
    assert "the real worker refuses the app" in refusal or "the real host leaves it out" in refusal
    assert sentence in refusal


@pytest.mark.parametrize(
    "code",
    [
        TIMER.format(": func.TimerRequest", " -> None"),
        TIMER.format("", " -> None"),
        ROUTE.format(": func.HttpRequest", " -> func.HttpResponse"),
        ROUTE.format(": func.HttpRequest, context: Context", " -> str"),
        "@app.route(route='a', binding_arg_name='res')\ndef one(req, res: func.Out[func.HttpResponse]) -> None: pass",
        "@app.activity_trigger(input_name='trip_id')\ndef act(trip_id: str) -> list[str]: pass",
        "@app.route(route='a')\n@app.durable_client_input(client_name='client')\n"
        "async def one(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse: pass",
        "@app.retry(strategy='exponential_backoff', max_retry_count='-1', minimum_interval='00:00:10', "
        "maximum_interval='00:15:00')\n" + TIMER.format("", ""),
    ],
)
def test_what_starts_on_the_real_host_is_no_matter(code: str) -> None:
    assert indexed(code).refusals == ()


def test_two_functions_with_one_route_and_a_method_in_common() -> None:
    def routes(first: str, second: str) -> tuple[str, ...]:
        return indexed(f"@app.route({first})\ndef b(req): pass\n@app.route({second})\ndef A(req): pass").refusals

    (refusal,) = routes("route='x/{id}', methods=['GET']", "route='/X/{id}', methods=['GET', 'POST']")
    assert "Function 'b'" in refusal
    assert "'A' has the same route 'x/{id}'" in refusal
    assert len(routes("route='x'", "route='x', methods=['POST']")) == 1
    assert routes("route='x', methods=['GET']", "route='x', methods=['POST']") == ()
    assert routes("route='x/{id}'", "route='x/{name}'") == ()


@pytest.mark.parametrize("name", ["città", "host", "Host"])
def test_a_name_that_the_host_refuses_ends_the_start(name: str) -> None:
    with pytest.raises(AppError, match="a function's name"):
        indexed(f"@app.function_name('{name}')\n" + ACTIVITY.format("str"))


def test_an_input_called_data_is_refused_whatever_its_case() -> None:
    with pytest.raises(AppError, match="must not be called 'Data'"):
        indexed("@app.activity_trigger(input_name='Data')\ndef act(Data): pass")


def test_a_text_as_the_trigger_of_a_request_or_timer_is_doubted() -> None:
    (request,) = indexed(ROUTE.format(": str", "")).warnings
    assert "every request fails on the real worker; annotate it func.HttpRequest" in request
    (timer,) = indexed(TIMER.format(": str", "")).warnings
    assert "as JSON text; annotate it func.TimerRequest" in timer


def test_a_retry_policy_that_is_not_run_is_named() -> None:
    policy = "@app.retry(strategy='fixed_delay', max_retry_count='3', delay_interval='00:00:10')\n"
    (warning,) = indexed(policy + TIMER.format("", "")).warnings
    assert "Function 'tick'" in warning
    assert "does not run its retry policy" in warning
