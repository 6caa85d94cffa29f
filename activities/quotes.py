"""The steps of a quote: price it, act on the decision about it, and note how it ended.

Every step reads the rows first, so that each may be delivered again.
"""

from collections.abc import Sequence
from datetime import timedelta

from activities.pricing import lines_of
from activities.revising import revised
from activities.services import ActivityServices
from activities.step_log import log_quote_step
from activities.threads import in_thread
from activities.trips import is_to_be_started
from domain.ids import next_quote_id, quoted_trip_id
from domain.quotes.decisions import HumanDecision
from domain.quotes.offer import Offer, OfferLine, is_genuine, signed_offer
from domain.quotes.quote import SETTLED_EVENT, FollowOrder, Quote, QuotedTrip, QuoteEnd, QuoteRef, QuoteStep
from domain.trip.facts import InputWithFacts
from domain.trip.outcomes import TripOutcome, TurnLink
from domain.trip.records import NewTrip
from domain.trip.requests import TripRequest


def price(services: ActivityServices, ref: QuoteRef) -> QuoteStep:
    """Ask for the prices, unless there is an offer already. Raise `SupplierFault` if a supplier does not answer."""
    quote = services.quotes.quote(ref.quote)
    if quote is None:
        return QuoteStep(state="ended")
    if quote.end is None and quote.offer is None:
        quote = _priced(services, quote)
        log_quote_step(quote.id, "price", "priced")
    return _step(services, quote)


def give_up(services: ActivityServices, ref: QuoteRef) -> QuoteStep:
    """Note that the suppliers named no price."""
    return _ended(services, ref.quote, "unpriced")


async def follow(services: ActivityServices, order: FollowOrder) -> QuoteStep:
    """Act on the decision about this round: open the trips, make another offer, or end the quote."""
    quote = await in_thread(services.quotes.quote, order.quote)
    offer = quote.offer if quote else None
    if quote is None or offer is None or quote.end:
        return QuoteStep(state="ended")
    if order.round != offer.round:
        return await in_thread(_step, services, quote)
    decision = await in_thread(_decision, services, offer, order.is_over)
    if decision is None:
        return await in_thread(_step, services, quote)
    log_quote_step(quote.id, "decision", decision.choice)
    match decision.choice:
        case "approve":
            return await in_thread(_open, services, quote, offer, decision)
        case "change":
            requests = await revised(services, offer, decision.note or "")
            return await in_thread(_offer_again, services, quote, offer, requests)
        case "reject":
            return await in_thread(_ended, services, quote.id, "rejected")
        case "expire":
            return await in_thread(_ended, services, quote.id, "expired")


def finish(services: ActivityServices, ref: QuoteRef) -> QuoteStep:
    """Note how the quote ended, once its sagas have. Make the next quote if the price was not the agreed one."""
    quote = services.quotes.quote(ref.quote)
    if quote is None:
        return QuoteStep(state="ended")
    rows = [services.ledger.trip(trip) for trip in quote.trips]
    outcomes = [row.outcome for row in rows if row and row.outcome]
    if len(outcomes) < len(quote.trips):
        # A recovery goes on with a trip. The quote is looked at again once that has ended.
        return QuoteStep(state="approved")
    following = next_quote(services, quote, outcomes)
    is_booked = any(outcome.status in ("confirmed", "partly_confirmed") for outcome in outcomes)
    step = _ended(services, quote.id, "booked" if is_booked else "not_booked")
    return step.model_copy(update={"next": following and following.id})


def next_quote(services: ActivityServices, quote: Quote, outcomes: Sequence[TripOutcome]) -> Quote | None:
    """Return the quote for the requests whose price was not the agreed one any more, None if there are none.

    Every caller gets the same one. Raise `SupplierFault` if the suppliers name no price.
    """
    offer = quote.offer
    changed = {outcome.id for outcome in outcomes if outcome.error and outcome.error.code == "price_changed"}
    if offer is None or not changed:
        return None
    requests = [request for request, trip in zip(offer.requests, quote.trips, strict=True) if trip in changed]
    following = Quote(
        id=next_quote_id(services.conversations.installation_secret(), quote.id),
        conversation=quote.conversation,
        turn=quote.turn,
        requests=tuple(requests),
        options=quote.options,
        created=services.clock(),
        after=quote.id,
    )
    return _priced(services, services.quotes.add(following))


