"""The conversations of `make eval`, each once with the offline model, and a few with a real client of a model."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scripts.eval import report
from scripts.eval.__main__ import CONVERSATIONS, main
from scripts.eval.case_files import read_cases
from scripts.eval.figures import evaluate
from scripts.eval.hosts import run_cases
from scripts.eval.readme_table import table_in
from support.app.model_server import ModelServer, Received, ServedAnswer, failure, text, tool_calls

pytestmark = pytest.mark.slow

LIVE = """\
topic: Live
case: right each time
traveller: Book me a flight to Oslo
expect: flight Oslo, {+14}

case: right three times of four
traveller: Book me a flight to Rome
expect: flight Rome, {+14}
"""


def test_every_conversation_is_right_or_a_known_fault_and_the_readme_says_so(root: Path) -> None:
    cases = read_cases(CONVERSATIONS, datetime.now(UTC).date())
    evaluation = evaluate(cases, run_cases(cases, {}))
    assert evaluation.passes(strict=True), report.as_text(evaluation, all_transcripts=False)
    table = table_in((root / "README.md").read_text(encoding="utf-8"))
    assert report.as_markdown(evaluation) == table, "run: make eval WRITE=1"


class ForgetfulModel:
    """A model that books what a message names last, and takes Rome for Milan once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: Counter[str] = Counter()

    def answer(self, received: Received) -> ServedAnswer:
        """Answer one request, the call of a tool or words for a reply."""
        if not received.tools:
            return text("Have a good flight!")
        place = "Oslo" if "Oslo" in received.last_text else "Rome"
        with self._lock:
            self._asked[place] += 1
            is_second = self._asked[place] == 2
        destination = "Milan" if place == "Rome" and is_second else place
        return tool_calls(("book_flight", {"destination": destination, "date": ""}))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    with ModelServer() as running:
        for name, value in running.environ().items():
            monkeypatch.setenv(name, value)
        yield running


def test_a_real_model_is_asked_four_times_and_its_figures_are_printed(
    server: ModelServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answer = ForgetfulModel().answer
    cases = tmp_path / "live.txt"
    cases.write_text(LIVE, encoding="utf-8")
    assert main(["--cases", str(cases), "--prices", "1000000,0"]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("model: loopback (openai)\nconversations: 2, repeats of each: 4\n")
    assert "pass^1 87.5%, pass^4 50.0% (4 repeats of each case)" in printed
    assert "8 replies: median" in printed
    assert "not asked for: 1 in 8 conversations." in printed
    # Each of eight conversations asks for a decision, and twice for words; the server counts one token each way.
    assert "24 requests to the model: 24 tokens sent, 24 received, $24.0000" in printed
    assert "booked, but not asked for: flight Milan" in printed


def test_a_model_that_cannot_be_reached_fails_the_case_and_books_nothing(
    server: ModelServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answer = lambda _: failure(401)
    cases = tmp_path / "live.txt"
    cases.write_text(LIVE.partition("\n\n")[0], encoding="utf-8")
    assert main(["--cases", str(cases)]) == 1
    printed = capsys.readouterr().out
    assert "the conversation ended early: the app answered 503" in printed
    assert "No reply came." in printed
    assert "sk-loopback-secret" not in printed


def test_the_offline_model_is_asked_although_another_is_configured(
    server: ModelServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = tmp_path / "live.txt"
    cases.write_text(LIVE, encoding="utf-8")
    assert main(["--cases", str(cases), "--offline"]) == 0
    assert server.received == []
    assert "pass^1" not in capsys.readouterr().out
