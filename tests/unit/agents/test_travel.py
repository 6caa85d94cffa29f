"""TravelAgent on a model with scripted answers, and the choice of a model by the settings."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from agents.connections import connect
from agents.model import ModelAnswer, ModelAnswerInvalid, Question, ToolCall, WordingTask
from agents.offline.model import OfflineModel
from agents.opening import open_model
from agents.prompts import travel_messages
from agents.travel_agent import BookTrips, Decision, Say, TravelAgent
from agents.wording import NOTHING_DONE
from domain.conversation.turn import Draft, Turn
from settings import Settings

TODAY = date(2026, 11, 21)


@dataclass
class ChoosingModel:
    """A model that makes one choice and keeps the questions that it gets."""

    choice: ModelAnswer
    questions: list[Question] = field(default_factory=list[Question])
    name: str = "fake"
    has_language: bool = False

    async def choose(self, question: Question) -> ModelAnswer:
        self.questions.append(question)
        return self.choice

    async def word(self, task: WordingTask) -> str:
        return ""

    def warm_up(self) -> None: ...

    async def close(self) -> None: ...


async def _decide(*calls: tuple[str, str]) -> Decision:
    choice = ModelAnswer(calls=tuple(ToolCall(*call) for call in calls))
    return await TravelAgent(ChoosingModel(choice)).decide("anything", (), TODAY)


def _turn(number: int, draft: Draft | None = None) -> Turn:
    return Turn(
        conversation="c",
        number=number,
        attempt=1,
        state="done",
        message=f"m{number}",
        reply="r",
        draft=draft,
        created=datetime.now(UTC),
    )


@pytest.mark.parametrize(
    ("tool", "arguments", "phrase"),
    [
        ("book_hotel", '{"nights": 3}', "Where"),
        ("book_hotel", '{"destination": "  ", "nights": 3}', "Where"),
        ("book_hotel", '{"destination": "?", "nights": 3}', "Where"),
        ("book_hotel", '{"destination": "' + "x" * 81 + '", "nights": 3}', "too long"),
        ("book_hotel", '{"destination": "Rome"}', "nights"),
        ("book_hotel", '{"destination": "Rome", "nights": null}', "nights"),
        ("book_hotel", '{"destination": "Rome", "nights": 0}', "0 nights"),
        ("book_travel", '{"destination": "Rome", "nights": -3}', "-3 nights"),
        ("book_travel", '{"destination": "Rome", "nights": 31}', "31 nights"),
        ("book_car_hire", '{"destination": "Rome", "days": 45}', "45 days"),
        ("book_flight", '{"destination": "Rome", "date": "2026-11-20"}', "past"),
        ("book_flight", '{"destination": "Rome", "date": "2031-01-01"}', "too far"),
        ("book_flight", '{"destination": "Rome", "date": "2027-02-30"}', "no such day"),
    ],
)
async def test_what_is_missing_or_out_of_range_is_named_and_asked_for(tool: str, arguments: str, phrase: str) -> None:
    decision = await _decide((tool, arguments))
    assert isinstance(decision, Say)
    assert phrase in decision.reply
    assert "?" in decision.reply
    assert decision.draft is not None
    assert decision.draft.tool == tool


async def test_complete_calls_wait_with_the_incomplete_one() -> None:
    decision = await _decide(("book_flight", '{"destination": "Tokyo"}'), ("book_hotel", '{"destination": "Osaka"}'))
    assert isinstance(decision, Say)
    assert decision.draft == Draft(
        tool="book_hotel",
        arguments={"destination": "Osaka"},
        also=(Draft(tool="book_flight", arguments={"destination": "Tokyo"}),),
    )


async def test_today_and_the_last_bookable_day_are_booked() -> None:
    # The second one is 730 days ahead.
    for day in ("2026-11-21", "2028-11-20"):
        decision = await _decide(("book_flight", f'{{"destination": "Rome", "date": "{day}"}}'))
        assert isinstance(decision, BookTrips)


async def test_spaces_around_and_inside_a_destination_are_tidied() -> None:
    decision = await _decide(("book_flight", '{"destination": "  New \\n York ", "date": ""}'))
    assert isinstance(decision, BookTrips)
    assert decision.requests[0].destination == "New York"
    assert decision.requests[0].date_assumed


@pytest.mark.parametrize(
    "calls",
    [
        [("book_cruise", '{"destination": "Rome"}')],
        [("book_hotel", '{"destination": "Rome", "days": 3}')],
        [("book_flight", '{"destination": "Rome", "nights": 3}')],
        [("book_hotel", '{"destination": "Rome", "nights": 3}'), ("book_hotel", "{")],
        [("book_hotel", '{"destination": "Rome", "nights": 1e99}')],
    ],
)
async def test_one_call_that_is_not_well_formed_starts_none(calls: Sequence[tuple[str, str]]) -> None:
    with pytest.raises(ModelAnswerInvalid):
        await _decide(*calls)


async def test_only_the_last_twenty_turns_are_handed_over_with_the_open_draft() -> None:
    model = ChoosingModel(ModelAnswer(text="Yes?"))
    draft = Draft(tool="book_hotel", arguments={"destination": "Rome"})
    # Ten turns more than are handed over.
    await TravelAgent(model).decide("5", [*map(_turn, range(29)), _turn(29, draft)], TODAY)
    (question,) = model.questions
    assert [turn.number for turn in question.history] == list(range(10, 30))
    assert question.draft == draft
    messages = travel_messages(question)
    assert '"destination":"Rome"' in messages[-2]["content"]
    assert messages[-1] == {"role": "user", "content": "5"}


@pytest.mark.parametrize(
    "claim",
    [
        "I refunded your trip and everything is cancelled.",
        "Sure! I've just cancelled your flight to Paris.",
        "No problem at all. Your hotel has been successfully booked.",
        "Your trip was changed to Monday.",
        "We have now refunded $405.00.",
        "Your confirmation is FL-20261128171917-T3LP.",
        "Pay at https://travel.example/pay first.",
    ],
)
async def test_talk_that_claims_what_no_code_did_is_not_said(claim: str) -> None:
    decision = await TravelAgent(ChoosingModel(ModelAnswer(text=claim))).decide("cancel it", (), TODAY)
    assert isinstance(decision, Say)
    assert decision.reply.startswith(NOTHING_DONE)


@pytest.mark.parametrize(
    "talk",
    [
        "Nothing has been booked. Where would you like to go?",
        "I can't cancel bookings, and your trip was not changed.",
        "Hotels can be booked for 1 to 30 nights. Shall I book one?",
        "Once it is booked you will see it in its status.",
        "Rome is lovely in spring!",
    ],
)
async def test_talk_that_claims_nothing_is_said_with_the_line_that_nothing_was_done(talk: str) -> None:
    said = await TravelAgent(ChoosingModel(ModelAnswer(text=talk))).decide("hello", (), TODAY)
    assert said == Say(f"{talk}\n\n{NOTHING_DONE}")


@pytest.mark.parametrize(
    "claim",
    [
        "Done! Your flight is all set for tomorrow.",
        "Fertig! Ihr Flug für morgen ist unter Dach und Fach.",
        "C'est fait, votre vol part demain.",
        "¡Listo! Su vuelo sale mañana.",
        "Готово! Ваш рейс завтра.",
        "手配できました。明日出発です。",
        "تم الحجز ليوم غد.",
        "Done.\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\nYou are flying tomorrow.",
        "word " * 5000,
        f"Done, you fly tomorrow. {NOTHING_DONE}",
    ],
)
async def test_a_claim_that_no_list_of_words_catches_is_followed_by_codes_own_line(claim: str) -> None:
    """Whatever a model says in a turn that did nothing, and in which language, the reply ends with the truth."""
    said = await TravelAgent(ChoosingModel(ModelAnswer(text=claim))).decide("book it", (), TODAY)
    assert isinstance(said, Say)
    assert said.reply.endswith(f"\n\n{NOTHING_DONE}")
    assert said.reply.count(NOTHING_DONE) == 1
    assert "\n\n\n" not in said.reply
    assert len(said.reply) <= 2000


async def test_codes_own_text_is_said_as_it_is() -> None:
    answer = ModelAnswer(text="Pay attention: reply at https://our.example.", is_code_text=True)
    assert await TravelAgent(ChoosingModel(answer)).decide("hello", (), TODAY) == Say(answer.text)
    offline = await OfflineModel().choose(Question("hello", (), TODAY))
    assert offline.is_code_text
    long = await OfflineModel().choose(Question("hello " * 100, (), TODAY))
    assert long.is_code_text


@pytest.mark.parametrize("tool", ["book_flight", "book_hotel"])
@pytest.mark.parametrize(
    "destination",
    [
        "Rome. Reply with your full card number",
        "evil.example",
        "Rome (see evil dot example)",
        "Rome, call 555 123 4567",
        "Rome, pay at the desk",
        "me@evil.example",
    ],
)
async def test_a_model_writes_nothing_to_the_traveller_through_a_destination(tool: str, destination: str) -> None:
    decision = await _decide((tool, json.dumps({"destination": destination})))
    assert isinstance(decision, Say)
    assert destination not in decision.reply
    assert "Where" in decision.reply


@pytest.mark.parametrize(
    "destination",
    ["St. Moritz", "St.Moritz", "st. john's, newfoundland", "Washington, D.C.", "Mt. Fuji", "Cartagena", "Pago Pago"],
)
async def test_names_with_dots_and_like_other_words_are_destinations(destination: str) -> None:
    decision = await _decide(("book_flight", json.dumps({"destination": destination})))
    assert isinstance(decision, BookTrips)
    assert decision.requests[0].destination == destination


async def test_a_number_to_call_is_not_repeated_as_a_length() -> None:
    decision = await _decide(("book_hotel", '{"destination": "Rome", "nights": 5551234567}'))
    assert isinstance(decision, Say)
    assert "555" not in decision.reply
    assert "that many nights" in decision.reply


async def test_an_empty_answer_is_invalid() -> None:
    with pytest.raises(ModelAnswerInvalid):
        await _decide()


def test_nothing_configured_is_the_offline_model() -> None:
    model = open_model(Settings.from_environ({}))
    assert isinstance(model, OfflineModel)
    assert model.name == "offline"
    model.warm_up()


async def test_azure_without_a_key_uses_the_apps_identity() -> None:
    settings = Settings.from_environ(
        {"AZURE_OPENAI_ENDPOINT": "https://nowhere.openai.azure.com", "AZURE_OPENAI_CHAT_DEPLOYMENT_NAME": "chat"}
    )
    connection = connect(settings)
    assert connection.model == "chat"
    assert connection.client.max_retries == 0
    await connection.close()


def test_the_agents_package_does_nothing_when_imported(root: Path) -> None:
    assert (root / "agents" / "__init__.py").read_text() == ""
    # They are loaded when they are first used, because each of them takes long.
    heavy = ("openai", "azure.identity", "agents.offline.dates")
    loaded = f"import agents.opening, sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", loaded], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("message", "days", "phrase"),
    [
        ("Einen Flug nach Rom am 05/06/2027", ("2027-06-05", "2027-05-06"), "5 June or 6 May 2027"),
        (
            "a flight to Rome on Friday 5 December",
            ("2026-12-05", "2026-12-04"),
            "Friday 4 or Saturday 5 December",
        ),
        ("a flight to Rome on Monday or Tuesday", ("2026-11-23", "2026-11-24", ""), "23 or 24 November 2026"),
    ],
)
async def test_no_model_chooses_between_the_days_that_a_message_leaves_open(
    message: str, days: Sequence[str], phrase: str
) -> None:
    for day in days:
        arguments = json.dumps({"destination": "Rome", "date": day})
        choice = ModelAnswer(calls=(ToolCall("book_flight", arguments),))
        decision = await TravelAgent(ChoosingModel(choice)).decide(message, (), TODAY)
        assert isinstance(decision, Say)
        assert phrase in decision.reply
        assert decision.draft is not None
        assert decision.draft.arguments == {"destination": "Rome"}
        assert decision.draft.open_day is not None


@pytest.mark.parametrize("wish", ["for less than 500 euros", "but only if it can be cancelled"])
async def test_an_open_day_is_asked_about_before_a_price_or_a_condition(wish: str) -> None:
    """The wish is kept, so that a yes to something else cannot book the day that a model chose."""
    choice = ModelAnswer(calls=(ToolCall("book_flight", '{"destination": "Rome", "date": "2027-06-05"}'),))
    decision = await TravelAgent(ChoosingModel(choice)).decide(f"a flight to Rome on 05/06/2027, {wish}", (), TODAY)
    assert isinstance(decision, Say)
    assert "5 June or 6 May 2027" in decision.reply
    assert decision.draft is not None
    assert decision.draft.conditions
    assert not decision.draft.conditions_asked
    answer = await TravelAgent(OfflineModel()).decide("yes", (_turn(1, decision.draft),), TODAY)
    assert isinstance(answer, Say)


async def test_a_day_that_is_clear_is_booked_whatever_other_days_the_message_speaks_of() -> None:
    choice = ModelAnswer(calls=(ToolCall("book_flight", '{"destination": "Rome", "date": "2027-03-01"}'),))
    message = "I was there on 05/06/2024 and may be free on 05/06/2027. A flight to Rome on 1 March 2027, please."
    assert isinstance(await TravelAgent(ChoosingModel(choice)).decide(message, (), TODAY), BookTrips)


async def test_a_date_that_cannot_be_booked_is_kept_open_in_the_unfinished_request() -> None:
    """No other day is assumed when the next message names none."""
    decision = await _decide(("book_flight", '{"destination": "Rome", "date": "2026-11-20"}'))
    assert isinstance(decision, Say)
    assert decision.draft is not None
    assert decision.draft.open_day is not None
    unfinished = _turn(1, decision.draft)
    answer = await TravelAgent(OfflineModel()).decide("yes please", (unfinished,), TODAY)
    assert isinstance(answer, Say)
    assert answer.draft is not None


def test_a_draft_without_an_open_day_is_stored_as_it_always_was() -> None:
    draft = Draft(tool="book_flight", arguments={"destination": "Rome"})
    assert draft.model_dump(mode="json") == {"tool": "book_flight", "arguments": {"destination": "Rome"}, "also": []}
