"""The real model, over chat completions: every failure of service or network becomes one of the port's two errors."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

from agents.completions import POLITE_REFUSAL, read_completion
from agents.connections import Connection
from agents.model import ModelAnswer, ModelError, ModelUnavailable, Question, WordingTask
from agents.prompts import ModelMessage, travel_messages, wording_messages
from agents.service_errors import is_content_filter, is_passing, translate
from agents.tools import ToolSchema, tool_schemas

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolUnionParam

_MOST_TOKENS = 2000
_SECONDS_BEFORE_REPEAT = 0.5
_log = logging.getLogger(__name__)


class RemoteModel:
    """Azure OpenAI or any compatible service. Makes one connection per event loop, on first use."""

    def __init__(self, name: str, connect: Callable[[], Connection], timeout: float) -> None:
        self._name = name
        self._connect = connect
        self._timeout = timeout
        self._connections: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[Connection]] = WeakKeyDictionary()

    @property
    def name(self) -> str:
        return self._name

    async def choose(self, question: Question) -> ModelAnswer:
        """See `Model.choose`. The whole wait, one repeat included, is bounded by the time-out."""
        return await self._ask(travel_messages(question), tool_schemas())

    async def word(self, task: WordingTask) -> str:
        """See `Model.word`."""
        return (await self._ask(wording_messages(task), ())).text

    def warm_up(self) -> None:
        """Load the client's libraries."""
        import openai  # noqa: F401  # pyright: ignore[reportUnusedImport]

    async def close(self) -> None:
        """Give back the connection of the running loop."""
        made = self._connections.pop(asyncio.get_running_loop(), None)
        if made:
            connection = await made
            await connection.close()

    async def _ask(self, messages: Sequence[ModelMessage], tools: Sequence[ToolSchema]) -> ModelAnswer:
        try:
            await self._connection()  # loading the library the first time is no wait for the model
            async with asyncio.timeout(self._timeout):
                return read_completion(await self._request(messages, tools))
        except ModelError:
            raise
        except TimeoutError:
            raise ModelUnavailable(f"The model did not answer within {self._timeout:g} s.") from None
        except Exception as error:
            if is_content_filter(error):
                return ModelAnswer(text=POLITE_REFUSAL)
            unavailable = translate(error)
            _log.warning("model_unavailable reason=%s", type(error).__name__)
            raise unavailable from None

    async def _request(self, messages: Sequence[ModelMessage], tools: Sequence[ToolSchema]) -> bytes:
        """The answer's body; one repeat after a fault that tends to pass."""
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
        response = await connection.client.chat.completions.with_raw_response.create(
            model=connection.model,
            messages=cast("list[ChatCompletionMessageParam]", list(messages)),
            tools=cast("list[ChatCompletionToolUnionParam]", list(tools)) if tools else omit,
            max_completion_tokens=_MOST_TOKENS,
        )
        return response.content

    async def _connection(self) -> Connection:
        """The running loop's connection; made in a thread, since libraries and certificates take their time."""
        loop = asyncio.get_running_loop()
        made = self._connections.get(loop)
        if made is None or (made.done() and made.exception()):
            made = asyncio.ensure_future(asyncio.to_thread(self._connect))
            self._connections[loop] = made
        return await asyncio.shield(made)
