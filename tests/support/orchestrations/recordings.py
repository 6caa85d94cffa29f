"""The recordings of the real host, read as turns of executions."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from devhost.protocol import answers
from devhost.protocol.entity_messages import request_guid
from devhost.protocol.events import Event

FOLDER = Path(__file__).parents[2] / "conformance" / "kit" / "recordings"
NAMES = sorted(p.stem for p in FOLDER.glob("*.json"))


@dataclass(frozen=True)
class RecordedEpisode:
    """One call of an orchestrator: what it was handed, what it said, and the events that the host wrote next."""

    function: str
    sent: dict[str, Any]
    answered: str | None
    raised: str | None
    written: tuple[Event, ...]
    is_last: bool

    @property
    def history(self) -> list[Event]:
        return self.sent["history"]

    @property
    def instance_id(self) -> str:
        return self.sent["instanceId"]

    @property
    def execution_id(self) -> str:
        return self.history[1]["OrchestrationInstance"]["ExecutionId"]

    def answer(self) -> answers.OrchestratorAnswer:
        if self.raised is None:
            return answers.from_returned(self.function, self.answered)
        return answers.from_error(self.function, self.raised, "<frames>")


@cache
def recording(name: str) -> dict[str, Any]:
    text = (FOLDER / f"{name}.json").read_text("utf-8")
    return json.loads(re.sub(r"<(\d+) x (.)>", lambda m: m[2] * int(m[1]), text))


def parsed(text: str | None) -> Any:
    return None if text is None else json.loads(text)


@cache
def turns(name: str) -> tuple[RecordedEpisode, ...]:
    """Return all turns of one recording, in order."""
    records = [r for r in recording(name)["records"] if r["kind"] == "orchestrator"]
    episodes: list[RecordedEpisode] = []
    for place, record in enumerate(records):
        sent = with_own_guids(record["sent"])
        later = [r for r in records[place + 1 :] if _execution(r) == _execution(record)]
        written = _written(sent["history"], with_own_guids(later[0]["sent"])["history"]) if later else []
        episodes.append(
            RecordedEpisode(
                record["function"],
                sent,
                _text(record),
                _with_marker(record),
                tuple(written),
                not later,
            )
        )
    return tuple(episodes)


def statuses(name: str) -> dict[str, dict[str, Any]]:
    """Return the last status body seen of each instance."""
    bodies = [s["response"]["body"] for s in recording(name)["steps"] if "response" in s]
    return {b["instanceId"]: b for b in bodies if isinstance(b, dict) and "runtimeStatus" in b}


def with_own_guids(sent: dict[str, Any]) -> dict[str, Any]:
    """Return the context with the ids of entity requests replaced by those that this host gives."""
    started = sent["history"][1]["OrchestrationInstance"]
    text = json.dumps(sent)
    for event in sent["history"]:
        if event["EventType"] == 14:
            theirs = json.loads(event["Input"])["id"]
            ours = request_guid(started["InstanceId"], started["ExecutionId"], event["EventId"])
            text = text.replace(theirs, ours)
    return json.loads(text)


def _execution(record: dict[str, Any]) -> tuple[str, str]:
    started = record["sent"]["history"][1]["OrchestrationInstance"]
    return started["InstanceId"], started["ExecutionId"]


def _written(before: list[Event], after: list[Event]) -> list[Event]:
    """Return the events behind `before` in `after`, up to the end of that turn."""
    written: list[Event] = []
    for event in after[len(before) :]:
        if event["EventType"] in (12, 13):
            break
        written.append(event)
    return written


def _text(record: dict[str, Any]) -> str | None:
    """Return the answer as text: the recording holds it parsed, a raw function's as a JSON string."""
    answered = record.get("answered")
    if answered is None:
        return None
    return json.loads(answered) if record["function"] == "raw_answer" else json.dumps(answered)


def _with_marker(record: dict[str, Any]) -> str | None:
    raised = record.get("raised")
    if raised is None or record.get("answered") is None:
        return raised
    return f"{raised}\n\n$OutOfProcData$:{json.dumps(record['answered'])}"
