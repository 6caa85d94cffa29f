"""Make the project's virtual environment and install the requirements, unless both are up to date.

This file runs on any `python3`, even an old one, with the standard library alone. It looks for Python 3.11 to 3.14 and
says in one sentence if there is none, or if it cannot make virtual environments.
"""

import hashlib
import os
import subprocess
import sys
from typing import IO, cast

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))
# The versions that Azure Functions offers. Where the caller's own Python is none of them, the first one found is taken.
SUITABLE = ((3, 13), (3, 12), (3, 11), (3, 14))
NONE_FOUND = (
    "This project needs Python 3.11, 3.12, 3.13 or 3.14, and none of them was found: "
    "install one, or name it with PYTHON=/path/to/python3.13."
)
NO_VENV = (
    "{} cannot make virtual environments, because its module venv or ensurepip is missing: "
    "install it (on Debian and Ubuntu: apt install python{}.{}-venv), "
    "or name another Python with PYTHON=/path/to/python3.13."
)


def version_of(command: "list[str]") -> "tuple[int, int] | None":
    """Return the (major, minor) of a Python command, or None if it cannot be run."""
    try:
        shown = subprocess.run(
            [*command, "-c", "import sys; print(*sys.version_info[:2])"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        major, minor = shown.stdout.split()
        return int(major), int(minor)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None


def suitable_python() -> "list[str] | None":
    """Return the command of a Python that the project runs on, or None if there is none."""
    candidates = [[sys.executable]]
    for version in SUITABLE:
        candidates.append(["python{}.{}".format(*version)])
        # Windows installs no commands with the version in their names, but a launcher.
        candidates.append(["py", "-{}.{}".format(*version)])
    candidates += [["python3"], ["python"]]
    for command in candidates:
        if version_of(command) in SUITABLE:
            return command
    return None


def makes_environments(command: "list[str]") -> bool:
    """Return whether this Python has the modules that make a virtual environment with pip in it."""
    # Debian leaves ensurepip out of Python itself; `python -m venv` then fails after it has made half an environment.
    return subprocess.run([*command, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL).returncode == 0


def digest_of(requirements: "list[str]") -> str:
    """Return a digest of the requirements files."""
    digest = hashlib.sha256()
    for name in requirements:
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def stamp_of(name: str) -> str:
    """Return the path of the file that keeps the digest of what was installed."""
    return os.path.join(VENV, "installed-" + name)


def stamped(name: str) -> "str | None":
    """Return the digest of what is installed, or None if nothing is."""
    if not os.path.exists(stamp_of(name)):
        return None
    with open(stamp_of(name)) as file:
        return file.read()


def make_environment() -> "str | None":
    """Make the virtual environment. Return a sentence that says why it could not be made, or None."""
    python = suitable_python()
    if python is None:
        return NONE_FOUND
    if not makes_environments(python):
        return NO_VENV.format(" ".join(python), *(version_of(python) or SUITABLE[0]))
    print("making the virtual environment in .venv", flush=True)
    if subprocess.run([*python, "-m", "venv", "--clear", VENV]).returncode:
        return "The virtual environment in .venv could not be made; the message above tells why."
    return None


def install(requirements: str) -> bool:
    """Install the requirements with pip, with a line for each package. Return whether all of them were installed."""
    command = [VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    pip = subprocess.Popen([*command, "-r", requirements], cwd=ROOT, stdout=subprocess.PIPE, universal_newlines=True)
    with pip:
        for line in cast("IO[str]", pip.stdout):
            # The first minute is this: a newcomer sees that it goes on.
            if line.startswith("Collecting "):
                print("  " + line.split()[1], flush=True)
    return pip.returncode == 0


def main(arguments: "list[str]") -> int:
    requirements = ["requirements.txt"] + (["requirements-dev.txt"] if "--dev" in arguments else [])
    # The requirements for development include those of the app, so both stamps are written at once.
    stamps = {requirements[-1]: digest_of(requirements), "requirements.txt": digest_of(["requirements.txt"])}
    usable = version_of([VENV_PYTHON]) in SUITABLE
    if usable and stamped(requirements[-1]) == stamps[requirements[-1]]:
        return 0
    if not usable:
        problem = make_environment()
        if problem is not None:
            sys.stderr.write(problem + "\n")
            return 1
    print("installing " + requirements[-1], flush=True)
    if not install(requirements[-1]):
        sys.stderr.write("The packages could not be installed; pip's message above tells why.\n")
        return 1
    for name, digest in stamps.items():
        with open(stamp_of(name), "w") as file:
            file.write(digest)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
