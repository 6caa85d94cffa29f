"""One orchestration step on its way from an instance's inbox into the hub."""

from __future__ import annotations

from dataclasses import dataclass

from devhost.hub.instances import Instance, Message
from devhost.protocol.events import Event, EventType
from devhost.protocol.interpreter import Interpretation
from devhost.protocol.orchestrator_call import OrchestratorAnswer


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What an instance takes up in one step. `rehearsal`: the step will be taken once more, as if it had not been."""

    messages: tuple[Message, ...]
    repeated: int
    at: str
    column: str
    continued: bool
    terminated: Event | None
    rehearsal: bool = False


class Step:
    """One step on its way into the hub. `replaced`: the instance went on as a new generation. `trouble`: what
    its user should know. `refused`: why the answer cannot be carried out, which fails the instance."""

    def __init__(self, instance: Instance, arrived: Arrivals, history: list[Event], answer: OrchestratorAnswer) -> None:
        self.instance, self.arrived, self.history, self.answer = instance, arrived, history, answer
        self.interpretation: Interpretation | None = None
        self.trouble: str | None = None
        self.refused: str | None = None
        self.replaced = False

    @property
    def doomed(self) -> bool:
        """Whether the instance fails now, so that nothing that it schedules is waited for."""
        return self.interpretation is not None and self.interpretation.non_determinism is not None

    @property
    def awaited_nothing(self) -> bool:
        """Whether this is the first step of its generation."""
        return not self.instance.history

    @property
    def keeps(self) -> bool:
        """Whether what it schedules will be waited for."""
        return not (self.arrived.rehearsal or self.doomed)

    @property
    def next_id(self) -> int:
        if self.interpretation is not None and self.interpretation.non_determinism is None:
            return self.interpretation.next_id
        return max((e["EventId"] for e in self.history), default=-1) + 1

    @property
    def is_clean(self) -> bool:
        """Whether nothing that the execution scheduled is left in the hub."""
        found = self.interpretation
        ended = (
            found is not None and found.may_end and found.non_determinism is None and not (self.trouble or self.refused)
        )
        return ended and found is not None and found.cancelled_timers <= self.instance.ended

    @property
    def pending_timers(self) -> set[int]:
        """The timers that have not fired; a cancelled one, too, fires while the execution lives."""
        created = {e["EventId"] for e in self.history if e["EventType"] == EventType.TIMER_CREATED}
        return created - self.instance.ended
