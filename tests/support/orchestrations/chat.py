"""A turn whose own activities follow a script, in a house whose sagas are real."""

from typing import Any

from domain.conversation.chat_turn import TurnDecision, WordedReply
from domain.conversation.turn import TripCall
from domain.trip.records import NewTrip
from support.orchestrations.installation import PARIS, MemoryInstallation

TURN = "chat-1"
CALLS = (
    TripCall(trip="trip-1", kind="travel", request=PARIS),
    TripCall(trip="trip-2", kind="flight", request=PARIS.of_component("flight")),
)


class Chat:
    """A turn; `faults` holds how often its activities fail before they work."""

    def __init__(
        self,
        house: MemoryInstallation,
        calls: tuple[TripCall, ...] = CALLS,
        state: str = "decided",
        **decided: Any,
    ) -> None:
        self.house = house
        self.faults: dict[str, int] = {}
        decision = TurnDecision.model_validate({"state": state, "calls": calls, **decided})
        answers = {
            "decide_turn_activity": decision,
            "fail_turn_activity": TurnDecision(state="problem"),
            "word_reply_activity": WordedReply(text="Worded."),
            "finish_turn_activity": TurnDecision(state="done"),
        }
        for call in calls:
            house.ledger.open(NewTrip(call.trip, call.kind, call.request, decision.options, "c-1", 1))
        for name, reply in answers.items():
            house.overrides[name] = lambda order, name=name, reply=reply: self._answer(name, order, reply)

    def run(self) -> Any:
        return self.house.run("chat_turn", TURN, {"conversation": "c-1", "turn": 1, "attempt": 1})

    def own(self) -> list[str]:
        return [name for name in self.house.delivered if name in self.house.overrides]

    def statuses(self) -> list[str]:
        return [self.house.view(call.trip).status for call in CALLS]

    def _answer(self, name: str, order: Any, reply: Any) -> Any:
        if self.faults.get(name, 0):
            self.faults[name] -= 1
            raise RuntimeError(f"{name} failed as the script says")
        if name == "decide_turn_activity" and order.get("goes_on"):
            facts = tuple(self.house.ledger.facts(call.trip) for call in reply.calls)
            reply = reply.model_copy(update={"facts": facts})
        return reply.model_dump(mode="json")
