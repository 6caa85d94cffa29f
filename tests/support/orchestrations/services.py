"""The activities' services for tests: real stores and simulators in a folder, a model that follows a script."""

import asyncio
import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import azure.durable_functions as df

from activities.blueprint import bp
from activities.services import ActivityServices, open_services
from agents.component_agents import AGENTS
from agents.model import ModelAnswer, Question, ToolCall, WordingTask
from agents.travel_agent import TravelAgent
from domain.conversation.turn import Turn
from stores.conversations import Post
from stores.opening import open_stores
from support.suppliers.companies import NOW, calm_settings


class ScriptedModel:
    """The model port: gives its answers one after another, raising those that are exceptions."""

    name = "scripted"
    has_language = True

    def __init__(self, answers: Sequence[ModelAnswer | Exception] = (), words: str | Exception = "") -> None:
        self.questions: list[Question] = []
        self.wordings: list[WordingTask] = []
        self.words = words
        self._answers = list(answers)

    async def choose(self, question: Question) -> ModelAnswer:
        self.questions.append(question)
        choice = self._answers.pop(0)
        if isinstance(choice, Exception):
            raise choice
        return choice

    async def word(self, task: WordingTask) -> str:
        self.wordings.append(task)
        if isinstance(self.words, Exception):
            raise self.words
        return self.words

    def warm_up(self) -> None:
        return None

    async def close(self) -> None:
        return None


def open_scripted(state_dir: Path, model: ScriptedModel | None = None, **dials: Any) -> ActivityServices:
    """Open services on real books in `state_dir`; no dial is turned unless named."""
    settings = calm_settings(state_dir, **dials)
    model = model or ScriptedModel()
    return replace(
        open_services(settings, open_stores(settings)),
        travel_agent=TravelAgent(model),
        component_agents={kind: agent(model) for kind, agent in AGENTS.items()},
        model_name=model.name,
        clock=lambda: NOW,
    )


def call_of(tool: str, arguments: str) -> ModelAnswer:
    """Return a model's answer with one tool call."""
    return ModelAnswer(calls=(ToolCall(tool, arguments),))


def claim_turn(services: ActivityServices, message: str = "A trip to Paris", conversation: str | None = None) -> Turn:
    """Claim a new turn, as `POST /api/chat` does."""
    return services.conversations.claim(Post(message, conversation, None, "hash", NOW))


def activity_functions() -> dict[str, Callable[..., Any]]:
    """Return the functions that the activities' blueprint registers, by name."""
    app = df.DFApp()
    app.register_functions(bp)
    return {str(function.get_function_name()): function.get_user_function() for function in app.get_functions()}


class RealActivities:
    """Calls the registered activities as the Functions worker does: async ones on one loop, by keyword."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._functions = activity_functions()

    def table(self) -> dict[str, Callable[[Any], Any]]:
        """Return the activities as plain functions of one argument."""
        return {name: self._caller(function) for name, function in self._functions.items()}

    def close(self) -> None:
        self._runner.close()

    def _caller(self, function: Callable[..., Any]) -> Callable[[Any], Any]:
        (parameter,) = inspect.signature(function).parameters
        if not inspect.iscoroutinefunction(function):
            # The worker calls activities by the name of their binding, which a renamed parameter would break.
            return lambda order: function(**{parameter: order})
        return lambda order: self._runner.run(function(**{parameter: order}))
