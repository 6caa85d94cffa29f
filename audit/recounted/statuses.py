"""The statuses that the app's views must show for a component, by the suppliers' books. Pure."""

from collections.abc import Mapping

from audit.findings import amount_of
from audit.recounted.part import Part

Statuses = Mapping[str | None, str | None]
_REFUSED_HOLD: Statuses = {"refused": "rejected"}
_REFUSED_AUTHORIZATION: Statuses = {"refused": "declined"}
_DECIDED: Statuses = {"settled": "settled", "written_off": "written_off"}
_RELEASED: Statuses = {"released": "cancelled"}
"""The one status of a supplier's book that a view shows by another name."""
_CANCELLED_WITHOUT_LINE: Statuses = {"done": "cancelled"}
_VOIDED_WITHOUT_LINE: Statuses = {"done": "voided"}


def booking_status(part: Part) -> str:
    """Return the status of the booking that a view must show."""
    number = part.counted
    in_book = part.status_in_book(number)
    held = part.rows.state("hold", number)
    cancelled = part.rows.state("cancel", number)
    return _first_of(
        _REFUSED_HOLD.get(held),
        _DECIDED.get(cancelled),
        _RELEASED.get(in_book, in_book),
        _CANCELLED_WITHOUT_LINE.get(cancelled),
    )


def payment_status(part: Part) -> str | None:
    """Return the status of the payment that a view must show, or None if there was no payment."""
    number = part.paying
    authorized = part.rows.state("authorize", number)
    voided = part.rows.state("void", number)
    if authorized is None:
        return None
    captured = _captured_status(part) if part.is_captured(number) else None
    return _first_of(
        _REFUSED_AUTHORIZATION.get(authorized),
        captured,
        _DECIDED.get(voided),
        part.payment_status_in_book(number),
        _VOIDED_WITHOUT_LINE.get(voided),
    )


def _first_of(*statuses: str | None) -> str:
    """Return the first status that applies; without any, nobody knows."""
    return next(filter(None, statuses), "unknown")


def _captured_status(part: Part) -> str:
    # In this order: what the traveller has not got comes first, then what reached them by another way.
    claims = {
        "captured": part.left > 0,
        "written_off": part.written_off != 0,
        "settled": part.settled != 0,
        "refunded": part.refunded != 0,
    }
    return first_that_holds(claims, otherwise="captured")


def cancel_status(part: Part, number: int) -> str:
    """Return the status that a view must show for the cancelling of one revision."""
    cancelled, voided = part.rows.state("cancel", number), part.rows.state("void", number)
    paying = part.paying_for(number)
    # Refunds are part of the cancel only if there was money to give back.
    waits_for_refund = part.is_captured(paying) and part.is_open("refund")
    owes_money = part.is_captured(paying) and _owed(part) > 0
    still_booked = cancelled == "done" and part.is_in_force(number)
    states = {cancelled, voided, *part.rows.refund_states(paying)}
    # Of two decisions the loss is shown, since the traveller has not got that money.
    claims = {
        "failed": waits_for_refund or "given_up" in (cancelled, voided),
        "running": still_booked or owes_money,
        "written_off": "written_off" in states,
        "settled": "settled" in states,
    }
    return first_that_holds(claims, otherwise="cancelled")


def first_that_holds(claims: Mapping[str, bool], *, otherwise: str) -> str:
    """Return the first of several statuses whose condition holds."""
    for status, holds in claims.items():
        if holds:
            return status
    return otherwise


def _owed(part: Part) -> int:
    """Return the money that is still to go back to the traveller, in minor units."""
    return part.left - amount_of(part.staying)
