"""`historyEvents` as the real extension's management API shows them, from the histories that it gave its functions."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devhost.management.history_view import SameKeyError, history_events

RECORDINGS = Path(__file__).parents[2] / "conformance" / "kit" / "recordings"


def shown_and_sent() -> Iterator[tuple[str, list[dict[str, Any]], list[dict[str, Any]]]]:
    """Yield, of each instance that ended and was not rewound, the events that the API showed and its last history."""
    for file in sorted(RECORDINGS.glob("*.json")):
        recording = json.loads(file.read_text(encoding="utf-8", errors="surrogatepass"))
        sent = {
            r["sent"]["instanceId"]: r["sent"]["history"] for r in recording["records"] if r["kind"] == "orchestrator"
        }
        last: dict[str, list[dict[str, Any]]] = {}
        for step in recording["steps"]:
            body = step.get("response", {}).get("body")
            if not isinstance(body, dict) or "showHistoryOutput=true&showInput=true" not in step["request"]["path"]:
                continue
            if body.get("runtimeStatus") in ("Completed", "Failed") and body["instanceId"] in sent:
                last[body["instanceId"]] = body["historyEvents"]
        for instance, events in last.items():
            # A history that is younger than what was shown is that of a rewound instance.
            if sent[instance][-1]["Timestamp"] <= events[-1]["Timestamp"]:
                yield file.stem, events, sent[instance]


def test_every_recorded_history_is_shown_as_the_real_extension_shows_it() -> None:
    compared = 0
    for name, theirs, history in shown_and_sent():
        ours = json.loads(history_events(history, show_input=True, show_output=True))
        ended = [
            event for event in ours if event["EventType"] not in ("TaskScheduled", "SubOrchestrationInstanceCreated")
        ]
        # The history ends where its last episode began, and the API showed what that episode added as well.
        assert ended == theirs[: len(ended)], name
        compared += 1
    # So many that a change of the recordings' form cannot leave this test without anything to compare.
    assert compared > 100


def test_two_things_scheduled_under_one_id_cannot_be_shown() -> None:
    scheduled = {"EventType": 4, "EventId": 0, "Timestamp": "2024-01-01T00:00:00Z", "Name": "a", "Input": None}
    with pytest.raises(SameKeyError, match="TaskScheduled_0"):
        history_events([scheduled, scheduled], show_input=True, show_output=True)


def test_inputs_and_results_are_left_out_unless_asked_for() -> None:
    completed = {
        "EventType": 5,
        "EventId": -1,
        "Timestamp": "2024-01-01T00:00:01Z",
        "TaskScheduledId": 0,
        "Result": '{"a":1}',
    }
    scheduled = {
        "EventType": 4,
        "EventId": 0,
        "Timestamp": "2024-01-01T00:00:00.5Z",
        "Name": "act",
        "Version": "",
        "Input": None,
    }
    (row,) = json.loads(history_events([scheduled, completed], show_input=False, show_output=False))
    assert row == {
        "EventType": "TaskCompleted",
        "Timestamp": "2024-01-01T00:00:01Z",
        "ScheduledTime": "2024-01-01T00:00:00.5+00:00",
        "FunctionName": "act",
    }
    (row,) = json.loads(history_events([scheduled, completed], show_input=True, show_output=True))
    assert (row["Result"], row["Input"]) == ({"a": 1}, None)
