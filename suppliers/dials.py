"""The dials of the simulators: how often they refuse, fail or lose an answer, and how long they take.

Nothing here is random. A refusal depends on seed and key, so that a retry meets the same answer; a fault depends on
the number of the delivery too, so that a retry can meet another.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal, Self

from domain.components import ComponentKind
from settings import Settings

RefusalDial = Literal["SIM_REJECT_FLIGHT", "SIM_REJECT_HOTEL", "SIM_REJECT_CAR", "SIM_DECLINE_PAYMENT"]
REJECTING: dict[ComponentKind, RefusalDial] = {
    "flight": "SIM_REJECT_FLIGHT",
    "hotel": "SIM_REJECT_HOTEL",
    "car_hire": "SIM_REJECT_CAR",
}


@dataclass(frozen=True)
class Dials:
    """Rates from 0 (never) to 1 (always)."""

    seed: str
    refusals: dict[RefusalDial, float]
    fault: float
    lost_answer: float
    latency_ms: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            seed=settings.sim_seed,
            refusals={
                "SIM_REJECT_FLIGHT": settings.sim_reject_flight,
                "SIM_REJECT_HOTEL": settings.sim_reject_hotel,
                "SIM_REJECT_CAR": settings.sim_reject_car,
                "SIM_DECLINE_PAYMENT": settings.sim_decline_payment,
            },
            fault=settings.sim_fault,
            lost_answer=settings.sim_lost_answer,
            latency_ms=settings.sim_latency_ms,
        )

    def refuses(self, dial: RefusalDial, key: str) -> bool:
        return self._draw(dial, key) < self.refusals[dial]

    def fails(self, operation: str, key: str, delivery: int) -> bool:
        """Whether this delivery fails before anything is done."""
        return self._draw("SIM_FAULT", operation, key, str(delivery)) < self.fault

    def loses_answer(self, operation: str, key: str, delivery: int) -> bool:
        """Whether this delivery is carried out and its answer lost."""
        return self._draw("SIM_LOST_ANSWER", operation, key, str(delivery)) < self.lost_answer

    def _draw(self, *parts: str) -> float:
        """A number in [0, 1) that is fixed by the seed and the parts."""
        digest = hashlib.sha256("\n".join((self.seed, *parts)).encode()).digest()
        return (int.from_bytes(digest[:8]) >> 11) / 2**53
