"""The prices of requests, asked of the suppliers without holding anything."""

from collections.abc import Iterator, Sequence
from concurrent.futures import TimeoutError as CallTimeoutError

from activities.services import ActivityServices
from activities.threads import company_call
from domain.components import parts_of
from domain.ids import quote_key
from domain.quotes.offer import OfferLine
from domain.trip.requests import TripRequest
from suppliers.ports import Order, Price, SupplierFault


def lines_of(
    services: ActivityServices, subject: str, number: int, requests: Sequence[TripRequest]
) -> tuple[OfferLine, ...]:
    """Return the prices of all components, asked for at once. Raise `SupplierFault` if one does not answer in time.

    `subject` and `number` name the enquiry to the suppliers: the quote, and the round of it.
    """
    enquiries = list(_enquiries(services, subject, requests))
    answers = _answers(services, number, [(key, order) for _, key, order in enquiries])
    return tuple(
        OfferLine(item=item, kind=order.kind, price=price.amount, cancel_fee=price.cancel_fee)
        for (item, _, order), price in zip(enquiries, answers, strict=True)
    )


def _enquiries(
    services: ActivityServices, subject: str, requests: Sequence[TripRequest]
) -> Iterator[tuple[int, str, Order]]:
    """Yield the position of the request, the name of the component, and its order."""
    booked_at = services.clock()
    for item, request in enumerate(requests):
        for part in parts_of(request.kind):
            order = Order(
                kind=part.kind,
                destination=request.destination,
                date=request.date,
                units=request.units_of(part.kind),
                shape=request.shape_of(part.kind),
                booked_at=booked_at,
            )
            yield item, f"{subject}-{item}-{part.suffix}", order


def _answers(services: ActivityServices, number: int, orders: Sequence[tuple[str, Order]]) -> list[Price]:
    seconds = services.timeouts.call
    ask = services.suppliers.booking
    # A supplier that answers at once needs no thread.
    if seconds is None:
        return [ask[order.kind].quote(quote_key(key, number), order) for key, order in orders]
    calls = [company_call(ask[order.kind].quote, quote_key(key, number), order) for key, order in orders]
    try:
        return [call.result(timeout=seconds) for call in calls]
    except CallTimeoutError:
        raise SupplierFault("There was no answer to a price enquiry in time.") from None
