"""The first command of a newcomer takes any Python that Azure offers, and says in one sentence if it cannot."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from scripts import bootstrap

MAKE = shutil.which("make")


class Machine:
    """A PATH on which every Python is a shell script that answers as the wanted version would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def has(self, name: str, version: str, *, venv: bool = True) -> None:
        command = self.folder / name
        command.write_text(
            "#!/bin/sh\n"
            f'case "$*" in *version_info*) echo {version.replace(".", " ")};; *ensurepip*) exit {0 if venv else 1};;\n'
            f'*venv*) echo "{name} made an environment"; exit 1;; esac\n'
        )
        command.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(machine.folder))
    monkeypatch.setattr(bootstrap, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", str(tmp_path / ".venv" / "bin" / "python"))
    monkeypatch.setattr(sys, "executable", str(machine.folder / "python3"))
    return machine


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_every_version_that_azure_offers_is_taken(machine: Machine, version: str) -> None:
    machine.has("python3", version)
    assert bootstrap.suitable_python() == [sys.executable]


@pytest.mark.parametrize("version", ["2.7", "3.9", "3.10", "3.15", "4.0"])
def test_another_version_is_refused_in_one_sentence(
    machine: Machine, capsys: pytest.CaptureFixture[str], version: str
) -> None:
    machine.has("python3", version)
    assert bootstrap.main([]) == 1
    assert capsys.readouterr() == ("", bootstrap.NONE_FOUND + "\n")


def test_a_suitable_python_of_another_name_is_found(machine: Machine) -> None:
    machine.has("python3", "3.9")
    machine.has("python3.13", "3.13")
    assert bootstrap.suitable_python() == ["python3.13"]


def test_no_python_at_all_is_one_sentence(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main([]) == 1
    assert capsys.readouterr().err == bootstrap.NONE_FOUND + "\n"


def test_a_python_without_its_venv_module_is_one_sentence(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.has("python3", "3.13", venv=False)
    assert bootstrap.main([]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert "apt install python3.13-venv" in printed.err


def test_an_environment_that_cannot_be_made_is_one_sentence(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.has("python3", "3.13")
    assert bootstrap.main([]) == 1
    assert (
        capsys.readouterr().err == "The virtual environment in .venv could not be made; the message above tells why.\n"
    )


@pytest.mark.skipif(MAKE is None, reason="make is not installed")
@pytest.mark.parametrize("named", ["", "PYTHON=no-such-python"])
def test_make_says_so_where_there_is_no_python(machine: Machine, root: Path, named: str) -> None:
    (machine.folder / "sh").symlink_to("/bin/sh")
    command = [str(MAKE), "run", "SHELL=/bin/sh", *([named] if named else [])]
    ended = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, env={"PATH": str(machine.folder)}
    )
    assert ended.returncode != 0
    assert ended.stderr.startswith("This project needs Python 3.11, 3.12, 3.13 or 3.14, and ")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(("version", "library"), [("3.11", "1."), ("3.12", "1."), ("3.13", "2."), ("3.14", "2.")])
def test_each_version_gets_the_library_that_azures_worker_has(root: Path, version: str, library: str) -> None:
    lines = (root / "requirements.txt").read_text().splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    chosen = [
        str(requirement.specifier)
        for requirement in requirements
        if requirement.name == "azure-functions"
        and (requirement.marker is None or requirement.marker.evaluate({"python_version": version}))
    ]
    assert len(chosen) == 1
    assert chosen[0].startswith(f"=={library}")
