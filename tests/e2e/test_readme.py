"""The commands of the README and of the documents it leads to run as printed and answer what is printed."""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from support.app.readme import Shell, console, script, section

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="the README's shell is a POSIX one"),
]


def document(root: Path, path: str) -> str:
    return (root / path).read_text(encoding="utf-8")


def expect(shell: Shell, line: str, printed: str, patience: float = 0) -> None:
    """Run a command, and repeat one that only looks while patience lasts."""
    deadline = time.monotonic() + patience
    while not shell.agrees(printed, answered := shell.run(line)):
        if time.monotonic() > deadline:
            raise AssertionError(f"$ {line}\nThe document prints:\n{printed}\nbut what comes is:\n{answered}")
        time.sleep(0.5)


def test_the_first_trip_and_every_request_of_the_api_answer_as_printed(root: Path, tmp_path: Path) -> None:
    shell = Shell(root, tmp_path / "state")
    run, *commands = console(section(document(root, "README.md"), "A trip"))
    assert run.line.startswith("make run")
    with shell.served(run.line) as output:
        assert shell.agrees(run.printed, output), output
        for command in commands:
            expect(shell, command.line, command.printed)
        refusals = [refusal(shell, line) for line in script(document(root, "docs/api.md"))]
        refused = [refused for refused in refusals if refused]
        # The quote's id is an example; only a trip that waits takes an answer.
        unknown = ("$QUOTE", 404, "quote_not_found")
        assert refused == [unknown, unknown, ("answer", 409, "not_waiting")]


def refusal(shell: Shell, line: str) -> tuple[str, int, str] | None:
    """Send a request and return its route, status and code if it was refused."""
    body, _, status = shell.run(line.replace("curl -s", "curl -s -w '\n%{http_code}'")).rpartition("\n")
    if not status or int(status) < 400:
        return None
    return line.partition(" -H")[0].rpartition("/")[2], int(status), json.loads(body)["code"]


def test_the_way_through_a_failed_cancellation_answers_as_printed(root: Path, tmp_path: Path) -> None:
    shell = Shell(root, tmp_path / "state")
    run, *commands = console(document(root, "docs/needs-attention.md"))
    assert "SIM_FAIL_REFUND=1" in run.line
    with shell.served(run.line):
        for command in commands:
            looks = command.line.startswith(("curl -s localhost", "make audit"))
            expect(shell, command.line, command.printed, patience=90 if looks else 0)


def test_the_demo_ends_as_it_tells(root: Path, tmp_path: Path) -> None:
    shell = Shell(root, tmp_path / "state")
    output = shell.run("make demo")
    assert output.rstrip().endswith("All three ended as they should."), output
    assert not shell.state.exists(), "the demo has a state of its own"


def test_the_development_host_takes_the_options_that_are_printed(root: Path) -> None:
    command = [str(root / ".venv/bin/python"), "-m", "devhost", "start", "--help"]
    help_text = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    [line] = script(document(root, "docs/devhost/README.md"))
    assert set(options(line)) == set(options(help_text)) - {"--help"}


def options(text: str) -> list[str]:
    return [word.strip("[]|") for word in text.replace(",", " ").split() if word.strip("[").startswith("--")]
