"""The price enquiry: what a component would cost, without holding it."""

from concurrent.futures import TimeoutError as CallTimeoutError

from activities.services import ActivityServices
from activities.threads import company_call
from domain.ids import quote_key
from domain.money.change_terms import PriceAnswer, PriceOrder
from suppliers.ports import Order, SupplierFault


def price(services: ActivityServices, order: PriceOrder) -> PriceAnswer:
    """Return the company's price. Raise `SupplierFault` if it does not answer in time."""
    wanted = Order(
        kind=order.kind,
        destination=order.destination,
        date=order.date,
        units=order.units,
        booked_at=services.clock(),
    )
    key = quote_key(order.component, order.revision)
    call = company_call(services.suppliers.booking[order.kind].quote, key, wanted)
    try:
        return PriceAnswer(order=order, price=call.result(timeout=services.timeouts.call))
    except CallTimeoutError:
        raise SupplierFault(f"There was no answer to the enquiry {key} in time.") from None
