"""The runs of chaos: by which seeds, how many of each kind, and on which storage.

`CHAOS_SEED` names the first seed, and `CHAOS_RUNS=full` asks for as many runs as `make chaos` makes.
"""

import os
import random
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import TypeVar

import pytest

_T = TypeVar("_T")
FULL = os.environ.get("CHAOS_RUNS") == "full"
# All processes of one run have to collect the same tests, so they draw the same seed.
_DICE = random.Random(os.environ.get("PYTEST_XDIST_TESTRUNUID"))
SEED = int(os.environ.get("CHAOS_SEED") or _DICE.randrange(10**6))


def seeds(sample: int, full: int, *, on_tables: tuple[int, int] | None = None) -> pytest.MarkDecorator:
    """Run a test once for each seed.

    `on_tables` are the numbers of further runs on Azurite's tables; such a test takes the `dials` of its installation.
    """
    numbers = range(SEED, SEED + (full if FULL else sample))
    if on_tables is None:
        return pytest.mark.parametrize("seed", numbers)
    cases = [pytest.param(seed, "sqlite", id=f"{seed}") for seed in numbers]
    cases += [pytest.param(seed, "tables", id=f"{seed}-tables") for seed in range(SEED, SEED + on_tables[FULL])]
    return pytest.mark.parametrize(("seed", "dials"), cases, indirect=["dials"])


def drawn(cases: Sequence[_T], sample: int) -> Sequence[_T]:
    """Return all cases in a full run, and otherwise so many of them, drawn by the seed."""
    return cases if FULL else random.Random(SEED).sample(cases, sample)


@contextmanager
def telling(story: Callable[[], Iterable[str]]) -> Generator[None]:
    """Print with whatever fails in the block what had happened by then."""
    try:
        yield
    except BaseException as error:
        error.add_note("\n".join(story()))
        raise
