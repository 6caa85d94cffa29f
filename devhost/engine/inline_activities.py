"""The choice of activities that run on the engine thread: for most, a worker thread costs more than it saves."""

from dataclasses import dataclass
from typing import NamedTuple

SLOW_SECONDS = 0.1
STUCK_SECONDS = 0.25
WAITED_SECONDS = 0.003
MOST_WAITED_SECONDS = 0.15
RUNS_NEEDED = 5
MOST_RUNS_NEEDED = 80
LATE_SECONDS = 0.01
MOST_LATE_RUNS = 5
_WAITED_PER_COMPUTED = 4


class RunTime(NamedTuple):
    """The seconds of one run, and within them the processor time of its thread and of the whole process."""

    seconds: float
    computed: float
    process: float

    @property
    def idle(self) -> float:
        """The seconds in which no thread of the process computed.

        Time in which another thread computed is no wait: the run may have waited for the GIL, or for a lock that the
        other thread held.
        """
        return self.seconds - self.process

    @property
    def waited(self) -> float:
        """The idle seconds, 0 if they are few for a run of this length."""
        return self.idle if self.idle >= max(WAITED_SECONDS, _WAITED_PER_COMPUTED * self.computed) else 0.0

    @property
    def is_late(self) -> bool:
        """True if the run's own thread computed for a small part of the time only, whatever the others did."""
        return self.seconds - self.computed >= max(LATE_SECONDS, _WAITED_PER_COMPUTED * self.computed)

    @property
    def is_slow(self) -> bool:
        return max(self.computed, self.idle) >= SLOW_SECONDS


@dataclass(slots=True)
class _Record:
    """One activity. Of its runs inline, `waited` adds up the seconds; each run that does not wait halves the sum.

    `late` counts the last runs in a row that all were late.
    """

    good_runs: int = 0
    needed: int = RUNS_NEEDED
    is_running_inline: bool = False
    is_barred: bool = False
    waited: float = 0.0
    late: int = 0


class InlinePolicy:
    """Decides by each activity's earlier runs whether it may run inline. Used on the engine thread only.

    Of several threads that compute, the GIL lets one go on, and what they pay for taking turns grows with their number.
    So another thread is worth it only for an activity that waits: for a network, a disk, another service.

    An activity may run inline after `RUNS_NEEDED` runs in a row on workers that were not slow. One that then computes
    for long, or has made the engine wait `MOST_WAITED_SECONDS`, or was late `MOST_LATE_RUNS` times in a row, needs
    twice as many of them each time, at most `MOST_RUNS_NEEDED`: on a busy machine any code is late now and then. Late
    runs count because no wait shows as idle time while another thread computes without a pause. One that takes
    `STUCK_SECONDS` never runs inline again. While an activity runs inline it may not run inline once more, so that one
    that gets stuck blocks the engine thread only once.
    """

    def __init__(self) -> None:
        self._records: dict[str, _Record] = {}

    def may_run_inline(self, name: str) -> bool:
        """Return whether the activity may run inline now."""
        record = self._records.get(name)
        if record is None or record.is_barred or record.is_running_inline:
            return False
        return record.good_runs >= record.needed

    def begins_inline(self, name: str) -> None:
        """Note that the activity now runs on the engine thread."""
        self._records[name].is_running_inline = True

    def ran_on_worker(self, name: str, time: RunTime) -> None:
        """Note one run on a worker with its time, which includes reading the input and writing the result."""
        record = self._records.setdefault(name, _Record())
        # Shorter waits on a worker say little: among many threads any of them waits.
        record.good_runs = 0 if time.is_slow else record.good_runs + 1

    def ran_inline(self, name: str, time: RunTime) -> None:
        """Note one run on the engine thread with its time."""
        record = self._records[name]
        record.is_running_inline = False
        # What waits for a network or a disk does so in nearly every run, what waits for other programs does not.
        record.waited = record.waited + time.waited if time.waited else record.waited / 2
        record.late = (record.late + 1) * time.is_late
        if time.seconds >= STUCK_SECONDS:
            record.is_barred = True
        elif time.computed >= SLOW_SECONDS or record.waited >= MOST_WAITED_SECONDS or record.late >= MOST_LATE_RUNS:
            record.good_runs, record.needed = 0, min(record.needed * 2, MOST_RUNS_NEEDED)
            record.waited, record.late = 0.0, 0
