"""Responses of suppliers as the outcomes that the ledger keeps."""

from domain.amount import Money
from domain.trip.effect_outcomes import (
    Authorized,
    Cancelled,
    Captured,
    Confirmed,
    Held,
    Refunded,
    Refused,
    Voided,
)
from domain.trip.outcomes import Refusal
from suppliers.ports import Booking, Enquiry, Payment, Request, SupplierFault, Tombstone, hold_request

Response = Booking | Payment | Refusal | Tombstone

# The text is in stored rows of trips, so it keeps its words.
CONFLICT = Refused(
    refusal=Refusal(
        code="key_conflict",
        message="The company knows the key of this request for another request, so it did nothing for this one.",
    )
)
"""The outcome of an effect whose key belongs to another call at the supplier."""


def held(response: Response) -> Held | Refused:
    """Return the outcome of a hold."""
    if not isinstance(response, Booking):
        return refused(response)
    return Held(
        confirmation=response.confirmation,
        amount=response.amount,
        # In the order in which they are stored and read again, so that every answer about them is the same text.
        details=dict(sorted(response.details.items())),
        expires=response.expires,
    )


def authorized(response: Response) -> Authorized | Refused:
    """Return the outcome of an authorization."""
    if not isinstance(response, Payment):
        return refused(response)
    return Authorized(
        payment=response.id,
        amount=response.amount,
        expires=response.expires,
    )


def confirmed(response: Response) -> Confirmed | Refused:
    """Return the outcome of a confirmation, with what cancelling will cost as the supplier named it then."""
    if not isinstance(response, Booking):
        return refused(response)
    return Confirmed(cancel_fee=response.cancel_fee)


def captured(response: Response) -> Captured | Refused:
    """Return the outcome of a capture."""
    if not isinstance(response, Payment):
        return refused(response)
    return Captured(amount=response.captured)


def cancelled(response: Response, made_by: Request | None) -> Cancelled | Refused:
    """Return the outcome of a cancel. A booking that another hold than `made_by` made is none of this trip's."""
    match response:
        case Refusal():
            return refused(response)
        case Booking() if _may_be_made_by(response, made_by):
            return Cancelled(confirmation=response.confirmation, fee=response.fee)
        case _:
            return Cancelled(confirmation=None, fee=None)


def voided(response: Response) -> Voided | Refused:
    """Return the outcome of a void whose payment was not captured."""
    if isinstance(response, Refusal):
        return refused(response)
    return Voided()


def captured_after_all(enquiry: Enquiry, made_by: Request | None) -> Captured | Voided | Refused:
    """Return the capture that kept the authorization `made_by` from being voided.

    Raise `SupplierFault` while the provider does not say what was captured.
    """
    # Another trip's payment under the key of this authorization is not this trip's to refund.
    if made_by is not None and enquiry.request not in (None, made_by):
        return Voided()
    payment = enquiry.payment
    if payment is None or not payment.captured.minor:
        raise SupplierFault("The payment was captured, says the provider, but not what was captured.")
    return captured(payment)


def refunded(response: Response, amount: Money) -> Refunded | Refused:
    """Return the outcome of a refund of this amount."""
    if not isinstance(response, Payment):
        return refused(response)
    return Refunded(amount=amount)


def refused(response: Response) -> Refused:
    """Return the outcome of a refusal. Raise `TypeError` for an response that does not belong to the call."""
    if not isinstance(response, Refusal):
        raise TypeError(f"{type(response).__name__} is no answer to this call.")
    return Refused(refusal=response)


def _may_be_made_by(booking: Booking, made_by: Request | None) -> bool:
    """Return False for a booking that another hold has made; True where that cannot be known."""
    # Books of older versions do not contain the order.
    if made_by is None or booking.destination is None or booking.date is None:
        return True
    return made_by == hold_request(booking.key, booking.destination, booking.date, booking.units, booking.shape)
