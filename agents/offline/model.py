"""The offline model: answers at once, always alike, and says what it cannot do."""

import asyncio

from agents.model import ModelAnswer, Question, WordingTask

_READ_AT_ONCE = 400
"""Up to so many characters a message takes a few milliseconds; longer ones are read beside the event loop."""


class OfflineModel:
    """A `Model` without a network; see `agents.offline.reading` for what it understands."""

    @property
    def name(self) -> str:
        return "offline"

    async def choose(self, question: Question) -> ModelAnswer:
        from agents.offline.reading import read

        if len(question.message) > _READ_AT_ONCE:
            return await asyncio.to_thread(read, question)
        return read(question)

    async def word(self, task: WordingTask) -> str:
        """Empty: code's own words stay."""
        return ""

    def warm_up(self) -> None:
        """Load the date library."""
        from agents.offline.dates import load

        load()

    async def close(self) -> None:
        """Nothing is held."""
