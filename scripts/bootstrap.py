"""Make the project's virtual environment and install the requirements, unless both are up to date.

This file runs on any `python3`, even an old one, with the standard library alone. It looks for Python 3.12 or 3.11 and
says in one sentence if there is none.
"""

import hashlib
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))
SUITABLE = ((3, 12), (3, 11))
NONE_FOUND = (
    "This project needs Python 3.11 or 3.12 (azure-functions 1.x runs on no later one), and neither was found: "
    "install one of them, or name it with PYTHON=/path/to/python3.12."
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


def main(arguments: "list[str]") -> int:
    requirements = ["requirements.txt"] + (["requirements-dev.txt"] if "--dev" in arguments else [])
    # The requirements for development include those of the app, so both stamps are written at once.
    stamps = {requirements[-1]: digest_of(requirements), "requirements.txt": digest_of(["requirements.txt"])}
    usable = version_of([VENV_PYTHON]) in SUITABLE
    if usable and stamped(requirements[-1]) == stamps[requirements[-1]]:
        return 0
    if not usable:
        python = suitable_python()
        if python is None:
            sys.stderr.write(NONE_FOUND + "\n")
            return 1
        print("making the virtual environment in .venv", flush=True)
        subprocess.run([*python, "-m", "venv", "--clear", VENV], check=True)
    print("installing " + requirements[-1], flush=True)
    install = [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements[-1]]
    if subprocess.run(install, cwd=ROOT).returncode:
        sys.stderr.write("The packages could not be installed; pip's message above tells why.\n")
        return 1
    for name, digest in stamps.items():
        with open(stamp_of(name), "w") as file:
            file.write(digest)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
