"""Code's own words for what was booked and what was not: always true, always complete, whatever the model does."""

from collections.abc import Sequence

from domain.components import COMPONENTS, ComponentKind
from domain.money import Money
from domain.outcomes import BookOrder, BookResult, ComponentOutcome, TripOutcome
from domain.requests import DAYS_AHEAD_BY_DEFAULT, TripRequest

LONGEST_REPLY = 2000
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


def booked_sentence(order: BookOrder, result: BookResult) -> str:
    """One sentence for a booking that stands."""
    amount = f" for {result.amount}" if result.amount else ""
    return f"{_what(order)} is booked under {result.confirmation}{amount}."


def rejected_sentence(order: BookOrder, result: BookResult) -> str:
    """One sentence for a booking that was refused, with the reason and the dial that made it."""
    if result.refusal is None:
        return f"{_what(order)} could not be booked."
    reason = " ".join(result.refusal.message.split()).rstrip(".").replace(". ", "; ")
    dial = result.refusal.dial
    simulated = (
        f" (simulated, by the dial {dial})" if dial and (dial not in reason or "simulated" not in reason) else ""
    )
    return f"{_what(order)} could not be booked: {reason}{simulated}."


def _what(order: BookOrder) -> str:
    day = f"{order.date:%A} {order.date.day} {order.date:%B %Y}"
    match order.kind:
        case "flight":
            return f"Your flight to {order.destination} on {day}"
        case "hotel":
            return f"Your hotel in {order.destination} for {_units(order.units, 'night')} from {day}"
        case "car_hire":
            return f"Your hire car in {order.destination} for {_units(order.units, 'day')} from {day}"


def _trip(outcome: TripOutcome, request: TripRequest) -> str:
    if outcome.status == "confirmed":
        lines = [f"{_title(request)} is booked for {_date(request)}.", *map(_booked_line, outcome.components)]
        lines.append(f"Total charged: {_total(outcome.components)}.")
    else:
        lines = _not_booked(outcome, request)
    return "\n".join([*lines, f"Status: /api/travel-status/{outcome.id}"])


def _not_booked(outcome: TripOutcome, request: TripRequest) -> list[str]:
    verdict = "was not booked" if outcome.status == "failed" else "needs attention"
    lines = [f"{_title(request)} for {_date(request)} {verdict}."]
    reason = outcome.error.message if outcome.error else ""
    if reason:
        lines.append(reason)
    lines += [_undone_line(part, outcome) for part in outcome.components if part.confirmation]
    if outcome.status == "failed" and "Nothing of this trip stays charged" not in reason:
        lines.append("Nothing of this trip stays charged.")
    if outcome.status == "needs_attention" and not outcome.error:
        lines.append("Part of it may still be booked and charged: have it settled before you book again.")
    return lines


def _booked_line(part: ComponentOutcome) -> str:
    """The agent's sentence, with confirmation and amount where it leaves them out."""
    confirmation, amount, said = str(part.confirmation), str(part.amount), part.text.strip()
    if confirmation not in said:
        said = f"{COMPONENTS[part.kind].noun.capitalize()} {confirmation}. {said}"
    return f"- {said}" if amount in said else f"- {said} ({amount})"


def _undone_line(part: ComponentOutcome, outcome: TripOutcome) -> str:
    noun = COMPONENTS[part.kind].noun.capitalize()
    amount = f", {part.amount}" if part.amount else ""
    return f"- {noun} {part.confirmation}{amount}: {_state(part, outcome)}."


def _state(part: ComponentOutcome, outcome: TripOutcome) -> str:
    activity = COMPONENTS[part.kind].cancel
    cancels = [each for each in (*outcome.compensations, *part.compensations) if each.activity == activity]
    if any(each.status == "cancelled" for each in cancels):
        return "cancelled, nothing stays charged"
    if cancels:
        return "could not be cancelled and may still be charged"
    return "still booked and charged" if part.status == "confirmed" else "not certain, it may be booked and charged"


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


def _total(parts: Sequence[ComponentOutcome]) -> Money:
    amounts = [part.amount for part in parts if part.amount]
    total = Money.zero(amounts[0].currency if amounts else "USD")
    for amount in amounts:
        total += amount
    return total
