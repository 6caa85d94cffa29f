"""The rooms of the house and the arrows between them, read from the imports."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MAY_IMPORT = {
    "function_app": {"api", "orchestrators", "activities", "settings"},
    "api": {"process", "stores", "domain", "settings"},
    "orchestrators": {"domain"},
    "activities": {"process", "agents", "suppliers", "stores", "domain", "settings"},
    "agents": {"domain", "settings"},
    "suppliers": {"storage", "domain", "settings"},
    "stores": {"storage", "domain", "settings"},
    "storage": {"settings"},
    "domain": set[str](),
    "process": {"stores", "settings"},
    "settings": set[str](),
    "devhost": set[str](),
}
PURE_MODULES = {
    "__future__", "collections", "dataclasses", "datetime", "decimal", "enum", "functools", "hashlib", "hmac",
    "itertools", "json", "math", "pydantic", "re", "string", "types", "typing", "unicodedata",
}  # fmt: skip
TOOLS_AND_TESTS = {"scripts", "tests", "bench", "devhost"}
TRAVEL_WORDS = re.compile(
    r"(?<![a-z])(travel_|travellers?|trips?|(?<!in )flights?|hotels?|bookings?|sagas?|car_hire|suppliers?)(?![a-z])",
    re.IGNORECASE,
)


def modules_of(room: str) -> list[Path]:
    if room in ("function_app", "process", "settings"):
        return [path for path in [ROOT / f"{room}.py"] if path.exists()]
    return sorted((ROOT / room).glob("**/*.py"))


def imports(path: Path) -> Iterator[str]:
    """The top-level package of every import in a file, relative ones resolved."""
    own = path.relative_to(ROOT).parts[0].removesuffix(".py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield own if node.level else (node.module or "").split(".")[0]


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_from_the_rooms_below_it(room: str) -> None:
    others = (set(MAY_IMPORT) | TOOLS_AND_TESTS) - MAY_IMPORT[room] - {room}
    wrong = {str(path.relative_to(ROOT)): set(imports(path)) & others for path in modules_of(room)}
    assert {path: rooms for path, rooms in wrong.items() if rooms} == {}


def test_the_domain_imports_nothing_that_reaches_outside() -> None:
    wrong = {path.name: set(imports(path)) - PURE_MODULES - {"domain"} for path in modules_of("domain")}
    assert {path: names for path, names in wrong.items() if names} == {}


def test_only_the_books_on_tables_know_azure() -> None:
    assert {path.name for path in modules_of("suppliers") if "azure" in imports(path)} == {
        "table_rows.py",
    }


@pytest.mark.parametrize("room", ["agents", "suppliers", "stores", "storage", "domain", "settings"])
def test_only_the_rooms_above_know_the_durable_sdk(room: str) -> None:
    wrong = [
        path.name
        for path in modules_of(room)
        if re.search(r"azure\.(functions|durable_functions)", path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_the_agents_package_is_empty_because_the_sdk_imports_a_package_of_that_name() -> None:
    assert (ROOT / "agents" / "__init__.py").read_text(encoding="utf-8") == ""


def test_function_app_only_composes() -> None:
    lines = (ROOT / "function_app.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 60


def test_no_activity_has_a_parameter_named_data_which_the_real_host_refuses() -> None:
    wrong = [
        f"{path.name}:{node.lineno}"
        for path in modules_of("activities")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if _names_a_trigger_data(node)
    ]
    assert wrong == []


def _names_a_trigger_data(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="activity_trigger"), keywords=keywords):
            return any(isinstance(word.value, ast.Constant) and word.value.value == "data" for word in keywords)
        case _:
            return False


def test_the_dev_host_knows_nothing_about_travel() -> None:
    wrong = {
        f"{path.relative_to(ROOT)}:{number}": line.strip()
        for path in modules_of("devhost")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if TRAVEL_WORDS.search(line)
    }
    assert wrong == {}


@pytest.mark.parametrize(
    "path",
    [path for room in ("api", "orchestrators", "activities") for path in modules_of(room)],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_nobody_imports_the_tests_package_that_the_sdk_ships(path: Path) -> None:
    assert "tests" not in set(imports(path))
