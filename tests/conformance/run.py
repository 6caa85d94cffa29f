"""Hold the dev host to the recordings of the real extension.

    python tests/conformance/run.py [NAME ...]

Starts dev hosts on the kit's app, with each of its host.json files, drives them through the scenarios (all, or those
named) and compares. Prints each difference that is allowed with its reason, and each that is not; the exit
status is 1 if there is one. All take about three minutes.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
KIT = HERE / "kit"
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from devhost.testing import running_host  # noqa: E402 -- the script is run by its path

HOSTS = 3
"""The number of hosts that share the scenarios of the first host.json, which spend most of their time waiting."""

UNKNOWN = "an unknown function fails its task with a clear text; the real host leaves the instance in Running for ever"
WRAPPER = "an entity function that breaks answers its calls with an error; the real host tries it again without end"
PURGE = "a purge by filter deletes only what has ended; the real host deletes running instances too"
CHAIN = "a retry chain that was used up starts anew after a rewind; on the real host its replay is non-deterministic"


@dataclass(frozen=True)
class Allowed:
    """A difference on purpose: lines of `scenario` that match `pattern`."""

    scenario: str
    pattern: str
    reason: str


_CALLS_OF_UNKNOWN = ("unknown_activity", "unknown_then", "sub_unknown", "entity_unknown")
_CALLS_BY_OTHER_NAMES = ("alias_by_method", "alias_by_function_name")
ALLOWED = (
    *(Allowed(scenario, ".*", UNKNOWN) for scenario in (*_CALLS_OF_UNKNOWN, *_CALLS_BY_OTHER_NAMES)),
    Allowed("raw_entity_answers", ".*", WRAPPER),
    Allowed(
        "purge_api", r"DELETE instances\?createdTimeFrom=|left: value\.(done|failed|term|run): want str '404'", PURGE
    ),
    Allowed(
        "rewind_api", r"GET instances/<id 4>\?|executions\.retry_gone <id 4> #1\.|activities\[\d\]: want nothing", CHAIN
    ),
)


@dataclass(frozen=True)
class Result:
    """The differences that the comparison printed for one scenario; none where it is as recorded."""

    scenario: str
    differences: tuple[str, ...]

    @property
    def forbidden(self) -> tuple[str, ...]:
        return tuple(line for line in self.differences if reason_for(self.scenario, line) is None)


def reason_for(scenario: str, line: str) -> str | None:
    """Return why this difference is allowed, or None."""
    for allowed in ALLOWED:
        if allowed.scenario == scenario and re.match(allowed.pattern, line):
            return allowed.reason
    return None


def names(*, options: bool) -> list[str]:
    """Return the scenarios for the one host.json or the other."""
    listed = subprocess.run(
        [sys.executable, "check.py", "--list"], cwd=KIT, capture_output=True, text=True, check=True
    ).stdout
    scenarios = [line.split()[0] for line in listed.splitlines()]
    return [name for name in scenarios if name.startswith("options_") == options]


def compare(
    scenarios: Sequence[str], *, options: bool, echo: bool = False, env: Mapping[str, str] | None = None
) -> list[Result]:
    """Run the scenarios on a fresh host, with `env` in its environment.

    Raise `CalledProcessError` when the kit itself fails.
    """
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        record = Path(folder) / "record.jsonl"
        with running_host(
            KIT / "app",
            env={"RECORD_FILE": str(record), **(env or {})},
            strict=False,
            host_json=KIT / "app" / ("host.options.json" if options else "host.json"),
            # A scenario asks under this name, and the real extension does not look at it.
            arguments=("--allowed-host", "example.test"),
        ) as host:
            command = [sys.executable, "-u", "check.py", "--url", host.url, "--rpc", _rpc_url(host.logs)]
            command += ["--record", str(record), "--lines", "1000000", *(["--options"] if options else []), *scenarios]
            lines: list[str] = []
            with subprocess.Popen(command, cwd=KIT, stdout=subprocess.PIPE, text=True) as process:
                for line in process.stdout or ():
                    lines.append(line.rstrip("\n"))
                    if echo:
                        _tell(lines[-1])
            if process.returncode not in (0, 1):
                raise subprocess.CalledProcessError(process.returncode, command, "\n".join(lines))
    pairs = [line.partition(": ")[::2] for line in lines]
    return [Result(name, tuple(what for of, what in pairs if of == name and what != "ok")) for name in scenarios]


def _rpc_url(logs: str) -> str:
    client = re.search(r"Durable client: (http://[^/]+)", logs)
    assert client is not None, logs
    return client[1]


def _tell(line: str) -> None:
    scenario, _, what = line.partition(": ")
    reason = None if what == "ok" or not what else reason_for(scenario, what)
    print(line if reason is None else f"{scenario}: allowed: {what[:160]}", flush=True)


def main() -> int:
    asked = sys.argv[1:]
    plain = [name for name in names(options=False) if not asked or name in asked]
    with_options = [name for name in names(options=True) if not asked or name in asked]
    shares = [plain[number::HOSTS] for number in range(HOSTS)] + [with_options]
    with ThreadPoolExecutor(len(shares)) as pool:
        compared = [pool.submit(compare, share, options=share is with_options, echo=True) for share in shares if share]
    results = [result for share in compared for result in share.result()]
    wrong = [result for result in results if result.forbidden]
    differing = {result.scenario for result in results if result.differences and not result.forbidden}
    print(f"\n{len(results)} scenarios: {len(results) - len(wrong) - len(differing)} as recorded")
    for scenario in sorted(differing):
        reasons = {a.reason for a in ALLOWED if a.scenario == scenario}
        print(f"on purpose otherwise: {scenario}: {'; '.join(sorted(reasons))}")
    for result in wrong:
        print(f"DIFFERS: {result.scenario}: {len(result.forbidden)} lines, the first: {result.forbidden[0]}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
