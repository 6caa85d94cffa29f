"""Installations that the tests of activities share."""

from collections.abc import Iterator

import pytest

from support.orchestrations.installation import MemoryInstallation, quick_folder, real_activities
from support.orchestrations.services import RealActivities


@pytest.fixture(scope="module")
def activities() -> Iterator[RealActivities]:
    with real_activities() as real:
        yield real


@pytest.fixture
def house(activities: RealActivities) -> Iterator[MemoryInstallation]:
    """A cancelled flight whose refund has failed in all attempts."""
    with quick_folder() as folder:
        house = MemoryInstallation(folder, activities, sim_fail_refund=1)
        house.book("flight")
        house.cancel()
        house.go_on()
        yield house
