"""The last part of every saga that owns a trip: take the plan's next step, again and again, until the trip is closed.

The only state is the trip facts that the last activity returned. A follow-up, a recovery or a second run of the same
saga therefore goes on from any point that the ledger has recorded.
"""

from datetime import datetime, timedelta
from typing import Any

from domain.ids import command_event
from domain.trip.effects import TellOrder, Told
from domain.trip.facts import TripFacts
from domain.trip.outcomes import SagaInput
from domain.trip.plan import AskTraveller, Close, EndChange, Forward, Park, Pivot, Undo, next_step
from orchestrators.frame import Context, Flow, Json, perform, timer
from orchestrators.steps import Steps

TELL = "tell_turn_activity"


def settle(context: Context, saga: SagaInput, steps: Steps, facts: TripFacts) -> Flow[TripFacts]:
    """Bring the trip to its end and return the facts, which then hold its outcome."""
    waiting = Waiting(context, saga, steps)
    while facts.outcome is None:
        # Asked anew after each step, because every answer may bring commands that change the plan.
        match next_step(facts):
            case Forward() as step:
                facts = yield from steps.forward(facts, step)
            case Undo() as step:
                facts = yield from steps.undo(facts, step)
            case Pivot():
                facts = yield from steps.pivot(facts)
            case EndChange() as step:
                facts = yield from steps.end_change(facts, step)
            case AskTraveller():
                facts = yield from waiting.for_choice(facts)
            case Park():
                facts = yield from waiting.for_person(facts)
            case Close(status):
                facts = yield from steps.close(facts, status)
    return facts


def result(facts: TripFacts) -> Json:
    """Return the result of a saga as JSON: the outcome in the facts, or the status `superseded` if there is none."""
    return facts.outcome.model_dump(mode="json") if facts.outcome else superseded(facts.id)


def superseded(trip: str) -> Json:
    """Return the result, as JSON, of a saga that another one has superseded."""
    return {"status": "superseded", "id": trip}


def is_superseded(returned: Json) -> bool:
    """Return whether a saga returned that another one has superseded it."""
    return returned.get("status") == "superseded"


class Waiting:
    """The waiting of a parked saga for the trip's next command.

    The command itself is read from the ledger; its external event only wakes the saga. Each command has its own event
    name, because an event that comes early would end every later wait for its name. A wait that lost its `task_any`
    still takes the event it was for, so it is kept and yielded again instead of a new one.
    """

    def __init__(self, context: Context, saga: SagaInput, steps: Steps) -> None:
        self._context = context
        self._saga = saga
        self._steps = steps
        self._turn_told = False
        self._deadline: datetime | None = None
        self._lost_waits: dict[int, Any] = {}

    def for_person(self, facts: TripFacts) -> Flow[TripFacts]:
        """Wait for an operator's next command without a time limit, and return the facts that include it."""
        handled = facts.commands
        yield from self._tell_turn()
        # Telling the turn took time in which the command may have come.
        facts = yield from self._steps.read()
        if facts.commands == handled:
            self._context.set_custom_status({"step": "needs_attention"})
            lost_wait = self._lost_waits.get(handled + 1)
            yield lost_wait or self._context.wait_for_external_event(command_event(handled + 1))
            facts = yield from self._steps.read()
        return facts

    def for_choice(self, facts: TripFacts) -> Flow[TripFacts]:
        """Wait for the traveller's next command until the deadline, and return the facts that include it.

        After the deadline, record that there was no answer and return the facts that say so.
        """
        handled = facts.commands
        yield from self._tell_turn()
        # Kept for later waits: a command in between must not give the traveller the whole time once more.
        deadline = self._deadline = self._deadline or self._last_moment(facts)
        facts = yield from self._steps.read()
        if facts.commands != handled:
            return facts
        if deadline <= self._context.current_utc_datetime:
            return (yield from self._steps.pivot(facts, give_up=True))
        self._context.set_custom_status({"step": "waiting"})
        command = self._context.wait_for_external_event(command_event(handled + 1))
        limit = timer(self._context, deadline)
        first = yield self._context.task_any([command, limit])
        if first is limit:
            self._lost_waits[handled + 1] = command
            return (yield from self._steps.pivot(facts, give_up=True))
        # The instance would not end before an open timer, and the next wait makes a new one.
        limit.cancel()
        return (yield from self._steps.read())

    def _last_moment(self, facts: TripFacts) -> datetime:
        """Return the end of the traveller's time to answer, or earlier: the margin before the first hold expires."""
        margin = timedelta(seconds=self._saga.policy.pivot_margin_seconds)
        time_to_answer = self._context.current_utc_datetime + timedelta(seconds=self._saga.policy.ask_me_seconds)
        return min([time_to_answer, *(end - margin for end in facts.expiries())])

    def _tell_turn(self) -> Flow[None]:
        """Let the turn that waits for this trip be answered. Do it once, even if nobody waits any more."""
        # A trip can park more than once, but its turn is answered once.
        if self._saga.turn and not self._turn_told:
            self._turn_told = True
            yield from perform(self._context, TELL, TellOrder(turn=self._saga.turn), Told)
