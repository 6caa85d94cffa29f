"""The app of the old code, in a process whose threads stop for ever after the writes that the file at STOPS names.

`make.py` serves it, so that one kill -9 finds many trips at work, each at a known point. A write is named as the chaos
tests of the old code name it. STOPS holds a JSON object: each write with the number of its occurrence to stop at. What
was stopped at is appended to STOPS with `.met`.
"""

import json
import os
import sys
import threading
from collections import Counter
from importlib import util
from pathlib import Path
from typing import Any

CODE = Path(os.environ["OLD_CODE"])
sys.path[1:1] = [str(CODE), str(CODE / "tests" / "support")]


class Stops:
    """Takes the reports of the chaos tests' hooks, one for each write."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def own(self, label: str) -> None:
        stops = json.loads(self._file.read_text())
        if label not in stops:
            return
        with self._lock:
            self._counts[label] += 1
            is_due = self._counts[label] == stops[label]
        if is_due:
            with self._file.with_suffix(".met").open("a") as met:
                met.write(label + "\n")
            threading.Event().wait()


def stop_after_writes(stops: Any) -> None:
    """Report every write of the ledger, of the conversations and of the companies' books."""
    import support_chaos_points as points

    from suppliers.sqlite_book import SqliteBook
    from suppliers.table_book import TableBook

    points._arm_stores(stops)
    for book in (SqliteBook, TableBook):
        book.change = points._watched(book.change, stops)


stop_after_writes(Stops(Path(os.environ["STOPS"])))
spec = util.spec_from_file_location("travel_app", CODE / "function_app.py")
assert spec
assert spec.loader
travel_app = util.module_from_spec(spec)
spec.loader.exec_module(travel_app)
app = travel_app.app
