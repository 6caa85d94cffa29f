"""Random programs against the real SDK: ids are the SDK's own, or the explainer says where and why they are not.

`FUZZ_SEED` sets the first seed and `FUZZ_PROGRAMS` the number of the soak's programs.
"""

import os

import pytest

from support.orchestrations import fuzz


def programs_from(first: int, number: int) -> None:
    # Printed first, so that a run that hangs can be repeated too.
    print(f"FUZZ_SEED={first} FUZZ_PROGRAMS={number}")
    runs = [fuzz.run(seed) for seed in range(first, first + number)]
    print(fuzz.summary(runs))
    wrong = [f"FUZZ_SEED={r.seed} FUZZ_PROGRAMS=1: {r.wrong}\n{r.program}" for r in runs if r.wrong]
    assert not wrong, "\n\n".join(wrong[:5])


def test_no_program_hangs_diverges_or_swaps_results_in_silence() -> None:
    programs_from(int(os.environ.get("FUZZ_SEED", "0")), 150)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_no_program_of_thousands_hangs_diverges_or_swaps_results_in_silence() -> None:
    programs_from(int(os.environ.get("FUZZ_SEED", "1000")), int(os.environ.get("FUZZ_PROGRAMS", "3000")))