def offer_at(
    services: ActivityServices,
    quote: Quote,
    lines: tuple[OfferLine, ...],
    requests: tuple[TripRequest, ...] | None = None,
) -> Offer:
    """Return the next offer of the quote at these prices: for its requests, or for others that take their place."""
    return signed_offer(
        secret=services.conversations.installation_secret(),
        quote=quote.id,
        number=len(quote.offers) + 1,
        requests=requests or quote.requests,
        options=quote.options,
        lines=lines,
        expires=services.clock() + timedelta(hours=services.quote_hours),
    )


def _priced(services: ActivityServices, quote: Quote) -> Quote:
    if quote.offer:
        return quote
    lines = lines_of(services, quote.id, 1, quote.requests)
    return services.quotes.offer(quote.id, offer_at(services, quote, lines))


def _decision(services: ActivityServices, offer: Offer, is_over: bool) -> HumanDecision | None:
    """Return the decision about the offer. Once the time is over there is always one."""
    decision = services.quotes.decision(offer.quote, offer.round)
    now = services.clock()
    if decision or not (is_over or now >= offer.expires):
        return decision
    # One row for each round: a late yes finds that the time was over, or this finds the yes that came before.
    over = HumanDecision(
        subject=offer.quote,
        round=offer.round,
        choice="expire",
        hash=offer.hash,
        by=None,
        at=now,
    )
    return services.quotes.decide(over)


def _open(services: ActivityServices, quote: Quote, offer: Offer, decision: HumanDecision) -> QuoteStep:
    """Open the trips that the traveller agreed to, and return the sagas to start."""
    secret = services.conversations.installation_secret()
    if decision.hash != offer.hash or not is_genuine(secret, offer):
        # Somebody has changed a row by hand. Nothing is booked on it.
        log_quote_step(quote.id, "open", "refused", "not_genuine")
        return _ended(services, quote.id, "not_booked")
    trips = tuple(quoted_trip_id(secret, quote.id, item) for item in range(len(offer.requests)))
    if services.quotes.approve(quote.id, trips).end:
        # Its conversation is being forgotten, or another quote took its place.
        return QuoteStep(state="ended")
    to_start: list[QuotedTrip] = []
    for item, (trip, request) in enumerate(zip(trips, offer.requests, strict=True)):
        new = NewTrip(
            id=trip,
            kind=request.kind,
            request=request,
            options=offer.options,
            conversation=quote.conversation,
            turn=quote.turn,
            agreement=offer.agreement(item),
        )
        if is_to_be_started(services, services.ledger.open(new)):
            to_start.append(_quoted_trip(services, new, decision.turn))
    return QuoteStep(
        state="approved",
        round=offer.round,
        trips=tuple(to_start),
        turn=decision.turn,
    )


def _quoted_trip(services: ActivityServices, trip: NewTrip, turn: str | None) -> QuotedTrip:
    saga = InputWithFacts(
        trip=trip.id,
        component=None,
        request=trip.request,
        parallel=trip.options.parallel,
        policy=services.policy,
        turn=TurnLink(instance=turn, event=SETTLED_EVENT) if turn else None,
        facts=services.ledger.facts(trip.id),
    )
    return QuotedTrip(kind=trip.kind, saga=saga)


def _offer_again(
    services: ActivityServices, quote: Quote, offer: Offer, requests: tuple[TripRequest, ...] | None
) -> QuoteStep:
    """Make the offer of the next round: for the changed requests, or as before if the note could not be read."""
    changed = requests or offer.requests
    lines = lines_of(services, quote.id, offer.round + 1, changed)
    made = offer_at(services, quote, lines, changed).model_copy(update={"note_unclear": requests is None})
    return _step(services, services.quotes.offer(quote.id, made))


def _ended(services: ActivityServices, quote: str, how: QuoteEnd) -> QuoteStep:
    end = services.quotes.end(quote, how, services.clock()).end
    log_quote_step(quote, "end", end or how)
    return QuoteStep(state="ended", end=end)


def _step(services: ActivityServices, quote: Quote) -> QuoteStep:
    """Return what the quote waits for."""
    offer = quote.offer
    if offer is None or quote.end:
        return QuoteStep(state="ended", end=quote.end)
    decision = services.quotes.decision(quote.id, offer.round)
    return QuoteStep(
        state="open",
        round=offer.round,
        expires=offer.expires,
        is_decided=decision is not None,
    )
