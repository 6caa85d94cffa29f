"""The part of a chat completion that we read. It is parsed strictly, so nothing half-formed gets further."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.model import ModelAnswer, ModelAnswerInvalid, ToolCall
from agents.trade_words import THINGS

POLITE_REFUSAL = f"I can't help with that. I can book {THINGS}; nothing has been booked."


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class _Function(_Part):
    name: str
    arguments: str


class _ToolCall(_Part):
    type: Literal["function"] = "function"
    function: _Function


class _Message(_Part):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(_Part):
    finish_reason: str | None = None
    message: _Message


class _Completion(_Part):
    choices: Annotated[list[_Choice], Field(min_length=1)]


def read_completion(body: bytes) -> ModelAnswer:
    """Return the answer in a completion's body; for a refusal of the model that is a polite text of our own.

    Raises `ModelAnswerInvalid` for a body of another shape, calls that were cut short, and an empty text.
    """
    try:
        choice = _Completion.model_validate_json(body).choices[0]
    except ValidationError:
        raise ModelAnswerInvalid("The model's answer is not a chat completion; nothing was booked.") from None
    message = choice.message
    # A filter may stop an answer after its calls were begun, so it is looked at before them.
    if message.refusal or choice.finish_reason == "content_filter":
        return ModelAnswer(text=POLITE_REFUSAL, is_code_text=True)
    if message.tool_calls:
        return ModelAnswer(calls=_read_calls(message.tool_calls, choice.finish_reason))
    text = message.content or ""
    if not text.strip():
        raise ModelAnswerInvalid("The model gave an empty answer; nothing was booked.")
    return ModelAnswer(text=text)


class TokenUsage(_Part):
    """The tokens that the service has counted for one answer."""

    prompt_tokens: int
    completion_tokens: int


class _Counted(_Part):
    usage: TokenUsage


def read_usage(body: bytes) -> TokenUsage | None:
    """Return what an answer has cost in tokens, None where the service does not say it."""
    try:
        return _Counted.model_validate_json(body).usage
    except ValidationError:
        # Not every compatible service counts, and an answer is good without it.
        return None


def _read_calls(calls: Sequence[_ToolCall], finish_reason: str | None) -> tuple[ToolCall, ...]:
    # An answer that ran out of tokens may lack its last calls, although those that it has are whole.
    if finish_reason == "length":
        raise ModelAnswerInvalid("The model's answer was cut short; nothing was booked.")
    return tuple(ToolCall(call.function.name, call.function.arguments) for call in calls)
