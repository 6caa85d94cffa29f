"""Hosts of an evaluation: cases with the same settings of the suppliers share one, which begins with nothing."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from audit.findings import TripAudit
from audit.grouping import grouped
from audit.installation import examine
from devhost.testing import running_host
from scripts.app_settings import ROOT
from scripts.eval.cases import Case
from scripts.eval.transcripts import HostRun, TripBooks
from scripts.eval.traveller import converse
from scripts.run import DIALS
from settings import Settings

AT_ONCE = 4
"""Conversations at the same time."""
_CALM = dict.fromkeys(DIALS, "0")
# Every case begins a session, and nobody waits for the next minute.
_NO_LIMITS = {"SESSIONS_PER_MINUTE": "1000", "RATE_CHAT_PER_MINUTE": "1000"}
_NOTHING_SET = {name.upper(): "" for name in Settings.model_fields}


def run_cases(cases: Sequence[Case], model: Mapping[str, str], repeats: int = 1) -> Iterator[HostRun]:
    """Yield a run for each set of dials that the cases name. `model` are the variables that name a model, if any."""
    for dials, of_host in grouped(cases, lambda case: case.dials).items():
        with tempfile.TemporaryDirectory(prefix="travel-eval-") as folder:
            environment = _NOTHING_SET | _CALM | _NO_LIMITS | dict(dials) | dict(model)
            yield _run_host([*of_host] * repeats, Path(folder), environment)


def _run_host(cases: Sequence[Case], state: Path, environment: Mapping[str, str]) -> HostRun:
    host_environment = {**environment, "STATE_DIR": str(state)}
    with running_host(ROOT, state_dir=state, env=host_environment) as host, ThreadPoolExecutor(AT_ONCE) as pool:
        transcripts = tuple(pool.map(partial(converse, host), cases))
        log = host.logs
    # The host has ended, so nothing changes while the books are read.
    report = examine(Settings(state_dir=state))
    books = {trip.trip: _trip_books(trip) for trip in report.trips}
    orphans = tuple(difference.text for difference in report.unexplained if difference.trip not in books)
    return HostRun(transcripts, books, orphans, log)


def _trip_books(trip: TripAudit) -> TripBooks:
    sums: Counter[str] = Counter()
    for of_currency in trip.totals.by_currency.values():
        sums["captured"] += of_currency.captured
        sums["refunded"] += of_currency.refunded
        sums["kept"] += of_currency.kept
    unexplained = grouped(trip.differences, lambda difference: difference.explanation)[None]
    return TripBooks(sums, tuple(difference.text for difference in unexplained))
