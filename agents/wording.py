"""Code's own words for what was booked and what was not. They are true and complete, whatever the model does."""

import re
from collections.abc import Collection, Sequence
from datetime import date

from agents.shape_words import adjective, party, way_back
from agents.trade_words import TRADE_WORDS
from domain.components import COMPONENTS, Unit
from domain.trip.effects import BookResult, HoldOrder
from domain.trip.notes import NOTHING_CHARGED
from domain.trip.outcomes import BookingStatus, ComponentOutcome, TripOutcome, TripStatus
from domain.trip.requests import DAYS_AHEAD_BY_DEFAULT, TripRequest

LONGEST_REPLY = 2000
NOTHING_DONE = "With this message I have booked, changed and cancelled nothing."
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

_EMPTY_LINES = re.compile(r"\s*\n\s*\n\s*")
_SECOND_ONE = (
    "The {thing} for {day} was asked for more than once in one message, and I took it once. "
    "Would you like a second one?"
)


def bounded(text: str, longest: int = LONGEST_REPLY) -> str:
    """Return the text without control characters, cut at a word where it is too long."""
    clean = "".join(letter for letter in text if _may_be_shown(letter)).strip()
    if len(clean) <= longest:
        return clean
    words = clean[:longest].rsplit(maxsplit=1)[0]
    # A text that is one long word is cut inside it, with room for the mark.
    return words[: longest - 1] + "…"


def with_nothing_done(text: str) -> str:
    """Return words of a model with code's own line at the end, for a turn that did nothing.

    Whatever the words claim, and in which language, the line says what is true.
    """
    ending = f"\n\n{NOTHING_DONE}"
    # The line is never the part that is cut off, and no run of empty lines pushes it out of sight.
    words = _EMPTY_LINES.sub("\n\n", bounded(text, LONGEST_REPLY - len(ending)))
    return (words.removesuffix(NOTHING_DONE).rstrip() + ending).lstrip()


def _may_be_shown(letter: str) -> bool:
    return letter in "\n\t" or letter.isprintable()


def code_reply(
    outcomes: Sequence[TripOutcome], requests: Sequence[TripRequest], repeated: Collection[TripRequest] = ()
) -> str:
    """Return the end of each trip in words: confirmations, amounts, total, date, what was undone, where to look.

    After them come questions about the requests that were `repeated` and booked once.
    """
    trips = list(zip(outcomes, requests, strict=True))
    paragraphs = [_describe_trip(outcome, request) for outcome, request in trips]
    for outcome, request in trips:
        # Nobody wants a second one of what could not be had once.
        if request in repeated and outcome.status not in ("failed", "cancelled"):
            paragraphs.append(_SECOND_ONE.format(thing=thing_in_words(request), day=day_in_words(request.date)))
    return "\n\n".join(paragraphs)


def code_sentence(order: HoldOrder, result: BookResult) -> str:
    """Return one sentence for a booking that was made, or for its refusal with the reason."""
    if result.status == "booked":
        return _booked_sentence(order, result)
    return _rejected_sentence(order, result)


def _booked_sentence(order: HoldOrder, result: BookResult) -> str:
    amount = f" for {result.amount}" if result.amount else ""
    return f"{_booking(order)}{_pieces(result)} is booked under {result.confirmation}{amount}."


def _pieces(result: BookResult) -> str:
    """Return the rooms or cars of a booking with several, in brackets."""
    counted = {name: (result.details or {}).get(name) for name in ("rooms", "cars")}
    return "".join(f" ({count} {name})" for name, count in counted.items() if count not in (None, 1))


def _rejected_sentence(order: HoldOrder, result: BookResult) -> str:
    booking = _booking(order)
    refusal = result.refusal
    if refusal is None:
        return f"{booking} could not be booked."
    # A reason of several sentences becomes one, because it ends up inside ours.
    reason = " ".join(refusal.message.split()).rstrip(".").replace(". ", "; ")
    cause = _simulated_cause(refusal.dial, reason)
    return f"{booking} could not be booked: {reason}{cause}."


