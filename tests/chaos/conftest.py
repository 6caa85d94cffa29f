"""Fixtures of the chaos tests, and the end of a run's output: what was met, and how to repeat what failed."""

import logging
import os
import uuid
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.chaos.runs import SEED
from support.orchestrations.installation import quick_folder, real_activities
from support.orchestrations.services import RealActivities

_ENOUGH = 300
"""So many runs of a test have to meet each thing that it counts at least once."""


@pytest.fixture(scope="session")
def activities() -> Iterator[RealActivities]:
    with real_activities() as real:
        yield real


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as path:
        yield path


@pytest.fixture
def dials(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the settings of a fresh installation on the storage that the test's parameter names."""
    if request.param == "sqlite":
        return {}
    account = request.getfixturevalue("azurite_account")
    return {"store": "tables", "tables_connection_string": account, "tables_prefix": f"c{uuid.uuid4().hex[:16]}"}


@pytest.fixture
def met(request: pytest.FixtureRequest) -> Iterator[Counter[str]]:
    """Count what happens in a test; what is set to 0 has to happen in some of many runs."""
    counts = Counter[str]()
    yield counts
    request.node.user_properties.append(("met", dict(counts)))


@pytest.fixture(autouse=True)
def _no_log() -> Iterator[None]:
    # What the app logs about all these faults would fill pages.
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        callspec = getattr(item, "callspec", None)
        seed = callspec.params.get("seed", SEED) if callspec else SEED
        command = f'CHAOS_RUNS=full CHAOS_SEED={seed} .venv/bin/python -m pytest "{item.nodeid}"'
        report.sections.append(("repeat with", command))
    return report


def pytest_configure(config: pytest.Config) -> None:
    # The processes that run the tests inherit it.
    os.environ["CHAOS_SEED"] = str(SEED)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Tally())


class _Tally:
    """Adds up what all processes met. What was not met was not proven either, and fails the run."""

    def __init__(self) -> None:
        self._met = defaultdict[str, Counter[str]](Counter)
        self._chances = Counter[tuple[str, str]]()
        """The runs of a test that could have met something."""

    def pytest_report_header(self) -> str:
        return f"CHAOS_SEED={SEED}"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        counts = dict(report.user_properties).get("met")
        if report.when == "teardown" and isinstance(counts, dict):
            test = report.nodeid.partition("[")[0]
            self._met[test].update(counts)
            self._chances.update((test, kind) for kind in counts)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._missing():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._met:
            terminalreporter.section(f"met by CHAOS_SEED={SEED}")
        for test, counts in self._met.items():
            terminalreporter.line(f"{test}: {dict(counts.most_common())}")
        for test, kind in self._missing():
            terminalreporter.line(f"{test}: {kind!r} never happened", red=True)

    def _missing(self) -> list[tuple[str, str]]:
        return [key for key, runs in self._chances.items() if runs >= _ENOUGH and not self._met[key[0]][key[1]]]
