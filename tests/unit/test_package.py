"""The app alone is deployed: `.funcignore` leaves out all that only developers need, and nothing misses it."""

import fnmatch
import shutil
import subprocess
import sys
from pathlib import Path

ROOMS = {"activities", "agents", "api", "domain", "orchestrators", "storage", "stores", "suppliers"}
FILES = {"function_app.py", "process.py", "settings.py", "host.json", "requirements.txt"}


TOOLS = {"audit", "devhost", "tests", "bench", "scripts", "docs"}
PAPERS = {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", ".editorconfig"}
OURS = TOOLS | PAPERS | {"Makefile", "pyproject.toml", "requirements-dev.txt", ".pre-commit-config.yaml"}
LEFT_BEHIND = {".git", ".gitignore", ".ci", ".venv", ".state", ".azurite", ".pytest_cache", "local.settings.json"}


def packed(root: Path, names: set[str]) -> set[str]:
    """Return those entries of the top folder that are deployed."""
    ignored = [line.strip().rstrip("/") for line in (root / ".funcignore").read_text().splitlines() if line.strip()]
    return {name for name in names if not any(fnmatch.fnmatch(name, pattern) for pattern in ignored)}


def test_the_app_is_packed_and_nothing_that_only_developers_need(root: Path) -> None:
    assert packed(root, ROOMS | FILES | OURS | LEFT_BEHIND) == ROOMS | FILES
    assert {name for name in ROOMS | FILES | OURS if not (root / name).exists()} == set()


def test_the_packed_app_loads_by_itself(root: Path, tmp_path: Path) -> None:
    for name in ROOMS | FILES:
        copy = shutil.copytree if (root / name).is_dir() else shutil.copy
        copy(root / name, tmp_path / name)
    look = "import function_app, sys; print(len(function_app.app.get_functions()), *sys.modules)"
    run = subprocess.run([sys.executable, "-c", look], cwd=tmp_path, capture_output=True, text=True, check=True)
    functions, *modules = run.stdout.split()
    assert int(functions) > 40
    assert {name.partition(".")[0] for name in modules} & {"devhost", "scripts", "bench", "pytest"} == set()
