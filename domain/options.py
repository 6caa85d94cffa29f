"""What a traveller may choose about a trip besides what is booked."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

OnFailure = Literal["all_or_nothing", "keep_what_works", "ask_me"]


class TripOptions(BaseModel):
    """`on_failure` says what becomes of the rest when a component fails before the trip is confirmed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    on_failure: OnFailure = "all_or_nothing"
    parallel: bool = False
