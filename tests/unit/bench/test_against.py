"""A comparison of two commits: the other's working tree, and a table with the ratio of both."""

import subprocess
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest

from bench.__main__ import HUB, main
from bench.columns import ALL_WORKS
from bench.travel.against import CommitError, worktree
from bench.travel.cases import Side, Travel
from bench.travel.table import travel_text

_IDENTITY = ("-c", "user.name=bench", "-c", "user.email=bench@example.invalid", "-c", "commit.gpgsign=false")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a repository whose first commit holds `old` in a file, and its second `new`."""
    folder = tmp_path / "repository"
    _git(tmp_path, "init", "--quiet", str(folder))
    for text in ("old", "new"):
        (folder / "version").write_text(text)
        _git(folder, "add", "version")
        _git(folder, *_IDENTITY, "commit", "--quiet", "-m", text)
    return folder


def test_the_other_commit_is_checked_out_and_removed_at_the_end(repository: Path) -> None:
    with worktree("HEAD~1", repository) as (name, app):
        assert (app / "version").read_text() == "old"
        assert _git(repository, "rev-parse", "HEAD~1").startswith(name)

    assert not app.exists()
    assert len(_git(repository, "worktree", "list").splitlines()) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_the_working_tree_is_removed_when_the_run_is_stopped(repository: Path, error: type[BaseException]) -> None:
    folders: list[Path] = []

    def measure() -> None:
        with worktree("HEAD", repository) as (_, app):
            folders.append(app)
            (app / "left over").write_text("a file that git does not know")
            raise error

    with pytest.raises(error):
        measure()

    assert [app.exists() for app in folders] == [False]
    assert len(_git(repository, "worktree", "list").splitlines()) == 1


def test_an_unknown_commit_is_named(repository: Path) -> None:
    with pytest.raises(CommitError), worktree("no-such-commit", repository):
        pytest.fail("there is nothing to measure")


def test_the_command_refuses_an_unknown_commit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bench.__main__.travel", lambda *_: pytest.fail("nothing is measured"))

    with pytest.raises(SystemExit):
        main(["--against", "no-such-commit"])

    assert "--against no-such-commit" in capsys.readouterr().err


def test_the_command_measures_peers_once_and_trips_on_both_sides(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async def measure(_sizes: object, _runs: int, sides: Sequence[Side], into: Travel) -> None:
        for cost, side in enumerate(sides, start=1):
            into.keep(side, {"sqlite.100.1.processor_ms": cost * 10.0})

    monkeypatch.setattr("bench.__main__.travel", measure)
    monkeypatch.setattr("bench.__main__.worktree", lambda _: nullcontext(("abc1234", tmp_path)))
    works: list[str] = []
    monkeypatch.setattr("bench.__main__.Bench.run", lambda _bench, work, _size, _turn: works.append(work))

    assert main(["--quick", "--only", "devhost", "--against", "HEAD~1"]) == 0

    printed = capsys.readouterr().out
    assert "this : abc1234" in printed
    assert "0.50" in printed
    assert works == [*ALL_WORKS, HUB]


def test_the_table_has_both_sides_and_their_ratio() -> None:
    ours = {"per_second": [4.0], "median_ms": [150.0], "p95_ms": [500.0], "processor_ms": [80.0], "syncs": [24.0]}
    theirs = {**ours, "per_second": [2.0], "median_ms": [300.0], "syncs": [48.0]}
    text = travel_text(
        {
            "this": {f"sqlite.100.20.{name}": runs for name, runs in ours.items()},
            "abc1234": {f"sqlite.100.20.{name}": runs for name, runs in theirs.items()},
        }
    )

    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    ratios = dict(zip(rows[0], rows[-1], strict=True))
    assert [row[3] for row in rows[2:]] == ["this", "abc1234", "this : abc1234"]
    assert (ratios["trips/s"], ratios["median ms"], ratios["syncs a trip"]) == ("2.00", "0.50", "0.50")
    # Neither side has a figure of requests.
    assert ratios["requests a trip"] == "–"


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True).stdout
