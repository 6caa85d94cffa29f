"""The part of a turn that deals with prices: what is quoted before it is booked, and who has said yes to what.

Consent is no model's business. Code reads it from the traveller's own message, and counts a yes only for the one quote
that the reply before has shown.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from activities.pricing import lines_of
from activities.quotes import next_quote, offer_at
from activities.revising import draft_of_all
from activities.services import ActivityServices
from agents.meaning.consent import consent_in
from agents.quote_words import ANSWERED_BEFORE, DECLINED, NO_PRICE, quote_words, reminder
from agents.travel_agent import BookTrips, Decision, PriceTrips, Say
from domain.conversation.turn import Draft, Problem, ShownQuote, TripCall, Turn
from domain.ids import chat_turn_id, quote_id, quoted_trip_id, split_owned_id
from domain.quotes.decisions import Choice, HumanDecision
from domain.quotes.offer import Offer, OfferLine, sum_of
from domain.quotes.quote import Quote, WakeOrder
from domain.trip.outcomes import TripOutcome
from domain.trip.requests import TripRequest
from suppliers.ports import SupplierFault

_ATTEMPTS, _QUICK_ATTEMPTS = 2, 8
"""Attempts at the prices of a message: fewer where each may take as long as a supplier's time-out."""


@dataclass(frozen=True)
class Quoted:
    """Requests to be quoted, with their prices. `replaces` is the open quote that they take the place of."""

    requests: tuple[TripRequest, ...]
    lines: tuple[OfferLine, ...]
    limits: tuple[str, ...]
    """The traveller's own words about what it may cost."""
    replaces: Quote | None


@dataclass(frozen=True)
class QuoteAnswer:
    """The traveller's answer to the open quote."""

    quote: Quote
    is_yes: bool


@dataclass(frozen=True)
class StillOpen:
    """Words about something else, while a quote is open."""

    words: Say
    quote: Quote


Decided = BookTrips | Say | Problem | Quoted | QuoteAnswer | StillOpen


def pending_quote(services: ActivityServices, turn: Turn, history: Sequence[Turn]) -> Quote | None:
    """Return the quote that the message may answer.

    It is open, no other quote of the conversation is, and the last reply showed it before the message was sent.
    """
    last = history[-1].quote if history else None
    if last is None or turn.asked or turn.created <= last.at:
        return None
    shown = dict.fromkeys(earlier.quote.id for earlier in history if earlier.quote)
    quotes = [quote for quote in map(services.quotes.quote, shown) if quote and _is_open(services, quote, turn)]
    return quotes[0] if [quote.id for quote in quotes] == [last.id] else None


def answer_to(pending: Quote | None, turn: Turn) -> QuoteAnswer | None:
    """Return the message's answer to the open quote, None if it is neither a clear yes nor a clear no."""
    answer = consent_in(turn.message, "a booking")
    if pending is None or answer == "neither":
        return None
    return QuoteAnswer(pending, is_yes=answer == "yes")


def priced(
    services: ActivityServices, turn: Turn, decision: Decision, pending: Quote | None, history: Sequence[Turn]
) -> Decided:
    """Return what is to be booked at once, or what has to be quoted first.

    Quoted are requests whose price was asked for, which follow a quote, or which cost more than the limit.
    """
    match decision:
        case Say(draft=draft) if pending and draft in (None, draft_of_all(_offer(pending).requests)):
            return StillOpen(decision, pending)
        case Say():
            return decision
        case BookTrips(requests) | PriceTrips(requests):
            pass
    lines = _prices(services, turn, requests)
    follows_quote = bool(history and history[-1].quote)
    if lines is None and isinstance(decision, BookTrips) and not follows_quote:
        # A supplier that is out of reach holds nothing either, and the saga undoes what others have held.
        return decision
    if lines is None:
        return Problem(code="provider_unavailable", detail=NO_PRICE)
    is_dear = sum_of([line.price for line in lines]).minor > services.auto_approve_limit
    if isinstance(decision, BookTrips) and not follows_quote and not is_dear:
        return decision
    return Quoted(requests, lines, decision.limits, pending)


def store_quoted(services: ActivityServices, turn: Turn, quoted: Quoted) -> Turn:
    """Store the quote, withdraw the one that it replaces, and store the reply that asks about it."""
    store = services.quotes
    made = store.add(
        Quote(
            id=_quote_id(services, turn),
            conversation=turn.conversation,
            turn=turn.number,
            requests=quoted.requests,
            options=turn.options,
            created=services.clock(),
        )
    )
    # What is stored counts: another delivery of this turn may have been first.
    offer = made.offer or store.offer(made.id, offer_at(services, made, quoted.lines)).offer
    if offer is None:
        raise ValueError(f"The quote {made.id} has ended before it was shown.")
    if quoted.replaces:
        _decide(services, turn, quoted.replaces, "reject")
    return _say(services, turn, quote_words(offer, quoted.limits), draft_of_all(offer.requests), made)


