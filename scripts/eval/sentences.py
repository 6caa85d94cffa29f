"""Single sentences and short dialogues, about which the agent decides without a host; nothing is booked."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from agents.model import Model, ModelError
from agents.tools import draft_of
from agents.travel_agent import BookTrips, Decision, PriceTrips, Say, TravelAgent
from domain.conversation.turn import Turn
from domain.trip.requests import TripRequest
from scripts.eval.case_files import text_files, text_of
from scripts.eval.format_errors import CaseFormatError

SAID_ON = date(2026, 11, 18)
"""The day of the sentences, a Wednesday, unless a file names another."""
_ARROW, _NEXT, _OR, _AND = " => ", " || ", "|", " + "
_DAY = "said on:"
_TOOLS = ("travel", "flight", "hotel", "car")
_WITHOUT_TOOL = ("ask", "nothing")
_BOOKED, _PRICED = "It is booked.", "Shall I book it at this price?"
_EXAMPLE = "write for example `a hotel in Rome => ask`, or `said on: 2026-11-18`"


@dataclass(frozen=True)
class Sentence:
    """Messages of one conversation, and the decisions about the last one that are right."""

    place: str
    messages: tuple[str, ...]
    expected: tuple[str, ...]
    today: date


@dataclass(frozen=True)
class SentenceResult:
    """The decision about a sentence, written as in the file."""

    sentence: Sentence
    decided: str

    def is_right(self) -> bool:
        """Return whether tool and slots are those that are expected."""
        # A question counts whether or not the file also names the budget that it is about.
        return self.decided in self.sentence.expected or self.decided in map(tool_of, self.sentence.expected)

    def has_right_tool(self) -> bool:
        """Return whether the tool is one that is expected."""
        return self.tool() in map(tool_of, self.sentence.expected)

    def tool(self) -> str:
        """Return the tool that was chosen."""
        return tool_of(self.decided)

    def expected_tool(self) -> str:
        """Return the tool of the first decision that is right."""
        return tool_of(self.sentence.expected[0])

    def wrong_bookings(self) -> int:
        """Return how many things would be booked that no expectation has, also for other days or lengths."""
        booked = _bookings(self.decided)
        allowed = map(_bookings, self.sentence.expected)
        return min((booked - expected).total() for expected in allowed)


def read_sentences(path: Path) -> list[Sentence]:
    """Return the sentences of a file, or of all `.txt` files of a folder. Raise `CaseFormatError`."""
    sentences: list[Sentence] = []
    for file in text_files(path):
        sentences += sentences_in(file, text_of(file))
    if not sentences:
        raise CaseFormatError(path, 0, "there is no sentence here")
    return sentences


def sentences_in(path: Path, text: str) -> list[Sentence]:
    """Return the sentences of a file's text. Raise `CaseFormatError`."""
    today = SAID_ON
    sentences: list[Sentence] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            if line.startswith(_DAY):
                today = date.fromisoformat(line.removeprefix(_DAY).strip())
            else:
                sentences.append(_sentence(f"{path}:{number}", line, today))
        except ValueError:
            raise CaseFormatError(path, number, f"cannot read {line!r}; {_EXAMPLE}") from None
    return sentences


def _sentence(place: str, line: str, today: date) -> Sentence:
    """Return the sentence of a line. Raise `ValueError` if there is none."""
    message, _, expected = line.rpartition(_ARROW)
    alternatives = tuple(map(str.strip, expected.split(_OR)))
    if not message or not all(map(_is_decision, alternatives)):
        raise ValueError(line)
    return Sentence(place, tuple(message.split(_NEXT)), alternatives, today)


def _is_decision(text: str) -> bool:
    return tool_of(text) in _WITHOUT_TOOL or all(map(_is_booking, text.split(_AND)))


async def decide_all(model: Model, sentences: Iterable[Sentence]) -> list[SentenceResult]:
    """Return the decision about each sentence of an agent with this model, which is closed after the last."""
    agent = TravelAgent(model)
    try:
        return [SentenceResult(sentence, await _decide(agent, sentence)) for sentence in sentences]
    finally:
        await model.close()


async def _decide(agent: TravelAgent, sentence: Sentence) -> str:
    history: list[Turn] = []
    decision: Decision = Say("")
    for number, message in enumerate(sentence.messages, start=1):
        try:
            decision = await agent.decide(message, history, sentence.today)
        except ModelError:
            return "error"
        history.append(_turn(number, message, decision))
    return decided(decision)


def _turn(number: int, message: str, decision: Decision) -> Turn:
    said = _words_of(decision)
    return Turn(
        conversation="c",
        number=number,
        attempt=1,
        state="done",
        message=message,
        draft=said.draft,
        reply=said.reply,
        created=datetime.now(UTC),
    )


def _words_of(decision: Decision) -> Say:
    """Return the words of a decision, with the requests that the next message may change."""
    match decision:
        case Say():
            return decision
        case PriceTrips(requests=requests):
            first, *others = map(draft_of, requests)
            return Say(_PRICED, first.model_copy(update={"also": tuple(others)}))
        case BookTrips():
            return Say(_BOOKED)


def decided(decision: Decision) -> str:
    """Return a decision as the files write it: `hotel Rome / 3 / 2027-05-03`, `ask` or `nothing`."""
    if isinstance(decision, BookTrips):
        return _AND.join(map(_request, decision.requests))
    # What is priced waits for a yes.
    return "ask" if isinstance(decision, PriceTrips) or decision.draft else "nothing"


def _request(request: TripRequest) -> str:
    tool = "car" if request.kind == "car_hire" else request.kind
    length = request.nights or request.days
    # A day that we assumed is not the sentence's, so the files do not name it.
    day = "" if request.date_assumed else request.date.isoformat()
    parts = (
        f"{tool} {request.destination}",
        str(length or ""),
        day,
        f"x{request.travellers}" if request.travellers else "",
        f"from {request.origin}" if request.origin else "",
        f"back {request.return_date}" if request.return_date else "",
    )
    return " / ".join(filter(None, parts))


def tool_of(decision: str) -> str:
    """Return the tool of a decision: `travel`, `flight`, `hotel`, `car`, `several`, `ask` or `nothing`."""
    return "several" if _AND in decision else decision.split(" ")[0]


def _bookings(decision: str) -> Counter[str]:
    return Counter(filter(_is_booking, decision.split(_AND)))


def _is_booking(part: str) -> bool:
    return part.split(" ")[0] in _TOOLS
