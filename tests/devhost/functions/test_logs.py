"""The lines in the terminal about a run, and about a call that cannot be made."""

import io
import json

from devhost.engine.http_activity import HttpCalls
from devhost.hub.rows import Work
from devhost.logs import RunLog, RunReport
from devhost.protocol.failure_texts import activity_failure


def test_a_failed_orchestration_is_told_without_the_stack_s_json() -> None:
    reason, details = activity_failure("act", "ValueError: no ü", "  File ...\n")
    output = f"Orchestrator function 'o' failed: {reason} \n {details}"
    stream = io.StringIO()
    runs = RunLog(stream)
    runs.add(RunReport("o", "orchestration", "i", 0.001, output))
    runs.flush()
    [line] = stream.getvalue().splitlines()
    assert line.endswith("Orchestrator function 'o' failed: Activity function 'act' failed:  ValueError: no ü")


def test_a_call_of_what_is_no_address_says_so() -> None:
    calls = HttpCalls()
    work = Work(1, 0, "i", "http", "http", json.dumps({"method": "GET", "uri": "no address"}))
    outcome = calls.call(work).result(10)
    calls.close()
    assert "Invalid URI: The format of the URI could not be determined" in outcome.event["Reason"]
