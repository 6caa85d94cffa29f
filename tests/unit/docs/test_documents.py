"""The documents name what is there: paths, links, commands, recordings and sections."""

import re
from pathlib import Path

import pytest

from scripts.style.prose import documents

ROOT = Path(__file__).resolve().parents[3]
DOCUMENTS = [path for path in documents(ROOT) if path.name not in ("README.md", "CHANGELOG.md")]
DOCUMENTS += sorted((ROOT / "docs").glob("**/README.md"))
BEHAVIOUR = ROOT / "docs" / "devhost" / "behaviour.md"
RECORDINGS = ROOT / "tests" / "conformance" / "kit" / "recordings"
each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def paths_in(text: str) -> set[str]:
    """Return the code spans and words of commands that name a file or folder of the project."""
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    words = [word for span in [*spans, *commands_in(text)] for word in span.split()]
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    in_a_room = {word for word in words if "/" in word and word.split("/")[0] in rooms and not word.endswith(".db")}
    files = {word for word in words if re.fullmatch(r"[\w.-]+\.(py|md|json|txt|toml)", word)}
    return {word.split("::")[0] for word in in_a_room | files if not re.search(r"[…{]", word)}


def commands_in(text: str) -> list[str]:
    """Return the commands of the `bash` blocks."""
    blocks = re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line and not line.startswith("#")]
    return [line for line in lines if "path/to/" not in line]


@each_document
def test_every_path_exists(document: Path) -> None:
    # Files that several rooms have, and one that only a developer's checkout has.
    elsewhere = {"requests.py", "handlers.py", "local.settings.json"}
    assert [path for path in sorted(paths_in(text_of(document)) - elsewhere) if not (ROOT / path).exists()] == []


@each_document
def test_every_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text_of(document))
    local = [link for link in links if not link.startswith("https://")]
    assert [link for link in local if not (document.parent / link).exists()] == []


@each_document
def test_every_make_target_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = re.findall(r"`[^`\n]*\bmake ([a-z][a-z-]*)|^make ([a-z-]+)", text_of(document), re.MULTILINE)
    assert {name for pair in named for name in pair if name} <= targets


@each_document
def test_every_setting_exists(document: Path) -> None:
    settings = set(re.findall(r"^\| `([A-Z_]+)` \|", text_of(ROOT / "docs" / "settings.md"), re.MULTILINE))
    start = ("SIM_", "KEY_", "PIVOT_", "RECONCILE_", "CHAT_", "STORE", "STATE_")
    assert {name for name in re.findall(r"`([A-Z_]{4,})`", text_of(document)) if name.startswith(start)} <= settings


def test_no_document_is_left_without_a_link_to_it() -> None:
    starts = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "SECURITY.md"]
    linked = {
        (document.parent / link).resolve()
        for document in [*starts, *DOCUMENTS]
        for link in re.findall(r"\]\(([^)#]+\.md)", text_of(document))
    }
    assert [str(document) for document in DOCUMENTS if document not in {*starts, *linked}] == []


def test_every_recording_is_named_and_every_name_is_a_recording() -> None:
    groups = re.findall(r"\b(?:recorded|compare)((?:,?\s+`\w+`(?:\s+and\s+the\s+other\s+`\S+`)?)+)", text_of(BEHAVIOUR))
    named = {name for group in groups for name in re.findall(r"`(\w+)`", group)}
    named |= set(re.findall(r"\| `(\w+)` \|$", text_of(BEHAVIOUR), re.MULTILINE))
    assert named == {path.stem for path in RECORDINGS.glob("*.json")}


def test_every_section_that_code_refers_to_exists() -> None:
    sections = set(re.findall(r"^##+ (\d+(?:\.\d+)?)\.? ", text_of(BEHAVIOUR), re.MULTILINE))
    assert {str(number) for number in range(1, 13)} <= sections
    missing = {
        (path.name, number)
        for path in (ROOT / "devhost").glob("**/*.py")
        for number in re.findall(r"behaviour\.md,[\s#]+section[\s#]+(\d+(?:\.\d+)?)", text_of(path))
        if number not in sections
    }
    assert missing == set()


def test_each_term_of_the_glossary_stands_once() -> None:
    terms = re.findall(r"^\| \*\*([^*]+)\*\* \|", text_of(ROOT / "docs" / "glossary.md"), re.MULTILINE)
    # So many that a table in another form cannot pass for an empty one.
    assert len(terms) > 40
    assert sorted(terms) == sorted(set(terms))


def test_each_decision_has_the_parts_that_are_promised() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
    assert [text_of(record).split(".")[0] for record in records] == [f"# {n}" for n in range(1, len(records) + 1)]
    for record in records:
        assert re.findall(r"^## (\w+)", text_of(record), re.MULTILINE) == ["Context", "Decision", "Consequences"]


def test_the_version_stands_in_one_place() -> None:
    from settings import VERSION

    assert "version" not in re.findall(
        r"^(\w+) *=", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert f"## {VERSION}" in text_of(ROOT / "CHANGELOG.md")
