"""FlightAgent, HotelAgent and CarAgent: one sentence about a booking that was made, or about its refusal.

They only find words. Whether a booking exists was decided before.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from agents.checks import acceptable_sentence
from agents.model import Model, WordingTask
from agents.prompts import component_task
from agents.wording import code_sentence
from domain.components import COMPONENT_KINDS, ComponentKind
from domain.trip.effects import BookResult, HoldOrder

WaitFor = Callable[[Coroutine[Any, Any, str]], str]
"""Runs a coroutine on another thread's event loop and returns its result."""
WORDING_SECONDS = 5.0
_log = logging.getLogger(__name__)


class ComponentAgent:
    """The base of the three agents, which differ only by the facts that they put into words."""

    def __init__(self, model: Model, seconds: float = WORDING_SECONDS) -> None:
        self._model = model
        self._seconds = seconds

    @property
    def asks_a_model(self) -> bool:
        """Return whether words take time, since the model has a language."""
        return self._model.has_language

    def own_words(self, facts: BookResult, order: HoldOrder) -> str | None:
        """Return code's own sentence if no model need be asked, else None."""
        return None if self.asks_a_model else code_sentence(order, facts)

    def word(self, facts: BookResult, order: HoldOrder, wait_for: WaitFor) -> str:
        """Return one sentence within `seconds`; `wait_for` runs the question to the model.

        It is code's own sentence if the model fails, is late, or says anything beyond the facts.
        """
        task = component_task(order, facts)
        try:
            text = wait_for(self._ask(task)).strip()
        except Exception as error:
            # The booking was made whatever the model does, so no failure of the model may fail this step.
            _log.warning("booking_worded_by_code component=%s reason=%s", order.component, type(error).__name__)
            return code_sentence(order, facts)
        if acceptable_sentence(text, task.facts, facts):
            return text
        return code_sentence(order, facts)

    async def _ask(self, task: WordingTask) -> str:
        async with asyncio.timeout(self._seconds):
            return await self._model.word(task)


class FlightAgent(ComponentAgent):
    """Words flights."""


class HotelAgent(ComponentAgent):
    """Words hotels."""


class CarAgent(ComponentAgent):
    """Words car hire."""


def _agent_of(kind: ComponentKind) -> type[ComponentAgent]:
    match kind:
        case "flight":
            return FlightAgent
        case "hotel":
            return HotelAgent
        case "car_hire":
            return CarAgent


AGENTS: dict[ComponentKind, type[ComponentAgent]] = {kind: _agent_of(kind) for kind in COMPONENT_KINDS}
