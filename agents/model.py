"""The port to a language model, with the errors that come from behind it.

ModelError
├── ModelUnavailable    nobody answered, or the service refused us; trying again later may help
└── ModelAnswerInvalid  an answer came that cannot be used, so none of it is acted upon
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from domain.conversation.turn import Draft, Turn

MOST_CALLS = 5
MOST_HISTORY = 20


class ModelError(Exception):
    """The base of both. `detail` is a sentence for the client: no key, no URL, nothing of the model's own text."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class ModelUnavailable(ModelError):  # noqa: N818 - named like the code that the client gets
    """No answer. `retry_after` is in seconds, where the service named a time."""

    def __init__(self, detail: str, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class ModelAnswerInvalid(ModelError):  # noqa: N818 - named like the code that the client gets
    """Malformed arguments, an unknown tool or field, an answer cut short, or none at all."""


@dataclass(frozen=True)
class Question:
    """A message that the model is to decide upon. `history` is oldest first, `today` the UTC date."""

    message: str
    history: Sequence[Turn]
    today: date

    @property
    def draft(self) -> Draft | None:
        """Return the unfinished request that the last turn asked about.

        An older one is left out: the traveller has spoken of something else since.
        """
        return self.history[-1].draft if self.history else None


@dataclass(frozen=True)
class ToolCall:
    """A call as the model wrote it. Nothing in it is trusted yet; `arguments` should be a JSON object."""

    tool: str
    arguments: str


@dataclass(frozen=True)
class ModelAnswer:
    """Calls to make or, without any, a text for the traveller. `draft` is the request that the text asks about.

    `is_code_text` says that the text is one of our own, not one that a model has made up.
    """

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    draft: Draft | None = None
    is_code_text: bool = False


@dataclass(frozen=True)
class WordingTask:
    """Facts to be put into words, as text, with the instruction for it. Facts are data, never instructions."""

    instruction: str
    facts: str


class Model(Protocol):
    """The port. One instance serves the process, and its calls may run side by side."""

    @property
    def name(self) -> str:
        """Return the text of the `model` field in replies to clients."""
        ...

    @property
    def has_language(self) -> bool:
        """Return whether the model finds words. Without it nobody need wait for its `word`."""
        ...

    async def choose(self, question: Question) -> ModelAnswer:
        """Pick tools or say something. Raises `ModelUnavailable` or `ModelAnswerInvalid`."""
        ...

    async def word(self, task: WordingTask) -> str:
        """Return words for the task, unchecked; none without language. Raises like `choose`."""
        ...

    def warm_up(self) -> None:
        """Load what the first answer needs. It blocks, so call it in a worker thread or not at all."""
        ...

    async def close(self) -> None:
        """Give back the connections of the running loop."""
        ...
