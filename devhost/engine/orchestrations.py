"""Episodes of orchestrations: messages go into history, the orchestrator runs, and its decisions are carried out."""

import logging
import time
from functools import partial

from devhost.engine.completion import CONTINUED, IDLE_GENERATIONS, Completion, is_control
from devhost.engine.core import Core, event_is
from devhost.engine.decisions import Decisions
from devhost.engine.engine_thread import EngineThread
from devhost.engine.episode import Arrivals, Episode
from devhost.engine.starts import RUNS_TWICE, Starts
from devhost.hub.instances import Instance, Message
from devhost.logs import RunReport
from devhost.protocol import events
from devhost.protocol.answers import Failure, OrchestratorAnswer
from devhost.protocol.events import Event, EventType
from devhost.protocol.failure_texts import orchestrator_failure
from devhost.protocol.interpreter import Interpretation, interpret
from devhost.protocol.orchestrator_call import CallSettings, OrchestratorCall, call_orchestrator, timed_out

log = logging.getLogger("devhost")


class Orchestrations:
    """Runs the episodes of instances. Used on the engine thread only."""

    def __init__(
        self, core: Core, thread: EngineThread, starts: Starts, decisions: Decisions, completion: Completion
    ) -> None:
        self._core, self._thread = core, thread
        self._starts, self._decisions, self._completion = starts, decisions, completion
        self._settings = CallSettings(core.config.default_async_sleep_ms)

    def run_episode(self, instance: Instance) -> None:
        """Take up what has arrived and call the orchestrator; `_finish` follows, perhaps on another engine thread."""
        instance.queued = False
        if instance.is_terminal or instance.is_busy:
            return
        core = self._core
        if self._starts.park(instance):
            return
        # An instance that was idle for long is not in memory any more.
        if instance.history is None:
            instance.remember(core.hub.history(instance.run))
            instance.size = core.hub.stored_size(instance.run)
        arrived = self._arrivals(instance)
        if not arrived.messages:
            self._take_out(instance, arrived)
            return
        new = _new_events(arrived)
        history = [*(instance.history or ()), *new]
        # From here until `_finish`, messages only gather in the inbox.
        instance.is_busy = True
        function = core.app.orchestrator(instance.name)
        finish = partial(
            self._finish,
            instance,
            arrived,
            history,
            time.perf_counter(),
        )
        refusal = self._starts.version_failure(instance)
        if refusal is None and function is None:
            refusal = orchestrator_failure(instance.name, core.unknown("orchestration", instance.name))
        if refusal is not None or function is None:
            finish(OrchestratorAnswer((), True, failure=Failure(refusal or "", None), schedules=False))
            return
        parent = instance.parent.instance_id if instance.parent else None
        call = OrchestratorCall(
            instance.name,
            instance.instance_id,
            parent,
            instance.input,
            history,
        )
        run = partial(call_orchestrator, function.user_function, call, self._settings)
        key = ("orchestrator", function.name)
        self._thread.call(
            key,
            run,
            finish,
            instance.instance_id,
            partial(timed_out, instance.name),
        )

    def _arrivals(self, instance: Instance) -> Arrivals:
        """Return the messages for this episode, stamped with its time; they stay in the inbox until it has ended.

        ExecutionStarted comes alone, and after an answer with retries at most one message: it spares apps most of
        the SDK's races (docs/devhost/behaviour.md, section 3.6).
        """
        at, column = self._core.times()
        messages: list[Message] = []
        repeated = 0
        continued = is_discarded = False
        terminated: Event | None = None
        limit = 1 if instance.has_retries or not instance.history else len(instance.inbox)
        for message in instance.inbox:
            is_full = len(messages) >= limit and not (continued and is_control(message))
            if terminated is not None or is_full:
                break
            task_id = message.task_id
            if task_id is not None:
                if task_id in instance.ended:
                    repeated += 1
                    continue
                # Noted now, so that a second result of the same task in this inbox counts as repeated.
                instance.ended.add(task_id)
            continued = message.event.pop(CONTINUED, continued)
            message.event["Timestamp"] = at
            messages.append(message)
            if event_is(message, EventType.EXECUTION_STARTED):
                instance.created_at = column
                is_discarded = RUNS_TWICE in message.event and not instance.is_repeating
                if not is_discarded:
                    message.event.pop(RUNS_TWICE, None)
            elif event_is(message, EventType.EXECUTION_TERMINATED):
                terminated = message.event
        return Arrivals(
            tuple(messages),
            repeated,
            at,
            column,
            continued,
            terminated,
            is_discarded,
        )

    def _finish(
        self, instance: Instance, arrived: Arrivals, history: list[Event], since: float, result: OrchestratorAnswer
    ) -> None:
        """Put the episode into the hub: its events, its decisions, and perhaps the instance's end."""
        core, is_idle = self._core, instance.idle_generations >= IDLE_GENERATIONS
        seconds = time.perf_counter() - since
        episode = Episode(instance, arrived, history, result)
        # It was terminated, replaced or purged while its function ran on a worker.
        if instance.is_terminal:
            self._report(episode, seconds, is_idle=is_idle)
            return
        if arrived.is_discarded:
            self._discard(episode)
            self._report(episode, seconds, is_idle=is_idle)
            return
        first_new = len(instance.history or ())
        self._take_out(instance, arrived)
        if result.schedules:
            self._interpret(episode)
            instance.has_retries = result.has_retries
        # The first episode of a new generation keeps the status of the one before (recording `can_now`).
        if result.custom_status is not None or not arrived.continued:
            instance.custom_status = result.custom_status
        instance.updated_at = arrived.column
        core.hub.save(instance)
        self._act(episode)
        # After the decisions: the host itself may have failed the instance.
        self._report(episode, seconds, is_idle=is_idle)
        if episode.replaced:
            return
        # Last, after the decisions: so the SDK sees where an episode ends.
        history.append(events.orchestrator_completed(arrived.at))
        instance.history = history
        core.hub.append(instance, history[first_new:])
        if instance.is_terminal and instance.deferred:
            self._starts.start_deferred(instance)
        core.wake(instance)

    def _report(self, episode: Episode, seconds: float, *, is_idle: bool) -> None:
        """Log the run. A loop without waits would fill the log, so of that only failures are logged."""
        instance, error = episode.instance, episode.error
        if error is not None or not is_idle:
            self._core.report(
                RunReport(
                    instance.name,
                    "orchestration",
                    instance.instance_id,
                    seconds,
                    error,
                )
            )

    def _discard(self, episode: Episode) -> None:
        """Send the messages of a repeated first episode and keep nothing else: its second run follows."""
        instance = episode.instance
        instance.is_repeating = True
        if episode.result.schedules:
            self._interpret(episode)
        for decision in episode.interpretation.decisions if episode.interpretation else ():
            self._decisions.carry_out(episode, decision)
        self._core.wake(instance)

    def _interpret(self, episode: Episode) -> None:
        """Run the answer's actions against the history. A defect of this host fails the instance, not the host."""
        instance, core = episode.instance, self._core
        try:
            interpretation = interpret(
                instance.instance_id, instance.execution_id, episode.history, episode.result, instance.inputs
            )
        except Exception as error:
            log.exception("The answer of '%s' could not be interpreted", instance.name)
            text = f"This host cannot interpret the orchestrator's actions ({type(error).__name__}: {error})"
            episode.refused = orchestrator_failure(instance.name, text)
            return
        episode.interpretation = interpretation
        self._warn_of_early_events(episode, interpretation)
        if interpretation.next_id > core.config.max_actions:
            text = (
                f"Maximum amount of orchestration actions ({core.config.max_actions}) has been reached. "
                "This value can be configured in host.json file as MaxOrchestrationActions."
            )
            episode.refused = orchestrator_failure(instance.name, text)

    def _warn_of_early_events(self, episode: Episode, interpretation: Interpretation) -> None:
        if not interpretation.early_events:
            return
        raised = {m.event["Name"] for m in episode.arrived.messages if event_is(m, EventType.EVENT_RAISED)}
        for name in interpretation.early_events:
            if name in raised:
                # See the recording `events_buffered` and docs/devhost/behaviour.md, section 3.11.
                self._core.warn(
                    episode.instance.instance_id,
                    f"The event '{name}' came before anybody waited for it: the SDK keeps only the last such event of "
                    "a name, never clears it, and gives it to every later wait for that name",
                )

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

    def _act(self, episode: Episode) -> None:
        """Carry out the episode's decisions, and end the instance if it is time."""
        instance = episode.instance
        if episode.arrived.terminated is not None:
            self._completion.end(episode, "Terminated", episode.arrived.terminated["Input"], None)
            return
        # While suspended the orchestrator is called, but its actions wait for the resume (recording `suspend_api`).
        if instance.status == "Suspended":
            return
        if episode.refused is not None:
            self._fail(episode, episode.refused)
            return
        interpretation = episode.interpretation
        if interpretation is None:
            self._completion.fail(episode, episode.result.failure)
            return
        for decision in interpretation.decisions:
            self._decisions.carry_out(episode, decision)
        if interpretation.non_determinism is not None:
            self._fail(episode, interpretation.non_determinism)
            return
        stuck = episode.trouble or interpretation.stuck
        if stuck is not None and self._fails_for(instance, stuck):
            self._fail(episode, f"Orchestrator function '{instance.name}' failed: {stuck}")
        elif interpretation.may_end:
            self._complete(episode, interpretation)
        elif interpretation.lingering is not None and not instance.lingers:
            instance.lingers = True
            self._core.warn(instance.instance_id, interpretation.lingering)

    def _fail(self, episode: Episode, output: str) -> None:
        """Fail the instance for a reason of the host; the code itself has not failed."""
        episode.host_failure = output
        self._completion.end(episode, "Failed", output, None)

    def _complete(self, episode: Episode, interpretation: Interpretation) -> None:
        result = episode.result
        if result.failure is not None:
            self._completion.fail(episode, result.failure)
        elif result.is_done and interpretation.carried_input is not None:
            self._completion.continue_as_new(episode, interpretation.carried_input)
        elif result.is_done:
            self._completion.end(episode, "Completed", result.output, None)

    def _fails_for(self, instance: Instance, sentence: str) -> bool:
        """Warn once for each instance, and return whether it must fail, as strict mode wants it."""
        if not instance.warned:
            instance.warned = True
            self._core.warn(instance.instance_id, sentence)
        return self._core.strict


def _new_events(arrived: Arrivals) -> list[Event]:
    """Return the events of an episode that come before the orchestrator's call."""
    new = [events.orchestrator_started(arrived.at), *(m.event for m in arrived.messages)]
    if arrived.is_discarded:
        new[1] = {key: value for key, value in new[1].items() if key != RUNS_TWICE}
    if arrived.continued:
        # The history of a continued generation begins with a finished episode (recording `can_now`).
        new.append(events.orchestrator_completed(arrived.at))
    return new
