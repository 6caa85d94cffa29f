"""The rooms of the house and the arrows between them, read from the imports."""

import ast
import re
from collections import Counter
from functools import cache

import pytest

from scripts.app_settings import ROOT
from scripts.style.imports import Graph, circles, imported_by, module_graph, package_graph
from scripts.style.sources import Source, read_room

MAY_IMPORT = {
    "function_app": {"api", "orchestrators", "activities", "settings"},
    "api": {"process", "stores", "domain", "settings"},
    "orchestrators": {"domain"},
    "activities": {"process", "agents", "suppliers", "stores", "domain", "settings"},
    "agents": {"domain", "settings"},
    "suppliers": {"storage", "domain", "settings"},
    "stores": {"storage", "domain", "settings"},
    "storage": {"settings"},
    "audit": {"stores", "suppliers", "domain", "settings"},
    "domain": set[str](),
    "process": {"stores", "settings"},
    "settings": set[str](),
    "devhost": set[str](),
    "scripts": {"agents", "audit", "devhost", "suppliers", "stores", "storage", "domain", "settings"},
    "bench": {"devhost", "scripts", "stores", "storage", "settings"},
}
"""The rooms, and the rooms that each may import."""

MAY_IMPORT_INSIDE = {
    "api": {
        "background": "chat identity instances limits trips services threads durable_port",
        "blueprint": "chat health me operations quotes sessions trips unknown_routes request_log durable_port",
        "quotes": "chat instances conversation_fields identity limits idempotency stored_names json_body json_response"
        " shared_ledger problems services threads durable_port",
        "chat": "conversation_fields instances trips identity limits idempotency stored_names json_body"
        " shared_ledger problems services threads durable_port",
        "conversation_fields": "json_body",
        "health": "json_response services threads",
        "operations": "trips identity idempotency stored_names paging json_body json_response shared_ledger problems"
        " services threads durable_port durable_wait",
        "instances": "threads durable_port durable_wait",
        "trips": "identity idempotency stored_names paging json_body json_response shared_ledger problems services"
        " threads durable_port durable_wait",
        "me": "chat identity idempotency stored_names json_response shared_ledger problems services threads"
        " durable_port",
        "identity": "json_body problems services threads",
        "limits": "identity problems services",
        "sessions": "identity limits json_body shared_ledger problems services threads",
        "stored_names": "identity idempotency services threads",
        "paging": "json_body problems",
        "idempotency": "problems threads",
        "json_body": "problems",
        "json_response": "",
        "shared_ledger": "problems services",
        "unknown_routes": "problems",
        "request_log": "problems",
        "problems": "durable_port",
        "services": "",
        "threads": "",
        "durable_port": "",
        "durable_wait": "durable_port",
    },
    "stores": {
        "opening": "sqlite tables clock conversations ledger limits quotes sessions link_codes adoptions",
        "sqlite": "clock errors ruled_ledger texts turn_rules limit_rules quote_rules conversations quotes sessions"
        " link_codes trip_rules unit_of_work heads ledger",
        "tables": "clock errors ruled_ledger texts turn_rules limit_rules quote_rules conversations quotes sessions"
        " link_codes trip_rules unit_of_work heads ledger",
        "link_codes": "",
        "adoptions": "",
        "limits": "",
        "limit_rules": "",
        "quote_rules": "",
        "quotes": "",
        "sessions": "",
        "clock": "",
        "errors": "",
        "ruled_ledger": "effect_rules trip_rules texts unit_of_work ledger",
        "texts": "",
        "turn_rules": "conversations",
        "conversations": "",
        "effect_rules": "unit_of_work ledger",
        "trip_rules": "unit_of_work ledger",
        "unit_of_work": "heads ledger",
        "heads": "",
        "ledger": "",
    },
    "domain": {
        "attention": "trip amount ids components value",
        "agreement": "amount components value",
        "conversation": "quotes trip options components value",
        "quotes": "agreement trip amount options components value",
        "money": "trip amount shape components value",
        "problem_list": "problems",
        "problems": "",
        "log_lines": "",
        "trip": "agreement amount budget ids options shape components value",
        "amount": "value",
        "budget": "amount",
        "shape": "value",
        "ids": "components",
        "options": "value",
        "components": "",
        "value": "",
    },
    "devhost": {
        "__main__": "cli",
        "cli": "serving functions wire config errors faults logs new_app",
        "testing": "management",
        "serving": "management dashboard engine functions wire auth config config_notes logs",
        "dashboard": "management engine hub protocol wire auth",
        "management": "engine hub functions wire errors logs",
        "engine": "hub functions protocol config errors faults logs",
        "auth": "functions wire config private_files",
        "functions": "protocol wire config logs private_files",
        "hub": "protocol errors faults private_files",
        "logs": "protocol",
        "protocol": "",
        "wire": "",
        "config": "config_values",
        "config_values": "",
        "config_notes": "config",
        "errors": "",
        "faults": "",
        "new_app": "config",
        "starter": "",
        "private_files": "",
    },
}
"""For a room with rooms in it: its folders and the modules beside them, and which of these each may import."""

