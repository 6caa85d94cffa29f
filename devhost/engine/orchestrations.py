"""Orchestration steps: what arrived goes into history, the orchestrator runs, and what it decided is carried out."""

from __future__ import annotations

import logging
import time
from functools import partial

from devhost.engine.births import RUNS_TWICE, Births
from devhost.engine.core import Core, event_is
from devhost.engine.decisions import Decisions
from devhost.engine.endings import CONTINUED, RESTLESS, Endings, steers
from devhost.engine.step import Arrivals, Step
from devhost.engine.turns import Turns
from devhost.hub.instances import Instance, Message
from devhost.logs import RunReport
from devhost.protocol import events
from devhost.protocol.events import Event, EventType
from devhost.protocol.failure_texts import orchestrator_failure
from devhost.protocol.interpreter import interpret
from devhost.protocol.orchestrator_call import CallSettings, Failure, OrchestratorAnswer, call_orchestrator, timed_out

log = logging.getLogger("devhost")


class Orchestrations:
    """Takes the steps of instances."""

    def __init__(self, core: Core, turns: Turns, births: Births, decisions: Decisions, endings: Endings) -> None:
        self._core, self._turns = core, turns
        self._births, self._decisions, self._endings = births, decisions, endings
        self._settings = CallSettings(core.config.default_async_sleep_ms)

    def step(self, instance: Instance) -> None:
        """Take up what has arrived. Ends in `_finish`, perhaps on another thread's turn."""
        instance.queued = False
        if instance.terminal or instance.busy:
            return
        core = self._core
        if instance.history is None:
            instance.remember(core.hub.history(instance.run))
            instance.size = core.hub.stored_size(instance.run)
        arrived = self._take(instance)
        if not arrived.messages:
            self._take_out(instance, arrived)
            return
        new = [events.orchestrator_started(arrived.at), *(m.event for m in arrived.messages)]
        if arrived.rehearsal:
            new[1] = {key: value for key, value in new[1].items() if key != RUNS_TWICE}
        if arrived.continued:
            new.append(events.orchestrator_completed(arrived.at))
        history = [*(instance.history or ()), *new]
        instance.busy = True
        function = core.app.orchestrator(instance.name)
        finish = partial(self._finish, instance, arrived, history, len(new), time.perf_counter())
        if function is None:
            text = orchestrator_failure(instance.name, core.unknown("orchestration", instance.name))
            finish(OrchestratorAnswer((), True, failure=Failure(text, None), schedules=False))
            return
        parent = instance.parent.instance_id if instance.parent else None
        call = partial(
            call_orchestrator, function.user_function, instance.name, instance.instance_id, parent, instance.input,
            history, self._settings,
        )  # fmt: skip
        key = ("orchestrator", instance.name.lower())
        self._turns.call(key, call, finish, instance.instance_id, partial(timed_out, instance.name))

    def _take(self, instance: Instance) -> Arrivals:
        """The messages of this step, stamped with its time; they stay in the inbox until it is finished.

        ExecutionStarted comes alone, and with retries at most one message: it spares apps most of the SDK's races.
        """
        at, column = self._core.times()
        taken: list[Message] = []
        repeated = 0
        continued = rehearsal = False
        terminated: Event | None = None
        limit = 1 if instance.retries or not instance.history else len(instance.inbox)
        for message in instance.inbox:
            if terminated is not None or (len(taken) >= limit and not (continued and steers(message))):
                break
            task_id = message.task_id
            if task_id is not None:
                if task_id in instance.ended:
                    repeated += 1
                    continue
                instance.ended.add(task_id)
            continued = message.event.pop(CONTINUED, continued)
            message.event["Timestamp"] = at
            taken.append(message)
            if event_is(message, EventType.EXECUTION_STARTED):
                instance.created_at = column
                rehearsal = RUNS_TWICE in message.event and not instance.rehearsed
                if not rehearsal:
                    message.event.pop(RUNS_TWICE, None)
            elif event_is(message, EventType.EXECUTION_TERMINATED):
                terminated = message.event
        return Arrivals(tuple(taken), repeated, at, column, continued, terminated, rehearsal)

    def _finish(
        self,
        instance: Instance,
        arrived: Arrivals,
        history: list[Event],
        new: int,
        since: float,
        answer: OrchestratorAnswer,
    ) -> None:
        """Put the step into the hub: its events, what it decided, and perhaps its end."""
        core = self._core
        failure = answer.failure
        if instance.restless < RESTLESS or failure is not None:
            core.report(
                RunReport(
                    instance.name, "orchestration", instance.instance_id, time.perf_counter() - since,
                    failure.output if failure else None,
                )
            )  # fmt: skip
        if instance.terminal:
            return
        if arrived.rehearsal:
            self._rehearse(Step(instance, arrived, history, answer))
            return
        self._take_out(instance, arrived)
        first = len(history) - new
        step = Step(instance, arrived, history, answer)
        if answer.schedules:
            self._interpret(step)
            instance.retries = answer.retries
        if answer.custom_status is not None or not arrived.continued:
            instance.custom_status = answer.custom_status
        instance.updated_at = arrived.column
        core.hub.save(instance)
        self._act(step)
        if step.replaced:
            return
        history.append(events.orchestrator_completed(arrived.at))
        instance.history = history
        core.hub.append(instance, history[first:])
        if instance.terminal and instance.deferred:
            self._births.start_deferred(instance)
        core.wake(instance)

    def _rehearse(self, step: Step) -> None:
        """Send what the step scheduled and keep nothing of it: it is taken once more."""
        instance = step.instance
        instance.rehearsed = True
        if step.answer.schedules:
            self._interpret(step)
        for decision in step.interpretation.decisions if step.interpretation else ():
            self._decisions.carry_out(step, decision)
        self._core.wake(instance)

    def _interpret(self, step: Step) -> None:
        """Run the answer's actions against the history. A defect of ours must not take the whole host down."""
        instance = step.instance
        try:
            step.interpretation = interpret(instance.instance_id, instance.execution_id, step.history, step.answer)
        except Exception as error:
            log.exception("The answer of '%s' could not be interpreted", instance.name)
            text = f"This host could not make out what the orchestrator asked for ({type(error).__name__}: {error})"
            step.refused = orchestrator_failure(instance.name, text)
            return
        for name in step.interpretation.early_events:
            if any(event_is(m, EventType.EVENT_RAISED) and m.event["Name"] == name for m in step.arrived.messages):
                self._core.warn(
                    instance.instance_id,
                    f"The event '{name}' came before anybody waited for it: the SDK keeps only the last such event of "
                    "a name, never clears it, and gives it to every later wait for that name",
                )
        if step.interpretation.next_id > self._core.config.max_actions:
            text = (
                f"Maximum amount of orchestration actions ({self._core.config.max_actions}) has been reached. "
                "This value can be configured in host.json file as MaxOrchestrationActions."
            )
            step.refused = orchestrator_failure(instance.name, text)

    def _take_out(self, instance: Instance, arrived: Arrivals) -> None:
        for _ in range(len(arrived.messages) + arrived.repeated):
            self._core.hub.drop_message(instance, instance.inbox.popleft())
        for message in arrived.messages:
            self._note_state(instance, message)

    def _note_state(self, instance: Instance, message: Message) -> None:
        match message.event["EventType"]:
            case EventType.EXECUTION_STARTED:
                instance.status = "Running"
            case EventType.SUSPENDED:
                instance.status, instance.output = "Suspended", message.event["Reason"]
            case EventType.RESUMED:
                instance.status = "Running"
            case _:
                pass

    def _act(self, step: Step) -> None:
        """Carry out the step's decisions, and end the instance if it is time."""
        instance, answer, found = step.instance, step.answer, step.interpretation
        if step.arrived.terminated is not None:
            self._endings.end(step, "Terminated", step.arrived.terminated["Input"], None)
            return
        if instance.status == "Suspended":
            return
        if step.refused is not None:
            self._endings.end(step, "Failed", step.refused, None)
            return
        if found is None:
            self._endings.fail(step, answer.failure)
            return
        for decision in found.decisions:
            self._decisions.carry_out(step, decision)
        if found.non_determinism is not None:
            self._endings.end(step, "Failed", found.non_determinism, None)
            return
        stuck = step.trouble or found.stuck
        if stuck is not None and self._complain(instance, stuck):
            self._endings.end(step, "Failed", f"Orchestrator function '{instance.name}' failed: {stuck}", None)
        elif found.may_end and answer.failure is not None:
            self._endings.fail(step, answer.failure)
        elif found.may_end and answer.is_done:
            if found.carried_input is not None:
                self._endings.continue_as_new(step, found.carried_input)
            else:
                self._endings.end(step, "Completed", answer.output, None)

    def _complain(self, instance: Instance, sentence: str) -> bool:
        """Warn once per instance; true when it must fail for it."""
        if not instance.warned:
            instance.warned = True
            self._core.warn(instance.instance_id, sentence)
        return self._core.strict
