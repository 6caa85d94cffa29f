"""The settings of the simulators: how often they refuse, fail or lose an answer, and how long they take.

Nothing here is random. A refusal depends on the seed and the key, so a retry gets the same refusal. A fault also
depends on the number of the delivery, so a retry may succeed.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Self, get_args

from domain.amount import Money
from settings import Settings
from suppliers.ports import Operation

RefusalSetting = Literal[
    "SIM_REJECT_FLIGHT",
    "SIM_REJECT_HOTEL",
    "SIM_REJECT_CAR",
    "SIM_DECLINE_PAYMENT",
    "SIM_PRICE_CHANGE",
    "SIM_CAPTURE_REFUSED",
]
FaultSetting = Literal["SIM_FAULT", "SIM_FAIL_CANCEL", "SIM_FAIL_REFUND"]

REFUSAL_SETTINGS: tuple[RefusalSetting, ...] = get_args(RefusalSetting)
FAULT_SETTINGS: tuple[FaultSetting, ...] = get_args(FaultSetting)
_ENQUIRIES: tuple[Operation, ...] = ("find", "terms", "quote")
"""Operations that change nothing. Losing their answer is the same as a failure, so only `SIM_FAULT` applies."""
_OWN_FAULT_SETTINGS: dict[Operation, FaultSetting] = {
    "cancel": "SIM_FAIL_CANCEL",
    "void": "SIM_FAIL_REFUND",
    "refund": "SIM_FAIL_REFUND",
}


@dataclass(frozen=True)
class InjectedFault:
    """The faults that the settings choose for one delivery; all may be absent.

    `failing_setting` names the setting that makes the delivery fail before anything is done.
    """

    failing_setting: FaultSetting | None
    answer_lost: bool
    answer_late: bool


@dataclass(frozen=True)
class SimulatorSettings:
    """The rates of refusals and faults, from 0 (never) to 1 (always), and the suppliers' terms."""

    seed: str
    refusals: dict[RefusalSetting, float]
    faults: dict[FaultSetting, float]
    lost_answer: float
    late_answer: float
    late_by: timedelta
    latency: timedelta
    hold: timedelta
    """The time until a hold or an authorization expires."""
    cancel_fee_percent: int
    price_drift: float = 0
    """Share of holds that cost other than quoted."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the part of the app's settings that concerns the simulators."""
        return cls(
            seed=settings.sim_seed,
            # The field of a setting has its name in small letters.
            refusals={name: getattr(settings, name.lower()) for name in REFUSAL_SETTINGS},
            faults={name: getattr(settings, name.lower()) for name in FAULT_SETTINGS},
            lost_answer=settings.sim_lost_answer,
            late_answer=settings.sim_late_answer,
            late_by=timedelta(milliseconds=settings.late_answer_ms),
            latency=timedelta(milliseconds=settings.sim_latency_ms),
            hold=timedelta(seconds=settings.sim_hold_seconds),
            cancel_fee_percent=settings.sim_cancel_fee_percent,
            price_drift=settings.sim_price_drift,
        )

    @property
    def may_wait(self) -> bool:
        """True if some call may sleep before its answer."""
        return bool(self.latency) or self.late_answer > 0

    @property
    def may_fail(self) -> bool:
        """True if a setting lets calls fail before anything is done."""
        return self.faults["SIM_FAULT"] > 0

    def held_price(self, price: Money, key: str) -> Money:
        """Return the price at which a hold is made: a tenth more for the share that drifts, in whole minor units."""
        if not self._befalls(self.price_drift, "SIM_PRICE_DRIFT", key):
            return price
        return Money(currency=price.currency, minor=price.minor + price.minor // 10 + 1)

    def refuses(self, setting: RefusalSetting, key: str) -> bool:
        """Return whether this setting refuses the key; the same for every delivery."""
        return self._befalls(self.refusals[setting], setting, key)

    def injected_fault(self, operation: Operation, key: str, delivery: int) -> InjectedFault:
        """Return the fault for this delivery of the key; `delivery` is its number, from 1."""
        delivered = (operation, key, str(delivery))
        may_lose_answer = operation not in _ENQUIRIES
        return InjectedFault(
            failing_setting=self._failing_setting(operation, delivered),
            answer_lost=may_lose_answer and self._befalls(self.lost_answer, "SIM_LOST_ANSWER", *delivered),
            answer_late=may_lose_answer and self._befalls(self.late_answer, "SIM_LATE_ANSWER", *delivered),
        )

    def _failing_setting(self, operation: Operation, delivered: tuple[str, ...]) -> FaultSetting | None:
        """Return the first setting that makes the delivery fail: the common one, then the operation's own."""
        for setting in ("SIM_FAULT", _OWN_FAULT_SETTINGS.get(operation)):
            if setting and self._befalls(self.faults[setting], setting, *delivered):
                return setting
        return None

    def cancel_fee(self, price: Money) -> Money:
        """Return the fee for a confirmed booking of this price, in whole minor units, half a unit rounded up."""
        # In whole numbers: a float could be half a unit off.
        return Money(currency=price.currency, minor=(price.minor * self.cancel_fee_percent + 50) // 100)

    def _befalls(self, rate: float, *parts: str) -> bool:
        # Most rates are zero, and then nothing need be drawn.
        return rate > 0 and self._draw(*parts) < rate

    def _draw(self, *parts: str) -> float:
        """Return a number in [0, 1) that is fixed by the seed and the parts."""
        # The line break parts the words, so that no two lists of words draw the same number.
        digest = hashlib.sha256("\n".join((self.seed, *parts)).encode()).digest()
        # A float holds 53 bits exactly; with all 64 a quotient could round up to 1.
        return (int.from_bytes(digest[:8]) >> 11) / 2**53
