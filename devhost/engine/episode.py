"""One episode of an orchestration, from the messages that it takes up to its commit."""

from dataclasses import dataclass

from devhost.hub.instances import Instance, Message
from devhost.protocol.events import Event, EventType
from devhost.protocol.interpreter import Interpretation
from devhost.protocol.orchestrator_call import OrchestratorAnswer


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The messages that an instance takes up in one episode.

    `repeated` counts further messages for tasks that have ended already. `at` and `column` are the episode's time,
    as events and as columns carry it. `continued`: the start message comes from a continue-as-new. `is_discarded`:
    the first run of a repeated first episode, whose messages go out but whose history is not kept.
    """

    messages: tuple[Message, ...]
    repeated: int
    at: str
    column: str
    continued: bool
    terminated: Event | None
    is_discarded: bool = False


class Episode:
    """An episode whose function has returned.

    `replaced`: the instance went on as a new generation. `trouble`: a sentence about a wait that never ends.
    `refused`: why the answer cannot be carried out, which fails the instance. `host_failure`: the output of an
    instance that the host has failed.
    """

    def __init__(self, instance: Instance, arrived: Arrivals, history: list[Event], result: OrchestratorAnswer) -> None:
        self.instance, self.arrived, self.history, self.result = instance, arrived, history, result
        self.interpretation: Interpretation | None = None
        self.trouble: str | None = None
        self.refused: str | None = None
        self.host_failure: str | None = None
        self.replaced = False

    @property
    def error(self) -> str | None:
        """The failure of the code or of the host, for the log."""
        if self.host_failure is None and self.result.failure is not None:
            return self.result.failure.output
        return self.host_failure

    @property
    def is_failing(self) -> bool:
        """True if the instance fails now as non-deterministic, so that nothing that it schedules is awaited."""
        return self.interpretation is not None and self.interpretation.non_determinism is not None

    @property
    def is_first_of_generation(self) -> bool:
        return not self.instance.history

    @property
    def is_awaited(self) -> bool:
        """True if the instance will wait for what this episode schedules."""
        return not (self.arrived.is_discarded or self.is_failing)

    @property
    def next_id(self) -> int:
        """The event id of the event that ends the execution."""
        if self.interpretation is not None and not self.is_failing:
            return self.interpretation.next_id
        # The interpretation stopped before its end, so its count of ids is too low.
        return max((e["EventId"] for e in self.history), default=-1) + 1

    @property
    def is_clean(self) -> bool:
        """True if nothing that the execution scheduled is left in the hub."""
        interpretation = self.interpretation
        if interpretation is None or self.trouble or self.refused:
            return False
        if not interpretation.may_end or interpretation.non_determinism is not None:
            return False
        # A cancelled timer that has not fired yet still has its row.
        return interpretation.cancelled_timers <= self.instance.ended

    @property
    def pending_timers(self) -> set[int]:
        """The timers that have not fired; a cancelled one fires too while the execution lasts."""
        created = {e["EventId"] for e in self.history if e["EventType"] == EventType.TIMER_CREATED}
        return created - self.instance.ended
