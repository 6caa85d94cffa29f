"""The three components of a trip, with the names of their durable functions.

Never rename a saga or an activity: the names are part of the history of every instance in flight.
"""

from dataclasses import dataclass
from typing import Literal, get_args

ComponentKind = Literal["flight", "hotel", "car_hire"]
TripKind = Literal["travel", "flight", "hotel", "car_hire"]
ForwardEffect = Literal["hold", "authorize", "confirm", "capture"]
Effect = Literal[ForwardEffect, "cancel", "void", "refund"]

COMPONENT_KINDS: tuple[ComponentKind, ...] = get_args(ComponentKind)


@dataclass(frozen=True)
class Component:
    """The words and names by which flight, hotel and car hire differ. Their rules are the same."""

    kind: ComponentKind
    noun: str
    unit: str | None
    """The unit of its length, `nights` or `days`; a flight has none."""
    prefix: str
    """The first letters of its confirmation ids."""
    suffix: str
    """The last part of its id, after the id of the trip."""
    saga: str
    book: str
    """The activity that holds the booking."""
    pay: str
    """The activity that authorizes its payment."""
    confirm: str
    capture: str
    cancel: str

    def forward_activity(self, effect: ForwardEffect) -> str:
        """Return the activity that takes one of the effects on the way forward."""
        activities: dict[ForwardEffect, str] = {
            "hold": self.book,
            "authorize": self.pay,
            "confirm": self.confirm,
            "capture": self.capture,
        }
        return activities[effect]


FLIGHT = Component(
    kind="flight",
    noun="flight",
    unit=None,
    prefix="FL",
    suffix="flight",
    saga="flight_booking_saga",
    book="book_flight_activity",
    pay="process_flight_payment",
    confirm="confirm_flight_activity",
    capture="capture_flight_payment",
    cancel="cancel_flight_activity",
)
HOTEL = Component(
    kind="hotel",
    noun="hotel",
    unit="nights",
    prefix="HT",
    suffix="hotel",
    saga="hotel_booking_saga",
    book="book_hotel_activity",
    pay="process_hotel_payment",
    confirm="confirm_hotel_activity",
    capture="capture_hotel_payment",
    cancel="cancel_hotel_activity",
)
CAR_HIRE = Component(
    kind="car_hire",
    noun="car hire",
    unit="days",
    prefix="CR",
    suffix="car",
    saga="car_hire_booking_saga",
    book="book_car_activity",
    pay="process_car_payment",
    confirm="confirm_car_activity",
    capture="capture_car_payment",
    cancel="cancel_car_activity",
)

# Histories depend on the order: sagas book in it, and undo in its reverse.
IN_BOOKING_ORDER: tuple[Component, ...] = (FLIGHT, HOTEL, CAR_HIRE)
COMPONENTS: dict[ComponentKind, Component] = {component.kind: component for component in IN_BOOKING_ORDER}

TRAVEL_SAGA = "travel_booking_saga"
CHAT_TURN = "chat_turn"
FOLLOW_UP_SAGA = "follow_up_saga"
RECOVERY_SAGA = "recovery_saga"
SAGA_OF: dict[TripKind, str] = {
    "travel": TRAVEL_SAGA,
    **{component.kind: component.saga for component in IN_BOOKING_ORDER},
}
