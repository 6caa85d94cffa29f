"""What a traveller may choose about a trip besides what is booked."""

from typing import Literal

from pydantic import ConfigDict

from domain.value import Value

OnFailure = Literal["all_or_nothing", "keep_what_works", "ask_me"]


class TripOptions(Value):
    """`on_failure` says what becomes of the rest when a component fails before the trip is confirmed."""

    model_config = ConfigDict(strict=True)

    on_failure: OnFailure = "all_or_nothing"
    parallel: bool = False


class SagaPolicy(Value):
    """The settings that sagas go by, handed in with their input since they may not read an environment."""

    compensation_attempts: int = 5
    ask_me_seconds: int = 86_400
    pivot_margin_seconds: int = 120
