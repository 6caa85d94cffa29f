"""The words about the shape of a booking: travellers, origin and the flight back."""

from datetime import date

from domain.shape import Shape


def day_in_words(day: date) -> str:
    """Return a day as people write it: `Monday 3 May 2027`."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def adjective(shape: Shape | None) -> str:
    """Return `return `, with a space, for a flight there and back; otherwise nothing."""
    return "return " if shape and shape.return_date else ""


def party(shape: Shape | None) -> str:
    """Return where the journey begins and for how many it is: ` from London for 3 travellers`; empty if unset."""
    if shape is None:
        return ""
    origin = f" from {shape.origin}" if shape.origin else ""
    travellers = f" for {shape.travellers} travellers" if shape.travellers else ""
    return origin + travellers


def way_back(shape: Shape | None) -> str:
    """Return the day of the flight back: `, back on Sunday 9 May 2027`; empty if there is none."""
    return f", back on {day_in_words(shape.return_date)}" if shape and shape.return_date else ""
