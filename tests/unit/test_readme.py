"""The README and the documents it leads to say what the code does."""

import re
from pathlib import Path

from scripts.settings_table import written


def test_the_table_of_settings_is_the_code_s(root: Path) -> None:
    document = (root / "docs" / "settings.md").read_text(encoding="utf-8")
    assert document == written(document), "run: python -m scripts.settings_table"


def test_every_make_target_of_the_readme_exists(root: Path) -> None:
    readme, makefile = (root / "README.md").read_text(encoding="utf-8"), (root / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", readme)) <= targets


def test_every_room_of_the_architecture_exists(root: Path) -> None:
    document = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = re.findall(r"^\| `([a-z_/.]+)`", document, re.MULTILINE)
    assert [room for room in rooms if "/" in room and not (root / room).exists()] == []


def test_every_http_function_of_the_app_is_in_the_documents(root: Path) -> None:
    texts = [(root / "docs" / name).read_text(encoding="utf-8") for name in ("api.md", "needs-attention.md")]
    routes = re.findall(r'route="([^"]+)"', (root / "api" / "blueprint.py").read_text(encoding="utf-8"))
    # The route for whatever has no other needs no example.
    routes.remove("{*path}")
    for route in routes:
        pattern = re.sub(r"\\\{[a-z_]+\\\}", "[^/ '?]+", re.escape(route))
        assert re.search(rf"/api/{pattern}", " ".join(texts)), route
