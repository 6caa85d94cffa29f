"""The part of a chat completion that we read, parsed strictly enough that nothing half-formed gets further."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.model import ModelAnswer, ModelAnswerInvalid, ToolCall

POLITE_REFUSAL = "I can't help with that. I can book trips, flights, hotels and hire cars; nothing has been booked."


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
    """The answer in a completion's body. A refusal is a polite text; raises `ModelAnswerInvalid` for a useless one."""
    try:
        choice = _Completion.model_validate_json(body).choices[0]
    except ValidationError:
        raise ModelAnswerInvalid("The model's answer is not a chat completion; nothing was booked.") from None
    message = choice.message
    if message.refusal or choice.finish_reason == "content_filter":
        return ModelAnswer(text=POLITE_REFUSAL)
    if message.tool_calls:
        if choice.finish_reason == "length":
            raise ModelAnswerInvalid("The model's answer was cut short; nothing was booked.")
        return ModelAnswer(
            calls=tuple(ToolCall(call.function.name, call.function.arguments) for call in message.tool_calls)
        )
    if not (message.content or "").strip():
        raise ModelAnswerInvalid("The model gave an empty answer; nothing was booked.")
    return ModelAnswer(text=message.content or "")
