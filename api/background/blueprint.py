"""Registration of the timers, and of the one activity that wakes an orchestration."""

import logging
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from api.approvals import Approvals
from api.background.reconciler import Reconciler
from api.background.retention import Retention
from api.durable_port import Durable, DurableError, SdkDurable
from api.services import services
from api.threads import in_thread
from domain.log_lines import log_line
from domain.quotes.quote import WakeOrder
from domain.trip.effects import TellOrder, Told

log = logging.getLogger(__name__)

bp = df.Blueprint()


@bp.timer_trigger(schedule="0 * * * * *", arg_name="timer", run_on_startup=True)
@bp.durable_client_input(client_name="client")
async def reconcile(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
    """Run the reconciler every minute, and once when the host starts."""
    await Reconciler(services(), SdkDurable(client)).run()


@bp.timer_trigger(schedule="0 17 3 * * *", arg_name="timer")
@bp.durable_client_input(client_name="client")
async def purge_histories(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
    """Purge old histories every night."""
    await Retention(services(), SdkDurable(client)).run()


@bp.activity_trigger(input_name="order")
@bp.durable_client_input(client_name="client")
async def tell_turn_activity(order: Any, client: df.DurableOrchestrationClient) -> Any:
    """Wake the turn that waits for a trip, since the trip has parked.

    The input is a `TellOrder`. The output says whether the turn was waiting.
    """
    # It is here and not with the other activities because only the API has the port to the durable client.
    try:
        return await _told(order, SdkDurable(client))
    except DurableError as error:
        log.warning("%s", log_line("activity_failed", step="tell", reason=type(error).__name__))
        raise


async def _told(order: Any, durable: Durable) -> Any:
    link = TellOrder.model_validate(order).turn
    is_waiting = await durable.state(link.instance) == "alive"
    if is_waiting:
        await durable.raise_event(link.instance, link.event)
    return Told(told=is_waiting).model_dump(mode="json")


@bp.activity_trigger(input_name="order")
@bp.durable_client_input(client_name="client")
async def wake_quote_activity(order: Any, client: df.DurableOrchestrationClient) -> Any:
    """Start the orchestration of a quote, or wake it for a decision.

    The input is a `WakeOrder`. The output says whether there is such a quote.
    """
    try:
        return await _woken(order, SdkDurable(client))
    except DurableError as error:
        log.warning("%s", log_line("activity_failed", step="wake_quote", reason=type(error).__name__))
        raise


async def _woken(order: Any, durable: Durable) -> Any:
    wake = WakeOrder.model_validate(order)
    stores = services().stores
    quote = await in_thread(stores.quotes.quote, wake.quote)
    if quote:
        await Approvals(stores, durable).wake(quote, wake.round)
    return Told(told=quote is not None).model_dump(mode="json")
