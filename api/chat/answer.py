"""Responses of the chat: 200 with the reply once the turn is done, 202 with an address to ask later before that."""

import json
from collections.abc import Sequence
from typing import Literal

import azure.functions as func
from pydantic import Field

from api.problems import ApiProblem
from api.trips.views import TripOfTurn
from domain.components import TripKind
from domain.conversation.turn import Turn
from domain.ids import split_owned_id
from domain.trip.outcomes import TripStatus, is_none
from domain.value import Value

_LOOK_AGAIN_SECONDS = 1


class TripLink(Value):
    """One trip of a turn in the body of a response."""

    id: str
    kind: TripKind
    status: TripStatus
    status_url: str


class Deed(Value):
    """Something that a turn has done, and the trip with which it did it."""

    action: Literal["booked", "changed", "cancelled"]
    trip: str


class QuoteLink(Value):
    """The quote that the reply asks about."""

    id: str
    quote_url: str


class ChatAnswer(Value):
    """The body of both responses.

    `did` is empty when the turn has done nothing. `stale`: the trips have changed since the reply was worded, and
    `trips` tells their present status. `quote` is the price that the reply asks about.
    """

    conversation_id: str
    turn: int
    reply: str
    model: str
    trips: tuple[TripLink, ...]
    did: tuple[Deed, ...]
    stale: bool
    quote: QuoteLink | None = Field(default=None, exclude_if=is_none)


def turn_response(turn: Turn, trips: Sequence[TripOfTurn], model: str) -> func.HttpResponse:
    """Return the response for a turn. Raise the turn's problem as `ApiProblem`.

    `trips` are those of the turn that have a row. `model` is the name for a turn that no model has decided yet.
    """
    if turn.problem:
        raise ApiProblem(
            code=turn.problem.code,
            detail=turn.problem.detail,
            retry_after=turn.problem.retry_after,
        )
    links = _links(trips)
    is_done = turn.state == "done"
    reply = (turn.reply or "") if is_done else _still_working(links)
    body = ChatAnswer(
        conversation_id=_public_id(turn),
        turn=turn.number,
        reply=reply,
        model=turn.model or model,
        trips=links,
        # The chat books. Trips are changed and cancelled by their own routes.
        did=tuple(Deed(action="booked", trip=trip.id) for trip in trips if trip.was_booked),
        stale=is_done and any(trip.has_changed for trip in trips),
        quote=turn.quote and QuoteLink(id=turn.quote.id, quote_url=f"/api/quotes/{turn.quote.id}"),
    )
    text = json.dumps(body.model_dump(mode="json"), ensure_ascii=False)
    if is_done:
        return func.HttpResponse(text, mimetype="application/json")
    headers = {"Location": _address_to_ask(turn, links), "Retry-After": str(_LOOK_AGAIN_SECONDS)}
    return func.HttpResponse(text, status_code=202, mimetype="application/json", headers=headers)


def _links(trips: Sequence[TripOfTurn]) -> tuple[TripLink, ...]:
    links: list[TripLink] = []
    for trip in trips:
        status_url = f"/api/travel-status/{trip.id}"
        links.append(TripLink(id=trip.id, kind=trip.kind, status=trip.status, status_url=status_url))
    return tuple(links)


def _still_working(links: Sequence[TripLink]) -> str:
    if not links:
        return "I am still working on your message. Look again in a moment."
    if len(links) == 1:
        return f"Your trip is still being booked. You can follow it at {links[0].status_url}."
    return f"Your {len(links)} trips are still being booked. You can follow each at its status_url."


def _address_to_ask(turn: Turn, links: Sequence[TripLink]) -> str:
    # A trip that waits for a person would keep the client asking, so its turn is named instead.
    for link in links:
        if link.status in ("running", "compensating", "cancelling"):
            return link.status_url
    return f"/api/chat/{_public_id(turn)}/turns/{turn.number}"


def _public_id(turn: Turn) -> str:
    """Return the id by which its owner knows the conversation."""
    return split_owned_id(turn.conversation)[1]
