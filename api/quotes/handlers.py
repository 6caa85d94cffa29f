"""Handlers of the routes of quotes. Each takes the request and the durable port."""

import asyncio
import re
import time
from datetime import datetime

import azure.functions as func

from api.approvals import Approvals
from api.chat.answer import turn_response
from api.chat.turns import Turns
from api.durable_port import Durable
from api.idempotency import IdempotencyKeys, read_key
from api.identity.caller import Caller, traveller
from api.json_response import json_response
from api.limits import require_message
from api.problems import ApiProblem
from api.quotes.requests import ApprovalBody, read_decision, read_quote_post
from api.quotes.views import decision_view, quote_view
from api.services import ApiServices, services
from api.shared_ledger import services_with_shared_ledger
from api.threads import in_thread
from domain.ids import split_owned_id
from domain.quotes.decisions import HumanDecision
from domain.quotes.offer import Offer
from domain.quotes.quote import MOST_ROUNDS, Quote

_LONGEST_OPENING, _PAUSE = 5.0, 0.05
_ID = re.compile(r"quote-[0-9a-f]{32}")


async def post_quote(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """Ask for the price of a tool's arguments, as a turn of a conversation. Return 201 with the quote.

    Return 202 with the turn's address if the prices take longer than `CHAT_WAIT_SECONDS`. Raise `ApiProblem`.
    """
    opened = services_with_shared_ledger()
    caller = await traveller(request, opened)
    post = read_quote_post(request, opened.clock(), caller)
    await in_thread(require_message, opened, caller, post.key)
    turns = Turns(opened.stores, durable, opened.clock)
    turn = await turns.post(post, opened.settings.chat_wait_seconds)
    if turn.quote is None and turn.state == "done":
        raise ApiProblem(
            code="quote_incomplete",
            detail=turn.reply or "",
        )
    if turn.quote is None:
        # A problem, or 202 with the turn's address.
        return turn_response(turn, (), opened.settings.model_name)
    quote = await _owned_quote(opened, caller, turn.quote.id)
    return json_response(quote_view(quote, opened.clock()), 201)


async def get_quote(request: func.HttpRequest) -> func.HttpResponse:
    """Return the quote. Raise `ApiProblem`."""
    opened = services()
    caller = await traveller(request, opened)
    quote = await _owned_quote(opened, caller, request.route_params["id"])
    return json_response(quote_view(quote, opened.clock()))


async def post_approval(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """Store the traveller's decision about a quote, then wake what acts on it. Raise `ApiProblem`."""
    opened = services_with_shared_ledger()
    caller = await traveller(request, opened)
    identifier, body = request.route_params["quote"], read_decision(request)
    # With the whole decision, so that the same key with another one is a mismatch.
    route = f"POST approvals/{identifier} {body.model_dump_json()}"
    await IdempotencyKeys(opened.stores).bind(caller.key(read_key(request.headers)), route)
    quote = await _owned_quote(opened, caller, identifier)
    offer = _offer_of(quote, body.hash)
    stored = await in_thread(_decide, opened, caller, quote, offer, body)
    await Approvals(opened.stores, durable).wake(quote, stored.round)
    if stored.choice == "approve":
        await _wait_for_trips(opened, quote)
    secret = await in_thread(opened.stores.conversations.installation_secret)
    return json_response(decision_view(secret, stored, offer))


async def _wait_for_trips(opened: ApiServices, quote: Quote) -> None:
    """Wait a few seconds until the trips of the quote are open, so that the links of the answer lead somewhere."""
    deadline = time.monotonic() + _LONGEST_OPENING
    while time.monotonic() < deadline:
        current = await in_thread(opened.stores.quotes.quote, quote.id)
        if current is None or current.end:
            return
        rows = [await in_thread(opened.stores.ledger.trip, trip) for trip in current.trips]
        if rows and all(rows):
            return
        await asyncio.sleep(_PAUSE)


def _decide(opened: ApiServices, caller: Caller, quote: Quote, offer: Offer, body: ApprovalBody) -> HumanDecision:
    """Return the decision as stored. The first one about a round counts. Raise `ApiProblem`. May block."""
    now = opened.clock()
    asked = HumanDecision(
        subject=quote.id,
        round=offer.round,
        choice=body.decision,
        hash=body.hash,
        by=caller.owner,
        at=now,
        note=body.note,
    )
    # A repeat is answered as the first time, whatever has become of the quote since.
    stored = opened.stores.quotes.decision(quote.id, offer.round)
    if stored is None:
        _require_open(quote, offer, body, now)
        stored = opened.stores.quotes.decide(asked)
    if stored.choice == "expire":
        raise _expired()
    if not stored.is_same_as(asked):
        raise ApiProblem(
            code="already_decided",
            detail=f"This price was answered with {stored.choice} before, and the first answer counts.",
        )
    return stored


def _require_open(quote: Quote, offer: Offer, body: ApprovalBody, now: datetime) -> None:
    """Raise `ApiProblem` unless the offer can be decided about."""
    if offer.expires <= now or quote.end == "expired":
        raise _expired()
    if offer != quote.offer or quote.end:
        raise _other_offer()
    if body.decision == "change" and offer.round == MOST_ROUNDS:
        raise ApiProblem(
            code="too_many_changes",
            detail=f"A price can be changed {MOST_ROUNDS - 1} times. Approve or reject this one, or ask for a new"
            " price.",
        )


def _offer_of(quote: Quote, digest: str) -> Offer:
    """Return the offer with this hash. Raise `ApiProblem`."""
    for offer in quote.offers:
        if offer.hash == digest:
            return offer
    raise _other_offer()


async def _owned_quote(opened: ApiServices, caller: Caller, identifier: str) -> Quote:
    """Return the quote if it is the caller's. Raise `ApiProblem` quote_not_found."""
    quote = await in_thread(opened.stores.quotes.quote, identifier) if _ID.fullmatch(identifier) else None
    if quote is None or split_owned_id(quote.conversation)[0] != caller.owner:
        raise ApiProblem(
            code="quote_not_found",
            detail="There is no such quote. Take the id from the answer that named the price.",
        )
    return quote


def _expired() -> ApiProblem:
    return ApiProblem(
        code="quote_expired",
        detail="The time to decide about this price is over. Ask for the price again.",
    )


def _other_offer() -> ApiProblem:
    return ApiProblem(
        code="other_offer",
        detail="The hash is not that of the price that is asked about now. Read the quote again, and decide about what"
        " it shows.",
    )
