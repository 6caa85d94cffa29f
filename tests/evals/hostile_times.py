"""Print the processor time that the offline model takes for hostile messages, the slowest last.

    .venv/bin/python tests/evals/hostile_times.py [MESSAGES [SEED]]

It proves nothing by itself, since machines differ: `test_hostile_messages.py` counts instead.
"""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from agents.model import Question  # noqa: E402
from agents.offline.reading import read  # noqa: E402
from domain.conversation.turn import Draft, Turn  # noqa: E402
from support.app.hostile_messages import hostile_messages  # noqa: E402

TODAY = date(2026, 11, 18)
DRAFT = Draft(tool="book_hotel", arguments={"destination": "Rome"})


def milliseconds(message: str, history: Sequence[Turn]) -> float:
    """Return the processor time of one answer."""
    begun = time.process_time()
    read(Question(message, history, TODAY))
    return 1000 * (time.process_time() - begun)


def main(count: int, seed: int) -> None:
    """Print how many messages take how long."""
    turn = Turn(
        conversation="c", number=1, attempt=1, state="done", message="a", draft=DRAFT, created=datetime.now(UTC)
    )
    times: list[tuple[float, str]] = []
    for message in hostile_messages(seed, count):
        times += [(milliseconds(message, history), message[:60]) for history in ((), (turn,))]
    times.sort()
    for duration, message in times[-10:]:
        print(f"{duration:7.1f} ms  {message!r}")
    for limit in (10, 30, 100):
        print(f"{sum(duration > limit for duration, _ in times)} of {len(times)} take over {limit} ms")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*numbers, *(600, 7)[len(numbers) :])
