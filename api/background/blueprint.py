"""Registers what runs without a request: the timers, and the one activity that wakes an orchestration."""

from typing import Any

import azure.durable_functions as df
import azure.functions as func

from api.background.reconciler import Reconciler
from api.background.retention import Retention
from api.durable_port import SdkDurable
from api.services import services
from domain.trip.effects import TellOrder, Told

bp = df.Blueprint()


@bp.timer_trigger(schedule="0 * * * * *", arg_name="timer", run_on_startup=True)
@bp.durable_client_input(client_name="client")
async def reconcile(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
    """Every minute, and at the start."""
    await Reconciler(services(), SdkDurable(client)).run()


@bp.timer_trigger(schedule="0 17 3 * * *", arg_name="timer")
@bp.durable_client_input(client_name="client")
async def purge_histories(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
    """Every night."""
    await Retention(services(), SdkDurable(client)).run()


@bp.activity_trigger(input_name="order")
@bp.durable_client_input(client_name="client")
async def tell_turn_activity(order: Any, client: df.DurableOrchestrationClient) -> Any:
    """Input `TellOrder`, output `Told`: the trip has parked, so the turn that waits for it can be answered."""
    link = TellOrder.model_validate(order).turn
    durable = SdkDurable(client)
    waits = await durable.state(link.instance) == "alive"
    if waits:
        await durable.raise_event(link.instance, link.event)
    return Told(told=waits).model_dump(mode="json")
