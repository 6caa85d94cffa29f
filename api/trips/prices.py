"""The price of a component that would be booked, asked for by a small orchestration: only activities ask companies."""

from api.durable_port import Durable, DurableError
from api.durable_wait import has_ended
from domain.amount import Money
from domain.components import PRICE_ENQUIRY
from domain.ids import price_enquiry_id
from domain.money.change_terms import PriceAnswer, PriceOrder
from domain.trip.command_bodies import ChangeBody
from domain.trip.facts import TripFacts
from domain.trip.records import TripRow

_SECONDS = 15.0
_TRIES = 2


async def asked_price(durable: Durable, row: TripRow, facts: TripFacts, change: ChangeBody) -> Money | None:
    """Return the price of the booking that a change would make, or None if the company does not name it in time."""
    component = facts.component(change.kind)
    if component is None or change.date is None:
        return None
    order = PriceOrder(
        component=component.id,
        kind=change.kind,
        revision=change.revision,
        destination=row.request.destination,
        date=change.date,
        units=change.units,
        # A change keeps the travellers, their origin and the flight back.
        shape=row.request.shape_of(change.kind),
    )
    try:
        return await _asked(durable, order)
    except DurableError:
        return None


async def _asked(durable: Durable, order: PriceOrder) -> Money | None:
    instance = price_enquiry_id(order.component)
    for _ in range(_TRIES):
        # The id is that of the component, so the number of instances does not grow with the enquiries.
        if await durable.state(instance) != "alive":
            await durable.start(PRICE_ENQUIRY, instance, order)
        if not await has_ended(durable, instance, _SECONDS):
            return None
        output = await durable.output(instance)
        answer = PriceAnswer.model_validate(output) if output else None
        # An enquiry for other days may have been under way, and this one then comes after it.
        if answer and answer.order == order:
            return answer.price
    return None
