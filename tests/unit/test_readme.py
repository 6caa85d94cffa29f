"""The README and the documents it leads to say what the code does."""

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from scripts.eval.__main__ import CONVERSATIONS
from scripts.eval.case_files import read_cases
from scripts.eval.readme_table import table_in
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


def test_the_table_of_the_evaluation_has_the_topics_and_the_cases_of_the_files(root: Path) -> None:
    cases = read_cases(CONVERSATIONS, datetime.now(UTC).date())
    counts = Counter(case.topic for case in cases)
    known_faults = Counter(case.topic for case in cases if case.known_fault)
    expected = [(topic, count, known_faults[topic]) for topic, count in counts.items()]
    expected.append(("all", counts.total(), known_faults.total()))
    table = table_in((root / "README.md").read_text(encoding="utf-8"))
    rows = re.findall(r"^\| ([^|]+) \| (\d+) \| \d+ \| (\d+) \|", table, re.MULTILINE)
    assert [(topic, int(cases), int(faults)) for topic, cases, faults in rows] == expected, "run: make eval WRITE=1"
    assert counts.total() >= 80