def _simulated_cause(setting: str | None, reason: str) -> str:
    """Return an addition that names the simulator setting behind a refusal, empty where the reason names it already."""
    if not setting:
        return ""
    is_named = setting in reason and "simulated" in reason
    return "" if is_named else f" (simulated, by the dial {setting})"


def _booking(order: HoldOrder) -> str:
    words = TRADE_WORDS[order.kind]
    noun = f"{adjective(order.shape)}{words.noun}"
    booking = f"Your {noun} {words.preposition} {order.destination}{party(order.shape)}"
    # What has no length is for one day, and what has one begins on that day.
    if words.length is None:
        return f"{booking} on {day_in_words(order.date)}{way_back(order.shape)}"
    return f"{booking} for {_length(order.units, words.length)} from {day_in_words(order.date)}"


def _describe_trip(outcome: TripOutcome, request: TripRequest) -> str:
    verdict = _VERDICTS[outcome.status].format(date=_date(request))
    lines = [f"{_title(request)} {verdict}"]
    if outcome.error:
        lines.append(outcome.error.message)
    lines += [_describe_component(part) for part in outcome.components if part.confirmation]
    lines += _describe_money(outcome, lines)
    lines.append(f"Status: /api/travel-status/{outcome.id}")
    return "\n".join(lines)


def _describe_money(outcome: TripOutcome, lines: Sequence[str]) -> list[str]:
    if outcome.kept and outcome.kept.minor:
        total = f"Total charged: {outcome.kept}."
        if outcome.not_paid_back:
            return [total, f"Of that {outcome.not_paid_back} was due back to you and was not paid back."]
        return [total]
    # The error's message may have said it already.
    is_said = NOTHING_CHARGED in "".join(lines)
    if outcome.status in ("failed", "cancelled") and not is_said:
        return [f"{NOTHING_CHARGED}."]
    return []


def _describe_component(part: ComponentOutcome) -> str:
    """Return the line of one component: the agent's sentence for a confirmed booking, else its state."""
    sentence = part.text.strip()
    if part.status == "confirmed" and sentence:
        return _completed_sentence(part, sentence)
    noun = COMPONENTS[part.kind].noun.capitalize()
    amount = f", {part.amount}" if part.amount else ""
    return f"- {noun} {part.confirmation}{amount}: {_STATES[part.status]}."


def _completed_sentence(part: ComponentOutcome, sentence: str) -> str:
    # The agent's sentence may leave out confirmation and amount; the reply is the traveller's only record of them.
    confirmation = str(part.confirmation)
    amount = str(part.amount)
    if confirmation not in sentence:
        noun = COMPONENTS[part.kind].noun.capitalize()
        sentence = f"{noun} {confirmation}. {sentence}"
    if amount not in sentence:
        sentence = f"{sentence} ({amount})"
    return f"- {sentence}"


def _title(request: TripRequest) -> str:
    return f"Your {thing_in_words(request)}"


def thing_in_words(request: TripRequest) -> str:
    """Return the request without its date: `trip to Paris, 5 nights,`."""
    words = TRADE_WORDS[request.kind]
    shape = request.shape_of("flight")
    title = f"{adjective(shape)}{words.title}" if request.kind == "flight" else words.title
    thing = f"{title} {words.preposition} {request.destination}{party(shape)}"
    match request:
        case TripRequest(nights=int() as nights):
            return f"{thing}, {_length(nights, 'nights')},"
        case TripRequest(days=int() as days):
            return f"{thing}, {_length(days, 'days')},"
        case _:
            return thing


def _length(count: int | None, unit: Unit) -> str:
    return f"{count} {unit.removesuffix('s')}" if count == 1 else f"{count} {unit}"


def _date(request: TripRequest) -> str:
    text = f"{day_in_words(request.date)} ({request.date.isoformat()}"
    if request.date_assumed:
        text = f"{text}; you named no date, so I assumed one {DAYS_AHEAD_BY_DEFAULT} days ahead"
    return f"{text}){way_back(request.shape_of('flight'))}"


def day_in_words(day: date) -> str:
    """Return the date as people write it: `Saturday 12 December 2026`."""
    return f"{day:%A} {day.day} {day:%B %Y}"
