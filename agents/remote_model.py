"""The real model, over chat completions. Every failure of service or network becomes one of the port's two errors."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

from agents.completions import POLITE_REFUSAL, read_completion, read_usage
from agents.connections import Connection
from agents.model import ModelAnswer, ModelError, ModelUnavailable, Question, WordingTask
from agents.prompts import ModelMessage, travel_messages, wording_messages
from agents.service_errors import is_content_filter, is_passing, translate
from agents.tools import ToolSchema, tool_schemas
from domain.log_lines import log_line

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolUnionParam

_MOST_TOKENS = 2000
_SECONDS_BEFORE_REPEAT = 0.5
_log = logging.getLogger(__name__)


class RemoteModel:
    """Azure OpenAI or any compatible service, with one connection for each event loop, made on first use."""

    def __init__(self, name: str, connect: Callable[[], Connection], timeout: float) -> None:
        self._name = name
        self._connect = connect
        self._timeout = timeout
        # A client is bound to the loop that first used it; a loop that is gone takes its entry with it.
        self._connections: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[Connection]] = WeakKeyDictionary()

    @property
    def name(self) -> str:
        return self._name

    @property
    def has_language(self) -> bool:
        return True

    async def choose(self, question: Question) -> ModelAnswer:
        """Ask as `Model.choose` says. The time-out bounds the whole wait, one repeat included."""
        return await self._ask(travel_messages(question), tool_schemas())

    async def word(self, task: WordingTask) -> str:
        """Ask as `Model.word` says."""
        return (await self._ask(wording_messages(task), ())).text

    def warm_up(self) -> None:
        """Load the client's libraries."""
        import openai  # noqa: F401  # pyright: ignore[reportUnusedImport]

    async def close(self) -> None:
        """Give back the connection of the running loop."""
        making = self._connections.pop(asyncio.get_running_loop(), None)
        if making:
            connection = await making
            await connection.close()

    async def _ask(self, messages: Sequence[ModelMessage], tools: Sequence[ToolSchema]) -> ModelAnswer:
        try:
            # Loading the library the first time is no wait for the model, so it does not count.
            await self._connection()
            async with asyncio.timeout(self._timeout):
                return read_completion(await self._request(messages, tools))
        except ModelError:
            raise
        except TimeoutError:
            raise ModelUnavailable(f"The model did not answer within {self._timeout:g} s.") from None
        except Exception as error:
            if is_content_filter(error):
                return ModelAnswer(text=POLITE_REFUSAL, is_code_text=True)
            unavailable = translate(error)
            _log.warning("model_unavailable reason=%s", type(error).__name__)
            raise unavailable from None

    async def _request(self, messages: Sequence[ModelMessage], tools: Sequence[ToolSchema]) -> bytes:
        """Return the answer's body, asking once more after a fault that tends to pass."""
        try:
            return await self._request_once(messages, tools)
        except Exception as error:
            if not is_passing(error):
                raise
        await asyncio.sleep(_SECONDS_BEFORE_REPEAT)
        return await self._request_once(messages, tools)

    async def _request_once(self, messages: Sequence[ModelMessage], tools: Sequence[ToolSchema]) -> bytes:
        from openai import omit

        connection = await self._connection()
        # The raw body, because our own strict reading decides which answers are usable.
        response = await connection.client.chat.completions.with_raw_response.create(
            model=connection.model,
            messages=cast("list[ChatCompletionMessageParam]", list(messages)),
            tools=cast("list[ChatCompletionToolUnionParam]", list(tools)) if tools else omit,
            max_completion_tokens=_MOST_TOKENS,
        )
        _log_usage(response.content)
        return response.content

    async def _connection(self) -> Connection:
        """Return the running loop's connection; a failed attempt to make it is not kept."""
        loop = asyncio.get_running_loop()
        making = self._connections.get(loop)
        if making is None or _has_failed(making):
            # In a thread, since importing libraries and reading certificates would block the loop.
            making = asyncio.ensure_future(asyncio.to_thread(self._connect))
            self._connections[loop] = making
        # Others may wait for the same connection: one that gives up must not cancel it.
        return await asyncio.shield(making)


def _log_usage(body: bytes) -> None:
    usage = read_usage(body)
    if usage:
        _log.info("%s", log_line("model_usage", prompt=usage.prompt_tokens, completion=usage.completion_tokens))


def _has_failed(task: asyncio.Task[Connection]) -> bool:
    return task.done() and task.exception() is not None
