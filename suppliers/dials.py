"""The dials of the simulators: how often they refuse, fail or lose an answer, and how long they take.

Nothing here is random. A refusal depends on seed and key, so that a retry meets the same answer; a fault depends on
the number of the delivery too, so that a retry can meet another.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Self

from domain.amount import Money
from domain.components import ComponentKind
from settings import Settings
from suppliers.ports import Operation

RefusalDial = Literal[
    "SIM_REJECT_FLIGHT",
    "SIM_REJECT_HOTEL",
    "SIM_REJECT_CAR",
    "SIM_DECLINE_PAYMENT",
    "SIM_PRICE_CHANGE",
    "SIM_CAPTURE_REFUSED",
]
FaultDial = Literal["SIM_FAULT", "SIM_FAIL_CANCEL", "SIM_FAIL_REFUND"]

REJECTING: dict[ComponentKind, RefusalDial] = {
    "flight": "SIM_REJECT_FLIGHT",
    "hotel": "SIM_REJECT_HOTEL",
    "car_hire": "SIM_REJECT_CAR",
}
_ENQUIRIES: tuple[Operation, ...] = ("find", "terms")
"""These change nothing: that their answer is lost or late is no other case than that they fail."""
_FAILING_ALONE: dict[Operation, FaultDial] = {
    "cancel": "SIM_FAIL_CANCEL",
    "void": "SIM_FAIL_REFUND",
    "refund": "SIM_FAIL_REFUND",
}


@dataclass(frozen=True)
class Fate:
    """What the dials do to one delivery. `fails`: the dial that lets it fail before anything is done."""

    fails: FaultDial | None
    loses_answer: bool
    answers_late: bool


@dataclass(frozen=True)
class Dials:
    """Rates from 0 (never) to 1 (always), and the companies' terms."""

    seed: str
    refusals: dict[RefusalDial, float]
    faults: dict[FaultDial, float]
    lost_answer: float
    late_answer: float
    late_by: timedelta
    latency: timedelta
    hold: timedelta
    """How long a hold and an authorization stand."""
    cancel_fee_percent: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            seed=settings.sim_seed,
            refusals={
                "SIM_REJECT_FLIGHT": settings.sim_reject_flight,
                "SIM_REJECT_HOTEL": settings.sim_reject_hotel,
                "SIM_REJECT_CAR": settings.sim_reject_car,
                "SIM_DECLINE_PAYMENT": settings.sim_decline_payment,
                "SIM_PRICE_CHANGE": settings.sim_price_change,
                "SIM_CAPTURE_REFUSED": settings.sim_capture_refused,
            },
            faults={
                "SIM_FAULT": settings.sim_fault,
                "SIM_FAIL_CANCEL": settings.sim_fail_cancel,
                "SIM_FAIL_REFUND": settings.sim_fail_refund,
            },
            lost_answer=settings.sim_lost_answer,
            late_answer=settings.sim_late_answer,
            late_by=timedelta(milliseconds=settings.late_answer_ms),
            latency=timedelta(milliseconds=settings.sim_latency_ms),
            hold=timedelta(seconds=settings.sim_hold_seconds),
            cancel_fee_percent=settings.sim_cancel_fee_percent,
        )

    def refuses(self, dial: RefusalDial, key: str) -> bool:
        return self._draw(dial, key) < self.refusals[dial]

    def fate(self, operation: Operation, key: str, delivery: int) -> Fate:
        """What becomes of this delivery of the key, counted from 1."""
        drawn = (operation, key, str(delivery))
        answered = operation not in _ENQUIRIES
        dials = ("SIM_FAULT", _FAILING_ALONE.get(operation))
        return Fate(
            fails=next((dial for dial in dials if dial and self._draw(dial, *drawn) < self.faults[dial]), None),
            loses_answer=answered and self._draw("SIM_LOST_ANSWER", *drawn) < self.lost_answer,
            answers_late=answered and self._draw("SIM_LATE_ANSWER", *drawn) < self.late_answer,
        )

    def cancel_fee(self, price: Money) -> Money:
        """The company's share of the price of a confirmed booking, in whole minor units, half a unit rounded up."""
        return Money(currency=price.currency, minor=(price.minor * self.cancel_fee_percent + 50) // 100)

    def _draw(self, *parts: str) -> float:
        """A number in [0, 1) that is fixed by the seed and the parts."""
        digest = hashlib.sha256("\n".join((self.seed, *parts)).encode()).digest()
        return (int.from_bytes(digest[:8]) >> 11) / 2**53
