"""The pieces that an order takes: seats of a flight, rooms of a hotel, cars of a car hire."""

from domain.components import ComponentKind
from domain.shape import Shape
from suppliers.ports import Order


def pieces_of(order: Order) -> int:
    """Return the number of seats, rooms or cars: as many as the travellers need, and at least one."""
    most = _most_travellers_in_piece(order.kind)
    shape = order.shape or Shape()
    # Rounded up in whole numbers: three travellers take two rooms.
    return (shape.count + most - 1) // most


def legs_of(order: Order) -> int:
    """Return the number of legs: two for a flight there and back, otherwise one."""
    shape = order.shape or Shape()
    return shape.legs


def _most_travellers_in_piece(kind: ComponentKind) -> int:
    match kind:
        case "flight":
            return 1
        case "hotel":
            return 2
        case "car_hire":
            return 5
