"""Which activities are quick: a thread of their own would cost them more time than they take."""

from __future__ import annotations

from dataclasses import dataclass

QUICK_SECONDS = 0.001
LATE_SECONDS = 0.01
SLOW_SECONDS = 0.1
PROOF = 5
MOST_PROOF = 80


@dataclass(slots=True)
class _Record:
    streak: int = 0
    needed: float = PROOF
    on_trial: bool = False


class Pace:
    """Learns from each run of a function. Used by the turn's owner.

    A function may run in the turn after `PROOF` quick runs in a row on workers. One that then takes `LATE_SECONDS`
    has to prove itself again, each time with twice as many runs, but at most `MOST_PROOF`: on a busy machine any
    code comes back late now and then. One that takes `SLOW_SECONDS` never gets another chance. While it runs in the
    turn it does not count as quick, so that one that gets stuck holds up the turn only once.
    """

    def __init__(self) -> None:
        self._records: dict[str, _Record] = {}

    def is_quick(self, name: str) -> bool:
        record = self._records.get(name)
        return record is not None and record.streak >= record.needed and not record.on_trial

    def begins_in_turn(self, name: str) -> None:
        self._records[name].on_trial = True

    def ran(self, name: str, seconds: float, *, in_turn: bool) -> None:
        """The function took that long, with reading its input and writing its result."""
        record = self._records.setdefault(name, _Record())
        if in_turn:
            record.on_trial = False
        if seconds < QUICK_SECONDS:
            record.streak += 1
        elif not in_turn:
            record.streak = 0
        elif seconds >= SLOW_SECONDS:
            record.needed = float("inf")
        elif seconds >= LATE_SECONDS:
            record.streak, record.needed = 0, min(record.needed * 2, MOST_PROOF)
