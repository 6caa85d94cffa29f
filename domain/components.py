"""The components of a trip, with their words and the names of their durable functions.

Never rename a saga or an activity: the names are part of the history of every instance in flight. Each `match` here
names every kind, so a type checker shows what a further component lacks (see CONTRIBUTING.md, "Add a component").
"""

from dataclasses import dataclass
from typing import Literal, get_args

ComponentKind = Literal["flight", "hotel", "car_hire"]
TripKind = Literal["travel", ComponentKind]
"""A whole trip, or a component alone."""
ToolName = Literal["book_travel", "book_flight", "book_hotel", "book_car_hire"]
"""The tools of the model, one for each kind of trip."""
Unit = Literal["nights", "days"]
ForwardEffect = Literal["hold", "authorize", "confirm", "capture"]
Effect = Literal[ForwardEffect, "cancel", "void", "refund"]

COMPONENT_KINDS: tuple[ComponentKind, ...] = get_args(ComponentKind)
TRIP_KINDS: tuple[TripKind, ...] = get_args(TripKind)


@dataclass(frozen=True)
class Component:
    """The words and names by which flight, hotel and car hire differ. Their rules are the same."""

    kind: ComponentKind
    tool: ToolName
    """The tool that books it alone."""
    noun: str
    unit: Unit | None
    """The unit of its length; a flight has none."""
    particulars: str
    """The details, beside its days, in which another booking of it may differ."""
    prefix: str
    """The first letters of its confirmation ids: two capitals that no other component has."""
    suffix: str
    """The last part of its id, after the id of the trip: letters only, and never changed."""
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
    tool="book_flight",
    noun="flight",
    unit=None,
    particulars="airline, flight number and times",
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
    tool="book_hotel",
    noun="hotel",
    unit="nights",
    particulars="hotel and room",
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
    tool="book_car_hire",
    noun="car hire",
    unit="days",
    particulars="car and place of pick-up",
    prefix="CR",
    suffix="car",
    saga="car_hire_booking_saga",
    book="book_car_activity",
    pay="process_car_payment",
    confirm="confirm_car_activity",
    capture="capture_car_payment",
    cancel="cancel_car_activity",
)


def component_of(kind: ComponentKind) -> Component:
    """Return the component of a kind."""
    match kind:
        case "flight":
            return FLIGHT
        case "hotel":
            return HOTEL
        case "car_hire":
            return CAR_HIRE


def parts_of(kind: TripKind) -> tuple[Component, ...]:
    """Return the components of a trip of this kind, in booking order.

    The parts of a kind never change: ledger and histories have trips of that kind, which would lack the new part. A
    whole trip with other parts gets another kind and another tool.
    """
    match kind:
        # Histories depend on the order: sagas book in it, and undo in its reverse.
        case "travel":
            return (FLIGHT, HOTEL, CAR_HIRE)
        case "flight" | "hotel" | "car_hire":
            return (component_of(kind),)


def tool_of(kind: TripKind) -> ToolName:
    """Return the tool that books a trip of this kind."""
    match kind:
        case "travel":
            return "book_travel"
        case "flight" | "hotel" | "car_hire":
            return component_of(kind).tool


def has_parts(kind: TripKind) -> bool:
    """Return whether a trip of this kind has several components, whose ids differ from the trip's."""
    return len(parts_of(kind)) > 1


COMPONENTS: dict[ComponentKind, Component] = {kind: component_of(kind) for kind in COMPONENT_KINDS}
IN_BOOKING_ORDER: tuple[Component, ...] = tuple(COMPONENTS.values())
"""All components. Where several are booked, the order of `ComponentKind` is that of booking."""

TRAVEL_SAGA = "travel_booking_saga"
CHAT_TURN = "chat_turn"
FOLLOW_UP_SAGA = "follow_up_saga"
RECOVERY_SAGA = "recovery_saga"
PRICE_ENQUIRY = "price_enquiry"
QUOTE_APPROVAL = "quote_approval"


def _saga_of(kind: TripKind) -> str:
    if has_parts(kind):
        return TRAVEL_SAGA
    return parts_of(kind)[0].saga


SAGA_OF: dict[TripKind, str] = {kind: _saga_of(kind) for kind in TRIP_KINDS}
