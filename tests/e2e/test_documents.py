"""The commands of CONTRIBUTING and of the documents run as they are printed."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from scripts.style.prose import documents

ROOT = Path(__file__).resolve().parents[2]
LONG = ("make check", "make test", "make chaos", "make conformance")
"""Whole suites, which are only looked up: one of them runs this test."""

ELSEWHERE = {
    "README.md": "tests/e2e/test_readme.py",
    "docs/api.md": "tests/e2e/test_readme.py",
    "docs/devhost/README.md": "tests/e2e/test_readme.py",
    "docs/azure.md": "needs Core Tools and an account",
}
"""Documents that are not run here: the test that runs them, or why none does."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="the shell of the documents is a POSIX one"),
]


def commands() -> list[str]:
    """Return each command of a `bash` block once."""
    paths = [path for path in documents(ROOT) if path.relative_to(ROOT).as_posix() not in ELSEWHERE]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    blocks = [block for text in texts for block in re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL)]
    lines = [line for block in blocks for line in block.splitlines()]
    return list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_documents_runs(command: str) -> None:
    # Without files it has all conversations, as tests/evals/test_conversations.py does.
    is_long = command.startswith(LONG) or command == "make eval"
    # Variables of the make that runs this test would change what the inner one does.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(
        ["bash", "-c", command.replace("make", "make --dry-run", 1) if is_long else command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        # Less than the 120 seconds of a test, so that a command that hangs is named.
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
