"""The command line of `make eval`: what is run, and what is refused before anything runs."""

from pathlib import Path

import pytest

from scripts.eval.__main__ import CONVERSATIONS, main, model_variables
from scripts.eval.readme_table import DOCUMENT


def test_the_variables_of_the_model_and_no_others_are_those_of_the_app() -> None:
    environment = {"OPENAI_MODEL": "m", "AZURE_OPENAI_ENDPOINT": "e", "MODEL_TIMEOUT_SECONDS": "9", "STATE_DIR": "s"}
    assert set(model_variables(environment)) == {"OPENAI_MODEL", "AZURE_OPENAI_ENDPOINT", "MODEL_TIMEOUT_SECONDS"}


def test_a_file_that_cannot_be_read_ends_the_run_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = tmp_path / "mine.txt"
    cases.write_text("case: a\ntraveler: hi\n", encoding="utf-8")
    assert main(["--cases", str(cases)]) == 2
    assert (
        f"eval: {cases}:2: a line cannot begin with 'traveler'; did you mean `traveller:`?" in capsys.readouterr().err
    )


def test_sentences_that_miss_an_aim_fail_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sentences = tmp_path / "mine.txt"
    sentences.write_text("a flight to Oslo tomorrow => nothing\n", encoding="utf-8")
    assert main(["--sentences", str(sentences)]) == 1
    assert "not asked for: 1 in 1 sentences" in capsys.readouterr().out
    sentences.write_text("a hotel in Rome => ask\n", encoding="utf-8")
    assert main(["--sentences", str(sentences)]) == 0


@pytest.mark.parametrize("arguments", [["--cases", str(CONVERSATIONS)], ["--sentences", "x.txt"]])
def test_the_readme_s_table_is_about_all_conversations(arguments: list[str]) -> None:
    before = DOCUMENT.read_bytes()
    assert main(["--write", *arguments]) == 2
    assert DOCUMENT.read_bytes() == before


def test_the_readme_s_table_is_the_offline_model_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_MODEL", "m")
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    assert main(["--write"]) == 2
