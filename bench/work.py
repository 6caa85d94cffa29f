"""Works that every column does: the same shapes, payloads and sizes. Standard library only."""

from dataclasses import dataclass
from typing import Any

Value = dict[str, Any]

CHAIN = 10
UNDONE_OF_TEN = (1, 4, 7)
PAUSE = 0.02
"""Seconds that each activity of W5 takes, so that there is a middle to be killed in."""


class SoldOutError(Exception):
    """Raised by the activity that fails in three of ten trips."""


@dataclass(frozen=True)
class WorkSizes:
    """Sizes of the works. `window` and `warm_up` are seconds under load, the others are counts."""

    runs: int = 3
    alone: int = 30
    in_flight: int = 50
    warm_up: float = 1.5
    window: float = 5.0
    fan_out: int = 500
    fan_outs: int = 3
    timers: int = 500
    killed: int = 100
    signals: int = 1000
    idle: float = 3.0
    hub_levels: tuple[int, ...] = (10, 100, 1_000, 10_000)


FULL = WorkSizes()
LONG = WorkSizes(hub_levels=(10, 100, 1_000, 10_000, 100_000))
QUICK = WorkSizes(
    runs=1, alone=5, in_flight=10, warm_up=0.3, window=1.0, fan_out=50, fan_outs=1, timers=50, killed=20, signals=100,
    idle=1.0, hub_levels=(10, 100),
)  # fmt: skip

SIZES = {"full": FULL, "long": LONG, "quick": QUICK}


def payload(number: int) -> Value:
    """Return about 200 bytes of JSON; three in ten are `sold_out`, which makes W3 undo what it did."""
    return {
        "trip": f"trip-{number:08d}",
        "traveller": "a traveller with an ordinary name",
        "from": "Lisbon",
        "to": "Reykjavik",
        "nights": 4,
        "price": 123456,
        "sold_out": number % 10 in UNDONE_OF_TEN,
        "steps": 0,
        "note": "x" * 48,
    }


def stepped(value: Value) -> Value:
    """Return the payload one step on: the trivial activity."""
    return {**value, "steps": value["steps"] + 1}


def confirmed(value: Value) -> Value:
    """Do the last activity of a leg. Raise SoldOutError in the third leg of a trip that is `sold_out`."""
    if value["sold_out"] and value.get("leg") == "car":
        raise SoldOutError(value["trip"])
    return stepped(value)


def expected(work: str, number: int) -> Any:
    """Return the result that the work must have."""
    match work:
        case "chain" | "slow_chain":
            return CHAIN
        case "trip":
            return "undone" if payload(number)["sold_out"] else "booked"
        case "nap":
            return 1
        case _:
            raise ValueError(work)
