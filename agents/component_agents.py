"""FlightAgent, HotelAgent and CarAgent: one sentence about a booking that already stands, or about its refusal.

They word; they never decide whether a booking exists.
"""

import asyncio
import logging

from agents.checks import acceptable_sentence
from agents.model import Model
from agents.prompts import component_task
from agents.wording import booked_sentence, rejected_sentence
from domain.components import ComponentKind
from domain.trip.effects import BookResult, HoldOrder

WORDING_SECONDS = 5.0
_log = logging.getLogger(__name__)


class ComponentAgent:
    """What the three agents share; they differ by the facts they are given."""

    def __init__(self, model: Model, seconds: float = WORDING_SECONDS) -> None:
        self._model = model
        self._seconds = seconds

    async def word(self, facts: BookResult, order: HoldOrder) -> str:
        """One sentence within 5 s; code's own if the model fails, is late, or says anything beyond the facts."""
        own = booked_sentence(order, facts) if facts.status == "booked" else rejected_sentence(order, facts)
        task = component_task(order, facts)
        try:
            async with asyncio.timeout(self._seconds):
                text = (await self._model.word(task)).strip()
        except Exception as error:  # the booking stands whatever the model does
            _log.warning("booking_worded_by_code component=%s reason=%s", order.component, type(error).__name__)
            return own
        return text if acceptable_sentence(text, task.facts, facts) else own


class FlightAgent(ComponentAgent):
    """Words flights."""


class HotelAgent(ComponentAgent):
    """Words hotels."""


class CarAgent(ComponentAgent):
    """Words car hire."""


AGENTS: dict[ComponentKind, type[ComponentAgent]] = {"flight": FlightAgent, "hotel": HotelAgent, "car_hire": CarAgent}
