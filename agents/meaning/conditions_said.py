"""The conditions that count for a model's calls: of this message, and of earlier ones that are still open."""

from collections.abc import Iterator

from agents.meaning.conditions import conditions_in
from agents.model import ModelAnswer, Question
from domain.conversation.conditions import Condition
from domain.conversation.turn import Draft, Turn

# A request that goes on for longer than that has been put into one message in between.
_MOST_TURNS_BACK = 4


def conditions_that_count(question: Question, proposal: ModelAnswer) -> tuple[Condition, ...]:
    """Return the conditions of what a model called or left unfinished, each topic once and the latest words of it."""
    conditions: dict[str, Condition] = {}
    for condition in (*_earlier(question, proposal), *conditions_in(question.message)):
        conditions[condition.topic] = condition
    return tuple(conditions.values())


def draft_with_conditions(question: Question) -> Draft | None:
    """Return the unfinished request if it has conditions, so that a turn of talk does not lose them."""
    draft = question.draft
    return draft if draft and draft.conditions else None


def _earlier(question: Question, proposal: ModelAnswer) -> tuple[Condition, ...]:
    draft = question.draft
    if draft:
        # Calls for something else have nothing to do with the draft.
        asked_now = {call.tool for call in proposal.calls} | set(_tools_of(proposal.draft))
        return draft.conditions if asked_now & set(_tools_of(draft)) else ()
    # The offline model reads one message at a time, so an earlier one is no part of its calls.
    return () if proposal.is_code_text else tuple(_said_in_talk(question))


def _tools_of(draft: Draft | None) -> list[str]:
    return [part.tool for part in (draft, *draft.also)] if draft else []


def _said_in_talk(question: Question) -> Iterator[Condition]:
    """Yield the conditions of the turns before, back to one that booked or asked: a model remembers what they say."""
    talk: list[Turn] = []
    for turn in reversed(question.history[-_MOST_TURNS_BACK:]):
        if turn.calls or turn.draft:
            break
        talk.append(turn)
    for turn in reversed(talk):
        # A price that was asked for then has been answered.
        yield from (condition for condition in conditions_in(turn.message) if condition.kind != "price_first")
