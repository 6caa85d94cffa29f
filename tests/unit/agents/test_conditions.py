"""Conditions are named and asked about before a booking, behind every model, and only a listed yes goes on."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest

from agents.meaning.conditions import conditions_in
from agents.model import ModelAnswer, Question, ToolCall, WordingTask
from agents.travel_agent import BookTrips, Decision, Say, TravelAgent
from domain.conversation.conditions import Condition, ConditionKind
from domain.conversation.turn import Draft, Turn

TODAY = date(2026, 11, 21)
FLIGHT = ModelAnswer(calls=(ToolCall("book_flight", '{"destination": "Rome"}'),))
HOTEL = ModelAnswer(calls=(ToolCall("book_hotel", '{"destination": "Milan", "nights": 2}'),))
ASKS_WHERE = ModelAnswer(calls=(ToolCall("book_flight", '{"destination": null}'),))
TALK = ModelAnswer(text="Rome is lovely at that time.")


@dataclass
class AnsweringModel:
    """A model that gives its answers in order and counts how often it was asked."""

    answers: list[ModelAnswer]
    questions: list[Question] = field(default_factory=list[Question])
    name: str = "scripted"
    has_language: bool = True

    async def choose(self, question: Question) -> ModelAnswer:
        self.questions.append(question)
        return self.answers[len(self.questions) - 1]

    async def word(self, task: WordingTask) -> str:
        return ""

    def warm_up(self) -> None: ...

    async def close(self) -> None: ...


def _converse(messages: list[str], *answers: ModelAnswer) -> tuple[Decision, AnsweringModel]:
    """Return the last decision, with the model as it was asked."""
    model = AnsweringModel(list(answers))
    agent = TravelAgent(model)
    history: list[Turn] = []
    decision: Decision = Say("")
    for number, message in enumerate(messages, 1):
        decision = asyncio.run(agent.decide(message, history, TODAY))
        said = decision if isinstance(decision, Say) else Say("It is booked.")
        history.append(
            Turn(
                conversation="c",
                number=number,
                attempt=1,
                state="done",
                message=message,
                reply=said.reply,
                # As a store keeps it.
                draft=Draft.model_validate_json(said.draft.model_dump_json()) if said.draft else None,
                created=datetime.now(UTC),
            )
        )
    return decision, model


def test_the_question_says_what_cannot_be_promised_and_that_nothing_is_booked() -> None:
    decision, _ = _converse(["Book a flight to Rome in business class for less than $500"], FLIGHT)
    assert isinstance(decision, Say)
    assert "business class" in decision.reply
    assert "for less than $500" in decision.reply
    assert "the flight to Rome" in decision.reply
    assert "It is not booked yet" in decision.reply
    assert {condition.kind for condition in decision.conditions} == {"condition", "budget"}


def test_a_yes_books_the_request_as_it_was_shown_and_asks_no_model() -> None:
    decision, model = _converse(["A flight to Rome with my dog", "Yes, that's fine"], FLIGHT)
    assert isinstance(decision, BookTrips)
    assert [request.destination for request in decision.requests] == ["Rome"]
    assert len(model.questions) == 1


def test_a_no_drops_the_request_and_a_later_yes_books_nothing() -> None:
    decision, _ = _converse(["A flight to Rome with my dog", "no", "yes"], FLIGHT, TALK)
    assert isinstance(decision, Say)
    assert decision.draft is None


def test_anything_else_asks_again_even_if_the_model_wants_to_book() -> None:
    decision, _ = _converse(["A flight to Rome with my dog", "yes but cheaper"], FLIGHT, FLIGHT)
    assert isinstance(decision, Say)
    assert {condition.topic for condition in decision.conditions} == {"pets", "cheap"}


def test_talk_in_between_repeats_the_question_so_that_the_next_yes_answers_it() -> None:
    messages = ["A flight to Rome with my dog", "Is Rome nice?"]
    decision, _ = _converse(messages, FLIGHT, TALK)
    assert isinstance(decision, Say)
    assert "with my dog" in decision.reply
    assert "lovely" in decision.reply
    booked, _ = _converse([*messages, "yes"], FLIGHT, TALK)
    assert isinstance(booked, BookTrips)


def test_a_condition_is_not_lost_while_something_else_is_asked() -> None:
    decision, _ = _converse(["A flight in business class", "Rome"], ASKS_WHERE, FLIGHT)
    assert isinstance(decision, Say)
    assert "business class" in decision.reply


def test_a_condition_is_not_lost_in_talk_of_a_model_without_a_draft() -> None:
    decision, _ = _converse(["I only fly business class", "Rome please, book it"], TALK, FLIGHT)
    assert isinstance(decision, Say)
    assert "business" in decision.reply


def test_a_price_asked_for_in_an_earlier_turn_is_no_condition_of_a_later_order() -> None:
    decision, _ = _converse(["How much is a flight to Rome?", "OK, book a flight to Rome"], TALK, FLIGHT)
    assert isinstance(decision, BookTrips)


def test_a_request_for_something_else_leaves_the_conditions_behind() -> None:
    decision, _ = _converse(["A flight to Rome with my dog", "A hotel in Milan for 2 nights"], FLIGHT, HOTEL)
    assert isinstance(decision, BookTrips)


def test_a_draft_without_conditions_is_stored_as_it_always_was() -> None:
    row = '{"tool":"book_hotel","arguments":{"destination":"Rome"},"also":[]}'
    assert Draft.model_validate_json(row).model_dump_json() == row


def test_a_draft_with_conditions_comes_back_as_it_was_stored() -> None:
    condition = Condition(kind="budget", topic="amount", words="under $500")
    draft = Draft(tool="book_flight", arguments={}, conditions=(condition,), conditions_asked=True)
    assert Draft.model_validate_json(draft.model_dump_json()) == draft


@pytest.mark.parametrize(
    ("message", "kind", "topic", "words"),
    [
        ("a hotel for less than $500", "budget", "amount", "for less than $500"),
        ("not more than 80 dollars a night", "budget", "amount", "not more than 80 dollars a night"),
        ("a flight under €900", "budget", "amount", "under €900"),
        ("a room for five hundred euros", "budget", "amount", "for five hundred euros"),
        ("tell me the price first", "price_first", "price", "tell me the price"),
        ("how much is it", "price_first", "price", "how much"),
        ("fly me on Lufthansa", "condition", "airline", "on Lufthansa"),
        ("a flight with Emirates", "condition", "airline", "with Emirates"),
        ("a flight with Tarom Airlines", "condition", "airline", "Tarom Airlines"),
        ("flight BA 117 please", "condition", "airline", "flight BA 117"),
        ("the Marriott in Lima", "condition", "hotel", "the Marriott"),
        ("a room at the Old Mill in York", "condition", "hotel", "at the Old Mill"),
        ("a car from Hertz", "condition", "car company", "from Hertz"),
        ("leaving after 6 pm", "condition", "time of day", "leaving after 6 pm"),
        ("only if it is refundable", "condition", "refundable", "refundable"),
        ("book it unless it rains", "condition", "proviso", "unless it rains"),
        ("hold it for me", "condition", "hold", "hold it"),
        ("a villa in Corfu", "condition", "kind of lodging", "villa"),
    ],
)
def test_a_condition_is_found_with_the_words_that_name_it(
    message: str, kind: ConditionKind, topic: str, words: str
) -> None:
    assert [(kind, topic, words)] == [
        (condition.kind, condition.topic, condition.words)
        for condition in conditions_in(message)
        if condition.topic == topic
    ]


@pytest.mark.parametrize(
    "message",
    [
        "If possible, a hotel in Rome for 3 nights",
        "I was wondering if you could book a flight to Delta Junction",
        "a business trip to Lyon for 2 nights",
        "I do not care how much it costs, book a flight to Oslo",
        "a car in Nice from 3 to 8 May",
        "a flight to Nice on Friday",
        "four nights in a hotel in Rome, please",
        "a hotel in United Kingdom for 2 nights",
        "a hotel in Virgin Gorda for 2 nights",
        "it would be great if you could get me a flight to Madrid",
    ],
)
def test_an_ordinary_request_has_no_condition(message: str) -> None:
    assert conditions_in(message) == ()


@pytest.mark.parametrize("unit", ["a ", "the ", "1 ", "$1 ", "with a ", "in the ", "Ab ", "if ", "'", "under "])
def test_a_long_message_has_few_conditions_of_few_words(unit: str) -> None:
    conditions = conditions_in(unit * 4000)
    assert len(conditions) <= 8
    assert all(len(condition.words) <= 60 for condition in conditions)
