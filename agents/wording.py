"""Code's own words for what was booked and what was not: always true, always complete, whatever the model does."""

from collections.abc import Sequence

from domain.components import COMPONENTS, ComponentKind
from domain.trip.effects import BookResult, HoldOrder
from domain.trip.notes import NOTHING_CHARGED
from domain.trip.outcomes import BookingStatus, ComponentOutcome, TripOutcome, TripStatus
from domain.trip.requests import DAYS_AHEAD_BY_DEFAULT, TripRequest

LONGEST_REPLY = 2000
_VERDICTS: dict[TripStatus, str] = {
    "confirmed": "is booked for {date}.",
    "partly_confirmed": "for {date} is booked in part.",
    "failed": "for {date} was not booked.",
    "cancelled": "for {date} is cancelled.",
    "waiting": "for {date} waits for your choice.",
    "needs_attention": "for {date} needs attention.",
    "running": "for {date} is still being booked.",
    "compensating": "for {date} is being undone.",
    "cancelling": "for {date} is being cancelled.",
}
_STATES: dict[BookingStatus, str] = {
    "held": "held, nothing is charged yet",
    "confirmed": "confirmed",
    "cancelled": "cancelled",
    "settled": "settled by our staff by other means",
    "written_off": "not cancelled with the company; our staff wrote that off",
    "rejected": "rejected",
    "unknown": "not certain yet, it may be booked",
}
_NOUNS = {"travel": "trip", "flight": "flight", "hotel": "hotel", "car_hire": "car hire"}


def bounded(text: str, longest: int = LONGEST_REPLY) -> str:
    """The text without control characters, cut at a word where it is too long."""
    clean = "".join(letter for letter in text if letter in "\n\t" or letter.isprintable()).strip()
    if len(clean) <= longest:
        return clean
    return clean[:longest].rsplit(maxsplit=1)[0][: longest - 1] + "…"


def code_reply(outcomes: Sequence[TripOutcome], requests: Sequence[TripRequest]) -> str:
    """What became of each trip: confirmations, amounts, total, date, what was undone, and where to look."""
    return "\n\n".join(_trip(outcome, request) for outcome, request in zip(outcomes, requests, strict=True))


def booked_sentence(order: HoldOrder, result: BookResult) -> str:
    """One sentence for a booking that stands."""
    amount = f" for {result.amount}" if result.amount else ""
    return f"{_what(order)} is booked under {result.confirmation}{amount}."


def rejected_sentence(order: HoldOrder, result: BookResult) -> str:
    """One sentence for a booking that was refused, with the reason and the dial that made it."""
    if result.refusal is None:
        return f"{_what(order)} could not be booked."
    reason = " ".join(result.refusal.message.split()).rstrip(".").replace(". ", "; ")
    dial = result.refusal.dial
    simulated = (
        f" (simulated, by the dial {dial})" if dial and (dial not in reason or "simulated" not in reason) else ""
    )
    return f"{_what(order)} could not be booked: {reason}{simulated}."


def _what(order: HoldOrder) -> str:
    day = f"{order.date:%A} {order.date.day} {order.date:%B %Y}"
    match order.kind:
        case "flight":
            return f"Your flight to {order.destination} on {day}"
        case "hotel":
            return f"Your hotel in {order.destination} for {_units(order.units, 'night')} from {day}"
        case "car_hire":
            return f"Your hire car in {order.destination} for {_units(order.units, 'day')} from {day}"


def _trip(outcome: TripOutcome, request: TripRequest) -> str:
    lines = [f"{_title(request)} {_VERDICTS[outcome.status].format(date=_date(request))}"]
    if outcome.error:
        lines.append(outcome.error.message)
    lines += [_line(part) for part in outcome.components if part.confirmation]
    if outcome.kept and outcome.kept.minor:
        lines.append(f"Total charged: {outcome.kept}.")
        if outcome.not_paid_back:
            lines.append(f"Of that {outcome.not_paid_back} was due back to you and was not paid back.")
    elif outcome.status in ("failed", "cancelled") and NOTHING_CHARGED not in "".join(lines):
        lines.append(f"{NOTHING_CHARGED}.")
    return "\n".join([*lines, f"Status: /api/travel-status/{outcome.id}"])


def _line(part: ComponentOutcome) -> str:
    """For a confirmed booking the agent's sentence, with confirmation and amount where it leaves them out."""
    confirmation, amount, said = str(part.confirmation), str(part.amount), part.text.strip()
    if part.status != "confirmed" or not said:
        noun = COMPONENTS[part.kind].noun.capitalize()
        return f"- {noun} {confirmation}{f', {amount}' if part.amount else ''}: {_STATES[part.status]}."
    if confirmation not in said:
        said = f"{COMPONENTS[part.kind].noun.capitalize()} {confirmation}. {said}"
    return f"- {said}" if amount in said else f"- {said} ({amount})"


def _title(request: TripRequest) -> str:
    units = request.units_of(_unit_kind(request))
    length = f", {_units(units, 'day' if request.days is not None else 'night')}," if units is not None else ""
    where = "in" if request.kind in ("hotel", "car_hire") else "to"
    return f"Your {_NOUNS[request.kind]} {where} {request.destination}{length}"


def _unit_kind(request: TripRequest) -> ComponentKind:
    return "hotel" if request.kind == "travel" else request.kind


def _units(count: int | None, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _date(request: TripRequest) -> str:
    named = f"{request.date:%A} {request.date.day} {request.date:%B %Y} ({request.date.isoformat()}"
    if request.date_assumed:
        return f"{named}; you named no date, so I assumed one {DAYS_AHEAD_BY_DEFAULT} days ahead)"
    return f"{named})"
