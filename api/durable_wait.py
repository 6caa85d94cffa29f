"""A bounded wait for the end of a short orchestration that a request has started."""

import asyncio
import time

from api.durable_port import Durable

_FIRST_PAUSE = 0.025
_GROWTH = 1.3
_LONGEST_PAUSE = 0.5


async def has_ended(durable: Durable, instance: str, seconds: float) -> bool:
    """Return True once the instance has ended, or False if it is still at work after that many seconds."""
    deadline, pause = time.monotonic() + seconds, _FIRST_PAUSE
    while await durable.state(instance) == "alive":
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(pause)
        pause = min(pause * _GROWTH, _LONGEST_PAUSE)
    return True
