"""What a chat answers: 200 with the reply once the turn is done, 202 with where to look before."""

import json
from collections.abc import Sequence

import azure.functions as func

from api.problems import ApiProblem
from domain.components import TripKind
from domain.conversation.turn import Turn
from domain.trip.outcomes import TripStatus
from domain.value import Value

_LOOK_AGAIN_SECONDS = 1


class TripLink(Value):
    id: str
    kind: TripKind
    status: TripStatus
    status_url: str


class ChatAnswer(Value):
    """The body of both answers."""

    conversation_id: str
    turn: int
    reply: str
    model: str
    trips: tuple[TripLink, ...]


def answer(turn: Turn, statuses: Sequence[TripStatus | None], model: str) -> func.HttpResponse:
    """The turn's answer; `statuses` belong to its calls, None where the trip has no row yet and isn't listed; `model`
    is for a turn not decided yet. Raises the turn's problem as `ApiProblem`."""
    if turn.problem:
        raise ApiProblem(turn.problem.code, turn.problem.detail, turn.problem.retry_after)
    links = tuple(
        TripLink(id=call.trip, kind=call.kind, status=status, status_url=f"/api/travel-status/{call.trip}")
        for call, status in zip(turn.calls, statuses, strict=True)
        if status
    )
    done = turn.state == "done"
    body = ChatAnswer(
        conversation_id=turn.conversation,
        turn=turn.number,
        reply=(turn.reply or "") if done else _still_working(links),
        model=turn.model or model,
        trips=links,
    )
    text = json.dumps(body.model_dump(mode="json"), ensure_ascii=False)
    if done:
        return func.HttpResponse(text, mimetype="application/json")
    headers = {"Location": _where_to_look(turn, links), "Retry-After": str(_LOOK_AGAIN_SECONDS)}
    return func.HttpResponse(text, status_code=202, mimetype="application/json", headers=headers)


def _still_working(links: Sequence[TripLink]) -> str:
    if not links:
        return "I am still working on your message. Look again in a moment."
    if len(links) == 1:
        return f"Your trip is still being booked. You can follow it at {links[0].status_url}."
    return f"Your {len(links)} trips are still being booked. You can follow each at its status_url."


def _where_to_look(turn: Turn, links: Sequence[TripLink]) -> str:
    unfinished = (link.status_url for link in links if link.status in ("running", "compensating", "cancelling"))
    return next(unfinished, f"/api/chat/{turn.conversation}/turns/{turn.number}")
