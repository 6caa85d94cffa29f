"""The first lines of `make run`, before the host starts."""

import pytest

from scripts.run import suppliers_line, unknown_dials
from settings import Settings


def test_the_share_of_refused_trips_is_printed() -> None:
    # 0.8 * 0.85 * 0.75 of the trips keep all three bookings, and 0.9 ** 3 of those all three payments.
    assert "about 63 in 100 trips" in suppliers_line(Settings())


def test_calm_suppliers_refuse_nothing() -> None:
    calm = Settings(sim_reject_flight=0, sim_reject_hotel=0, sim_reject_car=0, sim_decline_payment=0)
    assert suppliers_line(calm) == "suppliers: simulated; they refuse nothing"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("SIM_REJECT_CARS", "there is no setting SIM_REJECT_CARS; did you mean SIM_REJECT_CAR?"),
        ("SIM_WEATHER_ON_MARS", "there is no setting SIM_WEATHER_ON_MARS; docs/settings.md lists them"),
    ],
)
def test_a_setting_of_the_simulators_that_does_not_exist_is_named(name: str, line: str) -> None:
    assert unknown_dials({name: "1", "SIM_REJECT_CAR": "1", "SIMPLE": "1"}) == [line]
