"""What every saga that owns a trip ends with: do what the plan says, one step after the other, until it says close.

Nothing is remembered but the facts of the last answer, so that a follow-up, a recovery or a second run of the same
saga goes on wherever the ledger stands.
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
    """Bring the trip to its end, unless it has come to it already; the facts then hold its outcome."""
    waiting = Waiting(context, saga, steps)
    while facts.outcome is None:
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
    """What a saga returns: the outcome that the ledger holds."""
    return facts.outcome.model_dump(mode="json") if facts.outcome else superseded(facts.id)


def superseded(trip: str) -> Json:
    """What a saga returns that another one has taken the trip over from."""
    return {"status": "superseded", "id": trip}


def is_superseded(returned: Json) -> bool:
    return returned.get("status") == "superseded"


class Waiting:
    """A parked saga: what is to be done stands in the trip's numbered commands, an event only wakes.

    The event of each command has a name of its own, since an early one would answer every later wait of its name. A
    wait that lost its `task_any` swallows the event that it was for, so it is kept and yielded again by itself.
    """

    def __init__(self, context: Context, saga: SagaInput, steps: Steps) -> None:
        self._context = context
        self._saga = saga
        self._steps = steps
        self._told = False
        self._deadline: datetime | None = None
        self._lost: dict[int, Any] = {}

    def for_person(self, facts: TripFacts) -> Flow[TripFacts]:
        """Wait for the next command, as long as it takes."""
        seen = facts.commands
        yield from self._tell()
        facts = yield from self._steps.read()
        if facts.commands == seen:
            self._context.set_custom_status({"step": "needs_attention"})
            lost = self._lost.get(seen + 1)
            yield lost or self._context.wait_for_external_event(command_event(seen + 1))
            facts = yield from self._steps.read()
        return facts

    def for_choice(self, facts: TripFacts) -> Flow[TripFacts]:
        """Wait for the traveller's answer until the deadline; then it is too late for the trip."""
        seen = facts.commands
        yield from self._tell()
        deadline = self._deadline = self._deadline or self._last_moment(facts)
        facts = yield from self._steps.read()
        if facts.commands != seen:
            return facts
        if deadline <= self._context.current_utc_datetime:
            return (yield from self._steps.pivot(facts, give_up=True))
        self._context.set_custom_status({"step": "waiting"})
        command = self._context.wait_for_external_event(command_event(seen + 1))
        limit = timer(self._context, deadline)
        first = yield self._context.task_any([command, limit])
        if first is limit:
            self._lost[seen + 1] = command
            return (yield from self._steps.pivot(facts, give_up=True))
        limit.cancel()
        return (yield from self._steps.read())

    def _last_moment(self, facts: TripFacts) -> datetime:
        """The earliest end of what stands, less the margin, and no later than the traveller may take."""
        margin = timedelta(seconds=self._saga.policy.pivot_margin_seconds)
        patience = self._context.current_utc_datetime + timedelta(seconds=self._saga.policy.ask_me_seconds)
        return min([patience, *(end - margin for end in facts.expiries())])

    def _tell(self) -> Flow[None]:
        """Let the turn that waits for this trip be answered; once, and whether or not anybody still waits."""
        if self._saga.turn and not self._told:
            self._told = True
            yield from perform(self._context, TELL, TellOrder(turn=self._saga.turn), Told)
