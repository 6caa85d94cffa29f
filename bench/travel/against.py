"""Another commit of this project in a separate working tree, to be measured beside this one."""

import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import ROOT


class CommitError(Exception):
    """The commit cannot be had; the text says why."""


@contextmanager
def worktree(commit: str, repository: Path = ROOT) -> Generator[tuple[str, Path]]:
    """Check out the commit into a temporary folder, which is removed at the end; yield its short name and the folder.

    Raise CommitError.
    """
    name = _git(repository, "rev-parse", "--short", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
    with tempfile.TemporaryDirectory(prefix="bench-against-", ignore_cleanup_errors=True) as folder:
        app = Path(folder) / "app"
        try:
            _git(repository, "worktree", "add", "--detach", "--quiet", str(app), name)
            yield name, app
        finally:
            # Twice forced: a checkout that was interrupted is still locked.
            subprocess.run(
                ["git", "-C", str(repository), "worktree", "remove", "--force", "--force", str(app)],
                capture_output=True,
            )


def _git(repository: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, text=True)
    except FileNotFoundError as error:
        raise CommitError("git is not on this machine") from error
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise CommitError(lines[-1] if lines else f"git {arguments[0]} knows nothing of it")
    return done.stdout.strip()
