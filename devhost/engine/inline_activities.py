"""The choice of activities that run on the engine thread: for most, a worker thread costs more than it saves."""

from dataclasses import dataclass

SLOW_SECONDS = 0.1
STUCK_SECONDS = 0.25
WAITED_SECONDS = 0.003
RUNS_NEEDED = 5
MOST_RUNS_NEEDED = 80
_WAITED_PER_COMPUTED = 4
_RUNS_AVERAGED = 8


@dataclass(slots=True)
class _Record:
    """One activity. `computed` and `waited` are the mean seconds of its runs inline, later runs counting more."""

    good_runs: int = 0
    needed: int = RUNS_NEEDED
    is_running_inline: bool = False
    is_barred: bool = False
    computed: float = 0.0
    waited: float = 0.0

    @property
    def waits(self) -> bool:
        return self.waited >= max(WAITED_SECONDS, _WAITED_PER_COMPUTED * self.computed)


class InlinePolicy:
    """Decides by each activity's earlier runs whether it may run inline. Used on the engine thread only.

    Of several threads that compute, the GIL lets one go on, and what they pay for taking turns grows with their number.
    So another thread is worth it only for an activity that waits: for a network, a disk, another service.

    An activity may run inline after `RUNS_NEEDED` runs in a row on workers that were not slow. One that then is slow,
    or mostly waits, needs twice as many of them each time, at most `MOST_RUNS_NEEDED`: on a busy machine any code is
    late now and then. One that takes `STUCK_SECONDS` never runs inline again. While an activity runs inline it may not
    run inline once more, so that one that gets stuck blocks the engine thread only once.
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

    def ran_on_worker(self, name: str, seconds: float) -> None:
        """Note one run on a worker with its time, which includes reading the input and writing the result."""
        record = self._records.setdefault(name, _Record())
        # What a run waits on a worker says little, since it also waits for other threads that compute.
        record.good_runs = record.good_runs + 1 if seconds < SLOW_SECONDS else 0

    def ran_inline(self, name: str, seconds: float, processor: float) -> None:
        """Note one run on the engine thread with its time, and the processor time within it."""
        record = self._records[name]
        record.is_running_inline = False
        record.computed += (processor - record.computed) / _RUNS_AVERAGED
        record.waited += (seconds - processor - record.waited) / _RUNS_AVERAGED
        if seconds >= STUCK_SECONDS:
            record.is_barred = True
        elif seconds >= SLOW_SECONDS or record.waits:
            record.good_runs, record.needed = 0, min(record.needed * 2, MOST_RUNS_NEEDED)
            record.computed = record.waited = 0.0
