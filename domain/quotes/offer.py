"""An offer: one set of prices and terms that a person agrees to or not, with its hash and its signature.

The hash names the offer, so that nobody can agree to one and get another. The signature shows that this installation
made it.
"""

import hashlib
import hmac
import json
from datetime import datetime

from domain.agreement import AgreedLine, Agreement
from domain.amount import Money
from domain.components import ComponentKind
from domain.options import TripOptions
from domain.trip.requests import TripRequest
from domain.value import Value


class OfferLine(Value):
    """The price of one component, and what its supplier keeps of it if the confirmed booking is cancelled.

    `item` is the position of its request in the offer, from 0.
    """

    item: int
    kind: ComponentKind
    price: Money
    cancel_fee: Money


class Offer(Value):
    """One round of a quote. Each `change` of the traveller makes another one.

    `expires` is aware UTC. `hash` is 64 hex digits, and so is `signature`.
    """

    quote: str
    round: int
    requests: tuple[TripRequest, ...]
    options: TripOptions
    lines: tuple[OfferLine, ...]
    expires: datetime
    hash: str
    signature: str
    note_unclear: bool = False
    """The traveller asked for a change that could not be read, so the offer is as before."""

    @property
    def total(self) -> Money:
        """The sum of the lines."""
        return sum_of([line.price for line in self.lines])

    @property
    def cancel_fee(self) -> Money:
        """The sum that the suppliers keep if all is cancelled after it was confirmed."""
        return sum_of([line.cancel_fee for line in self.lines])

    def lines_of(self, item: int) -> tuple[OfferLine, ...]:
        """Return the lines of one request."""
        return tuple(line for line in self.lines if line.item == item)

    def agreement(self, item: int) -> Agreement:
        """Return what the trip for one of the requests keeps of the offer that its traveller agreed to."""
        lines = tuple(AgreedLine(kind=line.kind, price=line.price) for line in self.lines_of(item))
        return Agreement(quote=self.quote, hash=self.hash, lines=lines)


def sum_of(amounts: list[Money]) -> Money:
    """Return the sum of amounts of one currency; nothing is zero US dollars."""
    total = amounts[:1] or [Money.zero()]
    return sum(amounts[1:], total[0])


def signed_offer(  # noqa: PLR0913 - the parts of an offer
    secret: bytes,
    quote: str,
    number: int,
    requests: tuple[TripRequest, ...],
    options: TripOptions,
    lines: tuple[OfferLine, ...],
    expires: datetime,
    note_unclear: bool = False,
) -> Offer:
    """Return the offer with its hash and signature. `secret` is that of the installation."""
    unsigned = Offer(
        quote=quote,
        round=number,
        requests=requests,
        options=options,
        lines=lines,
        expires=expires,
        hash="",
        signature="",
        note_unclear=note_unclear,
    )
    digest = offer_hash(unsigned)
    return unsigned.model_copy(update={"hash": digest, "signature": _signature(secret, digest)})


def offer_hash(offer: Offer) -> str:
    """Return the SHA-256 over the offer as JSON with sorted names: requests, prices, terms and expiry."""
    content = offer.model_dump(mode="json", exclude={"hash", "signature", "note_unclear"})
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def is_genuine(secret: bytes, offer: Offer) -> bool:
    """Return whether this installation has made the offer, and nothing of it was changed since."""
    digest = offer_hash(offer)
    signature = _signature(secret, digest)
    # Of the two the signature says all; the hash is what the traveller has named.
    return hmac.compare_digest(offer.signature + offer.hash, signature + digest)


def _signature(secret: bytes, digest: str) -> str:
    # A key derived for this purpose alone, so that no id of the project is ever a signature.
    key = hmac.new(secret, b"quote-signature", hashlib.sha256).digest()
    return hmac.new(key, digest.encode(), hashlib.sha256).hexdigest()
