"""A quote: requests whose price is asked about, the offers made for them, and what became of it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from domain.components import TripKind
from domain.options import TripOptions
from domain.quotes.offer import Offer
from domain.trip.facts import InputWithFacts
from domain.trip.outcomes import is_none
from domain.trip.requests import TripRequest
from domain.value import Value

MOST_ROUNDS = 6
"""The first offer, and five changes of it."""

SETTLED_EVENT = "quote-settled"
"""The event that wakes the turn whose message agreed to a quote: the trips have ended, or one has parked."""

QuoteEnd = Literal["booked", "not_booked", "rejected", "expired", "unpriced", "withdrawn"]
"""The end of a quote.

- `booked`, `not_booked`: its traveller agreed, and something was booked, or nothing.
- `rejected`, `expired`: its traveller said no, or nothing in time.
- `unpriced`: a supplier named no price.
- `withdrawn`: another request of the conversation took its place.
"""
QuoteStatus = Literal["pricing", "open", "approved", QuoteEnd]


class Quote(Value):
    """A quote as it is stored. `conversation` and `turn` name the message that asked for it.

    `after` is the quote whose price was no longer the agreed one, so that this one was made. `trips` are set once its
    traveller has agreed: one for each request of the last offer.
    """

    id: str
    conversation: str
    turn: int
    requests: tuple[TripRequest, ...]
    options: TripOptions
    created: datetime
    offers: tuple[Offer, ...] = ()
    trips: tuple[str, ...] = ()
    end: QuoteEnd | None = None
    after: str | None = Field(default=None, exclude_if=is_none)

    @property
    def offer(self) -> Offer | None:
        """The newest offer, None until the suppliers have named their prices."""
        if not self.offers:
            return None
        return self.offers[-1]

    def is_open_at(self, now: datetime) -> bool:
        """Return whether there is an offer that can still be decided about, at aware UTC."""
        return self.status == "open" and self.offers[-1].expires > now

    @property
    def status(self) -> QuoteStatus:
        """The status for people. A decision that was not acted on yet does not show."""
        if self.end:
            return self.end
        if self.trips:
            return "approved"
        return "open" if self.offers else "pricing"


class QuoteRef(Value):
    """Input of `quote_approval` and of its activities."""

    quote: str


class QuotedTrip(Value):
    """A trip of a quote whose saga is to be started, with the facts of its opening."""

    kind: TripKind
    saga: InputWithFacts


class QuoteStep(Value):
    """How far a quote has come: the output of its activities.

    - `open`: it waits for the decision about `round` until `expires`. `is_decided` is set if there is one already.
    - `approved`: the sagas of `trips` are to be started. `turn` is the instance that waits for them.
    - `ended`: nothing is left to do but to start the quote `next`, if there is one.
    """

    state: Literal["open", "approved", "ended"]
    round: int = 0
    expires: datetime | None = None
    is_decided: bool = False
    trips: tuple[QuotedTrip, ...] = ()
    turn: str | None = None
    next: str | None = None
    end: QuoteEnd | None = None


class WakeOrder(QuoteRef):
    """Input of `wake_quote_activity`: start the quote's orchestration, or wake it for the decision about `round`."""

    round: int | None = None


class FollowOrder(QuoteRef):
    """Input of `follow_quote_activity`. `is_over` is set when the time to decide has passed."""

    round: int
    is_over: bool = False
