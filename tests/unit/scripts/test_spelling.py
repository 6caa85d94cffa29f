"""The spell check reads prose and nothing else, and says why where it cannot check."""

from pathlib import Path

import pytest

from scripts import spelling
from scripts.style.prose import documents, passages, short_forms, words
from scripts.style.sources import read_sources

FAKE = "#!/bin/sh\n# Knows every word but one, as `hunspell -l` lists the unknown ones.\ngrep -x teh || true\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project with one mistake in its document and one in its code, and a dictionary that knows both."""
    for path, text in {
        "bin/hunspell": FAKE,
        "docs/start.md": "# Start\n\nRead teh first page.\n\n```bash\nteh command\n```\n",
        "domain/a.py": '"""First line.\n\nNot `teh\nname` but teh word.\n"""\n\nteh = 1  # teh reason\n',
        spelling.WORD_LIST: "# Words.\nwidget  # of the trade\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    (tmp_path / "bin/hunspell").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return tmp_path


def test_unknown_words_are_named_with_their_place(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert spelling.main([], project) == 1
    report = capsys.readouterr().out.splitlines()
    assert report[:-1] == ["domain/a.py:4: teh", "domain/a.py:7: teh", "docs/start.md:3: teh"]


def test_only_the_files_named_are_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert spelling.main(["docs/start.md", "Makefile"], project) == 1
    assert capsys.readouterr().out.startswith("docs/start.md:3: teh\n1 words")


def test_words_of_the_project_are_known(project: Path) -> None:
    (project / spelling.WORD_LIST).write_text("Teh\n", encoding="utf-8")
    assert spelling.main([], project) == 0


@pytest.mark.parametrize(("ci", "exit_code"), [("", 0), ("true", 1)])
def test_without_a_dictionary_the_reason_is_printed(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ci: str, exit_code: int
) -> None:
    monkeypatch.setenv("PATH", str(project))
    monkeypatch.setenv("CI", ci)
    assert spelling.main([], project) == exit_code
    assert capsys.readouterr().out == f"spelling: skipped, hunspell is not installed ({spelling.INSTALL})\n"


def test_names_of_the_code_are_no_words() -> None:
    text = "The trip's rows at /api/chat are made by run_once, v2, SQLite, --strict, a.b, key=value and <key>."
    assert " ".join(words(text)) == "The trip rows at are made by and"


def test_short_forms_are_found_and_possessives_are_not() -> None:
    text = "It's the host's file; that's why we can't, don’t and won't use what's there, though they've tried."
    assert short_forms(text) == ["It's", "that's", "can't", "don’t", "won't", "what's", "they've"]


def test_the_word_list_is_in_order_and_has_no_word_twice(root: Path) -> None:
    lines = (root / spelling.WORD_LIST).read_text(encoding="utf-8").splitlines()
    listed = [line.partition("#")[0].strip().casefold() for line in lines if not line.startswith("#")]
    assert listed == sorted(set(listed))


def test_the_project_has_prose_to_check(root: Path) -> None:
    paths = {passage.path for passage in passages(root, read_sources(root), documents(root))}
    assert {"README.md", "docs/glossary.md", "function_app.py", "settings.py"} <= paths
