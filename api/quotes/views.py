"""Quotes as responses show them."""

from datetime import datetime
from typing import Any

from pydantic import Field

from domain.amount import ShownMoney
from domain.components import ComponentKind, ToolName, tool_of
from domain.ids import quoted_trip_id, split_owned_id
from domain.quotes.decisions import Choice, HumanDecision
from domain.quotes.offer import Offer, OfferLine
from domain.quotes.quote import MOST_ROUNDS, Quote, QuoteStatus
from domain.trip.outcomes import is_none
from domain.value import Value


class LineView(Value):
    """The price of one component."""

    kind: ComponentKind
    price: ShownMoney
    cancel_fee: ShownMoney


class RequestView(Value):
    """One request with the prices of its components. `arguments` are those of the tool."""

    tool: ToolName
    arguments: dict[str, Any]
    lines: tuple[LineView, ...]


class OfferView(Value):
    """The newest offer. A decision has to name its `hash`."""

    round: int
    rounds_left: int
    hash: str
    requests: tuple[RequestView, ...]
    total: ShownMoney
    cancel_fee: ShownMoney
    note_unclear: bool


class QuotedTripLink(Value):
    """A trip that the quote books."""

    id: str
    status_url: str


class QuoteView(Value):
    """The response of `GET /api/quotes/{id}`. `offer` and `expires` are null until the suppliers named their prices."""

    id: str
    status: QuoteStatus
    conversation_id: str
    created: datetime
    expires: datetime | None
    offer: OfferView | None
    trips: tuple[QuotedTripLink, ...]
    after: str | None = Field(default=None, exclude_if=is_none)


class DecisionView(Value):
    """The response of `POST /api/approvals/{quote}`: the decision as stored, and the trips that follow from it."""

    quote: str
    round: int
    decision: Choice
    hash: str
    at: datetime
    quote_url: str
    trips: tuple[QuotedTripLink, ...]


def quote_view(quote: Quote, now: datetime) -> QuoteView:
    """Return the quote for its owner. One whose time is over shows as expired, also before that is written down."""
    offer = quote.offer
    is_over = quote.status == "open" and offer is not None and offer.expires <= now
    return QuoteView(
        id=quote.id,
        status="expired" if is_over else quote.status,
        conversation_id=split_owned_id(quote.conversation)[1],
        created=quote.created,
        expires=offer and offer.expires,
        offer=offer and _offer_view(offer),
        trips=tuple(map(_link, quote.trips)),
        after=quote.after,
    )


def decision_view(secret: bytes, decision: HumanDecision, offer: Offer) -> DecisionView:
    """Return a decision about an offer. The trips are named from the start, so that a repeat names the same ones."""
    count = len(offer.requests) if decision.choice == "approve" else 0
    trips = [quoted_trip_id(secret, offer.quote, item) for item in range(count)]
    return DecisionView(
        quote=offer.quote,
        round=decision.round,
        decision=decision.choice,
        hash=decision.hash,
        at=decision.at,
        quote_url=f"/api/quotes/{offer.quote}",
        trips=tuple(map(_link, trips)),
    )


def _offer_view(offer: Offer) -> OfferView:
    requests: list[RequestView] = []
    for item, request in enumerate(offer.requests):
        view = RequestView(
            tool=tool_of(request.kind),
            arguments=request.arguments(),
            lines=tuple(map(_line_view, offer.lines_of(item))),
        )
        requests.append(view)
    return OfferView(
        round=offer.round,
        rounds_left=MOST_ROUNDS - offer.round,
        hash=offer.hash,
        requests=tuple(requests),
        total=offer.total,
        cancel_fee=offer.cancel_fee,
        note_unclear=offer.note_unclear,
    )


def _line_view(line: OfferLine) -> LineView:
    return LineView(
        kind=line.kind,
        price=line.price,
        cancel_fee=line.cancel_fee,
    )


def _link(trip: str) -> QuotedTripLink:
    return QuotedTripLink(id=trip, status_url=f"/api/travel-status/{trip}")
