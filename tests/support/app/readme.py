"""The README as it is typed in: its commands one by one in a shell, with their output beside what is printed.

Ids, confirmations and dates differ from run to run: each matches any of its kind, and the same one throughout, also in
later commands. `…` matches anything, and white space any white space.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from domain.ids import CONFIRMATION_ID
from settings import Settings

_ADDRESS = re.compile(r"(?:localhost|127\.0\.0\.1):7071")
_READY = re.compile(r"^ready: http://(\S+)$", re.MULTILINE)
_KINDS = (
    r"trip-[0-9a-f]{32}",
    r"c-[\w-]{22}",
    CONFIRMATION_ID.pattern,
    r"(?<![\w-])[0-9a-f]{16}(?!\w)",
    r"(?<=decision-)[0-9a-f]{16}",
    r"\d{4}-\d\d-\d\dT[\d:.]+Z",
    r"\d{4}-\d\d-\d\d(?!T)",
    r"[A-Z][a-z]+day \d{1,2} [A-Z][a-z]+ \d{4}",
)
_VARYING = re.compile("|".join(f"({kind})" for kind in _KINDS))
_FROM_MAKE = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")


@dataclass(frozen=True)
class ShellCommand:
    """One command and what the README prints below it."""

    line: str
    printed: str


def section(readme: str, heading: str) -> str:
    """Return the text below one heading."""
    return readme.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def console(text: str) -> list[ShellCommand]:
    """Return the commands of all `console` blocks of a text, each after a `$`."""
    commands: list[ShellCommand] = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, printed = re.sub(r"\\\n\s*", " ", part).partition("\n")
            commands.append(ShellCommand(line, printed))
    return commands


def script(text: str) -> list[str]:
    """Return the commands of the first `bash` block of a text."""
    block = re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[0]
    lines = re.sub(r"\\\n\s*", " ", block).splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


@dataclass
class Shell:
    """The shell of the commands; variables set by one are there for the next."""

    root: Path
    state: Path
    address: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    """The varying parts of the README, with what they are in this run."""

    def run(self, line: str) -> str:
        """Run a command and return what it writes, errors too."""
        for printed, real in self.parts.items():
            line = line.replace(printed, real)
        if assignment := re.fullmatch(r"([A-Z]+)=(\S+)", line):
            self.variables[assignment[1]] = assignment[2]
            return ""
        line = _ADDRESS.sub(self.address, line)
        ran = subprocess.run(
            ["bash", "-c", line],
            cwd=self.root,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=90,
            check=False,
        )
        return ran.stdout

    def agrees(self, printed: str, real: str) -> bool:
        """Return whether a command wrote what the README prints, and keep what its varying parts are in this run."""
        expected = " ".join(_ADDRESS.sub(self.address, printed).split())
        names: dict[str, str] = {}
        pattern, end = "", 0
        for part in _VARYING.finditer(expected):
            pattern += _literal(expected[end : part.start()])
            end, token = part.end(), part[0]
            if token in self.parts:
                pattern += re.escape(self.parts[token])
            elif token in names:
                pattern += f"(?P={names[token]})"
            else:
                names[token] = f"t{len(names)}"
                pattern += f"(?P<{names[token]}>{_KINDS[(part.lastindex or 1) - 1]})"
        matched = re.fullmatch(pattern + _literal(expected[end:]), " ".join(real.split()))
        if matched:
            self.parts |= {token: matched[name] for token, name in names.items()}
        return matched is not None

    @contextmanager
    def served(self, line: str) -> Generator[str]:
        """Run the app as a `make run …` of the README does, on a free port; yield what it writes until it is ready."""
        log = self.state.parent / f"{self.state.name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                ["bash", "-c", f"exec env {line}"],
                cwd=self.root,
                env=self._environment(),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            deadline = time.monotonic() + 60
            while not (ready := _READY.search(log.read_text(encoding="utf-8"))):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"{line} did not become ready: {log.read_text(encoding='utf-8')}")
                time.sleep(0.05)
            self.address = ready[1]
            yield log.read_text(encoding="utf-8")[: ready.end()]
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=30)

    def _environment(self) -> Mapping[str, str]:
        """Return the environment of a newcomer, but for the port and the state's folder."""
        # A developer's own settings, or those of the `make` that runs the tests, must not help the README along.
        outside = {name.upper() for name in Settings.model_fields} | set(_FROM_MAKE)
        clean = {name: value for name, value in os.environ.items() if name not in outside}
        return clean | {"PORT": "0", "STATE_DIR": str(self.state)} | self.variables


def _literal(text: str) -> str:
    return re.escape(text).replace("…", ".*?")
