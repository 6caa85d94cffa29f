"""The offline model. It answers at once, always in the same way, and says what it cannot do."""

import asyncio
import importlib
from dataclasses import replace

from agents.model import ModelAnswer, Question, WordingTask

# Up to so many characters reading takes a few milliseconds; longer messages would keep other requests waiting.
_READ_AT_ONCE = 400


class OfflineModel:
    """A `Model` without a network. `agents.offline.reading` says what it understands."""

    @property
    def name(self) -> str:
        return "offline"

    @property
    def has_language(self) -> bool:
        return False

    async def choose(self, question: Question) -> ModelAnswer:
        from agents.offline.reading import read

        if len(question.message) > _READ_AT_ONCE:
            proposal = await asyncio.to_thread(read, question)
        else:
            proposal = read(question)
        # Its words are sentences of `replies` and `reading`, which claim nothing.
        return replace(proposal, is_code_text=True)

    async def word(self, task: WordingTask) -> str:
        """Return nothing, so that code's own words are used."""
        return ""

    def warm_up(self) -> None:
        """Load the rules, whose patterns take some time to build."""
        importlib.import_module("agents.offline.reading")

    async def close(self) -> None:
        """Do nothing: no connection is held."""
