"""The offline model: answers at once, always alike, and says what it cannot do."""

from agents.model import ModelAnswer, Question, WordingTask


class OfflineModel:
    """A `Model` without a network; see `agents.offline.reading` for what it understands."""

    @property
    def name(self) -> str:
        return "offline"

    async def choose(self, question: Question) -> ModelAnswer:
        from agents.offline.reading import read

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
