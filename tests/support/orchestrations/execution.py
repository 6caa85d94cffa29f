"""One execution of an orchestrator, taken turn by turn through the real SDK and the dev host's interpreter."""

import json
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from devhost.protocol import events, sdk_witness
from devhost.protocol.actions import CallActivity, CallChild, CallEntity, CallHttp, CreateTimer
from devhost.protocol.answers import OrchestratorAnswer
from devhost.protocol.entity_messages import entity_request
from devhost.protocol.events import Event
from devhost.protocol.failure_texts import OUT_OF_PROC_MARKER
from devhost.protocol.interpreter import Decision, Interpretation, interpret
from devhost.protocol.orchestrator_call import CallSettings, OrchestratorCall, call_orchestrator

Json = Any
Handle = Callable[[Any], str]
"""The SDK's wrapper of an orchestrator."""


class Execution:
    """The history of one execution, and the answer of the code and the reading of the host in its latest turn."""

    answer: OrchestratorAnswer
    seen: Interpretation

    def __init__(
        self, handle: Handle, name: str, instance_id: str, execution_id: str, stored_input: str | None = None
    ) -> None:
        # The SDK gives its ids in private; without the witness host and code could not be compared.
        sdk_witness.install()
        self.handle, self.name, self.stored_input = handle, name, stored_input
        self.instance_id, self.execution_id = instance_id, execution_id
        self.history: list[Event] = []
        self.inputs: dict[int, int] = {}
        """Marks of what was scheduled, which the interpreter compares at replay."""
        self.texts: list[str] = []
        """What the code returned or raised in each turn."""
        self.exception: BaseException | None = None
        """What the code raised in the latest turn."""

    @property
    def body(self) -> Json:
        """Return the latest answer as the SDK wrote it, with `error` if the code raised."""
        # Code that raised has its state behind the marker; otherwise the whole text is the state.
        return json.loads(self.texts[-1].rpartition(OUT_OF_PROC_MARKER)[2])

    def take_turn(self, at: str, *arrived: Event) -> Interpretation:
        """Run the code on what has arrived, and write down what the host schedules for it."""
        self.history += [events.orchestrator_started(at), *({**event, "Timestamp": at} for event in arrived)]
        self.replay(self.history)
        self.seen = interpret(self.instance_id, self.execution_id, self.history, self.answer, self.inputs)
        self.history += [self._scheduled(at, decision) for decision in self.seen.decisions]
        self.history.append(events.orchestrator_completed(at))
        return self.seen

    def replay(self, history: Sequence[Event]) -> None:
        """Run the code on a history that ends with the events of a turn."""
        call = OrchestratorCall(self.name, self.instance_id, None, self.stored_input, history)
        with warnings.catch_warnings():
            # The SDK warns of its own deprecated parts in each replay; tests make errors of warnings.
            warnings.simplefilter("ignore")
            self.answer = call_orchestrator(self._noting, call, CallSettings())

    def child_id(self, decision: Decision, action: CallChild) -> str:
        return action.instance_id or f"{self.execution_id}:{decision.id}"

    def _noting(self, context: Any) -> str:
        self.exception = None
        try:
            self.texts.append(self.handle(context))
        # A program that was given another's result raises what no `except Exception` takes.
        except BaseException as error:
            self.exception = error
            self.texts.append(str(error))
            raise
        return self.texts[-1]

    def _scheduled(self, at: str, decision: Decision) -> Event:
        match decision.action:
            case CallActivity() as action:
                return events.task_scheduled(at, decision.id, action.name)
            case CallHttp():
                return events.task_scheduled(at, decision.id, events.HTTP_ACTIVITY)
            case CallChild() as action:
                child = self.child_id(decision, action)
                return events.child_created(at, decision.id, action.name, child, action.version)
            case CreateTimer() as action:
                return events.timer_created(at, decision.id, action.fire_at)
            case action:
                request = entity_request(
                    at,
                    action.operation,
                    action.input,
                    action.request_id,
                    signal=not isinstance(action, CallEntity),
                    parent=self.instance_id,
                    parent_execution=self.execution_id,
                )
                return events.event_sent(at, decision.id, action.entity_id, request)