def store_answer(services: ActivityServices, turn: Turn, answer: QuoteAnswer) -> Turn:
    """Store the traveller's decision, then what the turn does about it. The first decision counts."""
    decision = _decide(services, turn, answer.quote, "approve" if answer.is_yes else "reject")
    if decision is None:
        return _say(services, turn, ANSWERED_BEFORE)
    if decision.choice != "approve":
        return _say(services, turn, DECLINED if not answer.is_yes else ANSWERED_BEFORE)
    offer = _offer(answer.quote)
    secret = services.conversations.installation_secret()
    calls = [
        TripCall(
            trip=quoted_trip_id(secret, answer.quote.id, item),
            kind=request.kind,
            request=request,
            quote=answer.quote.id,
        )
        for item, request in enumerate(offer.requests)
    ]
    return services.conversations.decide(turn, calls, None, None, services.model_name)


def store_still_open(services: ActivityServices, turn: Turn, still_open: StillOpen) -> Turn:
    """Store the reply with the open question at its end."""
    offer = _offer(still_open.quote)
    text = f"{still_open.words.reply}\n\n{reminder(offer)}"
    return _say(services, turn, text, draft_of_all(offer.requests), still_open.quote)


def following_quote(services: ActivityServices, turn: Turn, outcomes: Sequence[TripOutcome]) -> Quote | None:
    """Return the quote that is to be asked about next, since the price of the turn's one was no longer the agreed one.

    None if there is none, or if the suppliers name no price now.
    """
    agreed = next((call.quote for call in turn.calls if call.quote), None)
    quote = services.quotes.quote(agreed) if agreed else None
    if quote is None:
        return None
    with suppress(SupplierFault):
        return next_quote(services, quote, outcomes)
    return None


def wakes_of(services: ActivityServices, turn: Turn) -> tuple[WakeOrder, ...]:
    """Return which quotes' orchestrations the turn is to start or to wake."""
    answered = dict.fromkeys(call.quote for call in turn.calls if call.quote)
    wakes = [WakeOrder(quote=quote, round=_round(services, quote)) for quote in answered]
    if turn.quote:
        wakes.append(WakeOrder(quote=turn.quote.id))
    return tuple(wakes)


def _is_open(services: ActivityServices, quote: Quote, turn: Turn) -> bool:
    """Return whether nobody has decided about the quote, unless it was an earlier delivery of this turn."""
    offer = quote.offer
    if offer is None or not quote.is_open_at(services.clock()):
        return False
    decision = services.quotes.decision(quote.id, offer.round)
    return decision is None or decision.turn in _instances(services, turn)


def _prices(services: ActivityServices, turn: Turn, requests: Sequence[TripRequest]) -> tuple[OfferLine, ...] | None:
    """Return the prices, None if no attempt brought them. Somebody waits for the reply, so there is no wait between."""
    subject = _quote_id(services, turn)
    attempts = _QUICK_ATTEMPTS if services.timeouts.call is None else _ATTEMPTS
    for _ in range(attempts):
        with suppress(SupplierFault):
            return lines_of(services, subject, 1, requests)
    return None


def _decide(services: ActivityServices, turn: Turn, quote: Quote, choice: Choice) -> HumanDecision | None:
    """Store the decision as one of this turn. Return it, or None if somebody else was first."""
    offer = _offer(quote)
    decision = HumanDecision(
        subject=quote.id,
        round=offer.round,
        choice=choice,
        hash=offer.hash,
        by=split_owned_id(turn.conversation)[0],
        at=services.clock(),
        turn=_instances(services, turn)[-1],
    )
    stored = services.quotes.decide(decision)
    return stored if stored.turn in _instances(services, turn) else None


def _say(
    services: ActivityServices, turn: Turn, text: str, draft: Draft | None = None, quote: Quote | None = None
) -> Turn:
    shown = ShownQuote(id=quote.id, at=services.clock()) if quote else None
    return services.conversations.decide(turn, (), text, draft, services.model_name, shown)


def _offer(quote: Quote) -> Offer:
    if quote.offer is None:
        raise ValueError(f"The quote {quote.id} has no offer.")
    return quote.offer


def _round(services: ActivityServices, quote: str) -> int | None:
    stored = services.quotes.quote(quote)
    return stored.offer.round if stored and stored.offer else None


def _quote_id(services: ActivityServices, turn: Turn) -> str:
    return quote_id(services.conversations.installation_secret(), turn.conversation, turn.number, turn.attempt)


def _instances(services: ActivityServices, turn: Turn) -> list[str]:
    """Return the instance ids of all attempts at the turn, the present one last."""
    secret = services.conversations.installation_secret()
    return [chat_turn_id(secret, turn.conversation, turn.number, attempt) for attempt in range(1, turn.attempt + 1)]
