"""The choice of activities that run on the engine thread: for quick ones, a worker thread costs more than they take."""

from dataclasses import dataclass

# For a shorter run, handing it to a worker thread and back costs more than the run itself.
QUICK_SECONDS = 0.001
LATE_SECONDS = 0.01
SLOW_SECONDS = 0.1
RUNS_NEEDED = 5
MOST_RUNS_NEEDED = 80


@dataclass(slots=True)
class _Record:
    quick_runs: int = 0
    needed: int = RUNS_NEEDED
    is_running_inline: bool = False
    is_barred: bool = False


class InlinePolicy:
    """Decides by each activity's earlier runs whether it may run inline. Used on the engine thread only.

    An activity may run inline after `RUNS_NEEDED` quick runs in a row on workers. One that then takes `LATE_SECONDS`
    needs twice as many quick runs each time, at most `MOST_RUNS_NEEDED`: on a busy machine any code is late now and
    then. One that takes `SLOW_SECONDS` never runs inline again. While an activity runs inline it counts as not quick,
    so that one that gets stuck blocks the engine thread only once.
    """

    def __init__(self) -> None:
        self._records: dict[str, _Record] = {}

    def is_quick(self, name: str) -> bool:
        """Return whether the activity may run inline now."""
        record = self._records.get(name)
        if record is None or record.is_barred or record.is_running_inline:
            return False
        return record.quick_runs >= record.needed

    def begins_inline(self, name: str) -> None:
        """Note that the activity now runs on the engine thread."""
        self._records[name].is_running_inline = True

    def ran(self, name: str, seconds: float, *, is_inline: bool) -> None:
        """Note one run with its time, which includes reading the input and writing the result."""
        record = self._records.setdefault(name, _Record())
        if is_inline:
            record.is_running_inline = False
        if seconds < QUICK_SECONDS:
            # A slower run inline below LATE_SECONDS changes nothing: the machine may have been busy.
            record.quick_runs += 1
        elif not is_inline:
            record.quick_runs = 0
        elif seconds >= SLOW_SECONDS:
            record.is_barred = True
        elif seconds >= LATE_SECONDS:
            record.quick_runs, record.needed = 0, min(record.needed * 2, MOST_RUNS_NEEDED)