AT_MOST_TWENTY_MODULES = (
    "api",
    "stores",
    "domain",
    "devhost",
)
PURE_MODULES = {
    "__future__", "collections", "dataclasses", "datetime", "decimal", "enum", "functools", "hashlib", "hmac",
    "itertools", "json", "math", "operator", "pydantic", "re", "string", "types", "typing", "unicodedata",
}  # fmt: skip
TRAVEL_WORDS = re.compile(
    r"(?<![a-z])(travel_|travellers?|trips?|(?<!in )flights?|hotels?|bookings?|sagas?|car_hire|suppliers?)(?![a-z])",
    re.IGNORECASE,
)


@cache
def sources_of(room: str) -> tuple[Source, ...]:
    return read_room(ROOT, room)


def imports(source: Source) -> set[str]:
    """Return the top-level package of every import in a file, relative ones resolved."""
    return {name.partition(".")[0] for name in imported_by(source)}


def parts_of(room: str) -> Graph:
    """Return the graph between the parts of a room by their names in it; the room's own `__init__.py` is none."""
    graph = package_graph(module_graph(sources_of(room)))
    short = {part: part.removeprefix(f"{room}.") for part in graph if part != room}
    return {name: frozenset(short[other] for other in graph[part] & set(short)) for part, name in short.items()}


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_from_the_rooms_below_it(room: str) -> None:
    others = (set(MAY_IMPORT) | {"tests"}) - MAY_IMPORT[room] - {room}
    wrong = {str(source.path): imports(source) & others for source in sources_of(room)}
    assert {path: rooms for path, rooms in wrong.items() if rooms} == {}


@pytest.mark.parametrize("room", MAY_IMPORT_INSIDE)
def test_the_parts_of_a_room_import_only_from_the_parts_below_them(room: str) -> None:
    allowed = {part: set(below.split()) for part, below in MAY_IMPORT_INSIDE[room].items()}
    graph = parts_of(room)
    wrong = {part: imported - allowed.get(part, set()) for part, imported in graph.items()}
    assert {part: imported for part, imported in wrong.items() if imported} == {}
    assert set(graph) == set(allowed), "the table names the parts that there are"


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_no_modules_and_no_folders_import_each_other_in_a_circle(room: str) -> None:
    modules = module_graph(sources_of(room))
    assert circles(modules) == []
    assert circles(package_graph(modules)) == []


def test_a_circle_is_seen_also_when_it_goes_through_a_third_module() -> None:
    graph = {"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"a"}), "d": frozenset({"a", "json"})}
    assert circles(graph) == [("a", "b", "c")]


def test_rooms_import_each_other_in_no_circle() -> None:
    assert circles({room: frozenset(below) for room, below in MAY_IMPORT.items()}) == []


@pytest.mark.parametrize("room", AT_MOST_TWENTY_MODULES)
def test_no_folder_has_more_than_twenty_modules(room: str) -> None:
    modules = [source.path for source in sources_of(room) if source.path.name != "__init__.py"]
    sizes = Counter(str(path.parent) for path in modules)
    assert {folder: size for folder, size in sizes.items() if size > 20} == {}


def test_the_domain_imports_nothing_that_reaches_outside() -> None:
    wrong = {str(source.path): imports(source) - PURE_MODULES - {"domain"} for source in sources_of("domain")}
    assert {path: names for path, names in wrong.items() if names} == {}


def test_only_the_books_on_tables_know_azure() -> None:
    assert {source.path.name for source in sources_of("suppliers") if "azure" in imports(source)} == {
        "table_rows.py",
    }


@pytest.mark.parametrize("room", ["agents", "suppliers", "stores", "storage", "domain", "settings"])
def test_only_the_rooms_above_know_the_durable_sdk(room: str) -> None:
    durable = re.compile(r"azure\.(functions|durable_functions)")
    wrong = [source.path.name for source in sources_of(room) if durable.search(source.text)]
    assert wrong == []


def test_the_agents_package_is_empty_because_the_sdk_imports_a_package_of_that_name() -> None:
    assert (ROOT / "agents" / "__init__.py").read_text(encoding="utf-8") == ""


def test_function_app_only_composes() -> None:
    lines = (ROOT / "function_app.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 60


def test_no_activity_has_a_parameter_named_data_which_the_real_host_refuses() -> None:
    wrong = [
        f"{source.path.name}:{node.lineno}"
        for source in sources_of("activities")
        for node in source.nodes_of(ast.Call)
        if _names_a_trigger_data(node)
    ]
    assert wrong == []


def _names_a_trigger_data(node: ast.Call) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="activity_trigger"), keywords=keywords):
            return any(isinstance(word.value, ast.Constant) and word.value.value == "data" for word in keywords)
        case _:
            return False


def test_the_dev_host_knows_nothing_about_travel() -> None:
    wrong = {
        f"{source.path}:{number}": line.strip()
        for source in sources_of("devhost")
        for number, line in enumerate(source.lines, start=1)
        if TRAVEL_WORDS.search(line)
    }
    assert wrong == {}


@pytest.mark.parametrize(
    "source",
    [source for room in ("api", "orchestrators", "activities") for source in sources_of(room)],
    ids=lambda source: str(source.path),
)
def test_nobody_imports_the_tests_package_that_the_sdk_ships(source: Source) -> None:
    assert "tests" not in imports(source)
