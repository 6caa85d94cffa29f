"""The price enquiry: what a component would cost, without holding it."""

from concurrent.futures import TimeoutError as CallTimeoutError

from activities.services import ActivityServices
from activities.step_log import log_step
from activities.threads import company_call
from domain.components import COMPONENTS
from domain.ids import quote_key, split_component_id
from domain.money.change_terms import PriceAnswer, PriceOrder
from suppliers.ports import Order, SupplierFault


def price(services: ActivityServices, order: PriceOrder) -> PriceAnswer:
    """Return the company's price, and log the step. Raise `SupplierFault` if it does not answer in time."""
    part = split_component_id(order.component)
    # A trip of one component has the trip's id.
    trip = part[0] if part else order.component
    step = f"quote_{COMPONENTS[order.kind].suffix}"
    try:
        answer = _price(services, order)
    except SupplierFault as fault:
        log_step(trip, step, "unknown", type(fault).__name__)
        raise
    log_step(trip, step, "quoted")
    return answer


def _price(services: ActivityServices, order: PriceOrder) -> PriceAnswer:
    wanted = Order(
        kind=order.kind,
        destination=order.destination,
        date=order.date,
        units=order.units,
        booked_at=services.clock(),
        shape=order.shape,
    )
    key = quote_key(order.component, order.revision)
    call = company_call(services.suppliers.booking[order.kind].quote, key, wanted)
    try:
        return PriceAnswer(order=order, price=call.result(timeout=services.timeouts.call).amount)
    except CallTimeoutError:
        raise SupplierFault(f"There was no answer to the enquiry {key} in time.") from None
