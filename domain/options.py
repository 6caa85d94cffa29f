"""Options of a trip, and the settings that its sagas follow."""

from typing import Literal

from pydantic import ConfigDict

from domain.value import Value

OnFailure = Literal["all_or_nothing", "keep_what_works", "ask_me"]


class TripOptions(Value):
    """`on_failure` decides about the rest if a component fails before the trip is confirmed."""

    # Strict, so that a text such as "false" is refused instead of being taken for a choice.
    model_config = ConfigDict(strict=True)

    on_failure: OnFailure = "all_or_nothing"
    parallel: bool = False


class SagaPolicy(Value):
    """Settings of sagas. They come with the input, since an orchestrator must not read the environment."""

    compensation_attempts: int = 5
    ask_me_seconds: int = 86_400
    pivot_margin_seconds: int = 120
