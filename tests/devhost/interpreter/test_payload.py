"""Results and failures look as the real host writes them."""

import json
import re

import pytest

from devhost.protocol import failure_texts
from devhost.protocol.events import EventType
from devhost.protocol.payload import as_json_string, rewritten, utf16_size
from support.orchestrations import recordings

FRAMES = re.compile(r"   at devhost\.Invoke\(\)")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null", None),
        ('{"a": [1, 2.5, null, true], "b": "\\u017e"}', '{"a":[1,2.5,null,true],"b":"ž"}'),
        ("1e22", "1E+22"),
        ("1e-7", "1E-07"),
        ("0.00001", "1E-05"),
        ("0.0001", "0.0001"),
        ("1e15", "1E+15"),
        ("123456789012345.0", "123456789012345.0"),
        ("1234567890123456.0", "1234567890123456.0"),
        ("123456789012345680.0", "1.2345678901234568E+17"),
        ("-1.7976931348623157e308", "-1.7976931348623157E+308"),
        ("1.0", "1.0"),
        ("-0.0", "-0.0"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("NaN", '"NaN"'),
        ("[Infinity, -Infinity, 1e22]", '["Infinity","-Infinity",1E+22]'),
        ("1e999", '"Infinity"'),
        ("[1e999, -1e999]", '["Infinity","-Infinity"]'),
        ('{"a": 1e15, "b": [0.00001, -1E22]}', '{"a":1E+15,"b":[1E-05,-1E+22]}'),
        ('{"Infinity": "x,1e9 [1e22"}', '{"Infinity":"x,1e9 [1e22"}'),
        ('{"$type": "System.String", "v": 1}', '{"v":1}'),
        ('{"v": 1, "$type": "kept"}', '{"v":1,"$type":"kept"}'),
        ('{"$id": "1", "$ref": "1"}', None),
        ('{"z": 1, "a": 2, "10": 3}', '{"z":1,"a":2,"10":3}'),
        (r'"a\u0000b\u001f\u007f\u2028\ud83d\ude00"', '"a\\u0000b\\u001f\x7f\\u2028\U0001f600"'),
        (r'"\ud83d"', '"�"'),
        ("\"<a href='x'>&amp;</a>\"", "\"<a href='x'>&amp;</a>\""),
        ('{"1e22": "0.00001"}', '{"1e22":"0.00001"}'),
    ],
)
def test_results_are_rewritten(text: str, expected: str | None) -> None:
    assert rewritten(text) == expected


@pytest.mark.parametrize("name", recordings.NAMES)
def test_recorded_results_are_what_the_activities_returned(name: str) -> None:
    records = recordings.recording(name)["records"]
    returned = {rewritten(json.dumps(r["returned"])) for r in records if "returned" in r and r["kind"] == "activity"}
    for turn in recordings.turns(name):
        http = {e["EventId"] for e in turn.history if e.get("Name") == "BuiltIn::HttpActivity"}
        for event in turn.history:
            if event["EventType"] == EventType.TASK_COMPLETED and event["TaskScheduledId"] not in http:
                assert event["Result"] in returned


def test_recorded_outputs_are_what_the_children_returned() -> None:
    for name in ("sub_results", "options_sub_results", "parent"):
        last = recordings.turns(name)[-1].history
        outputs = {t.answer().output for t in recordings.turns(name) if t.sent["parentInstanceId"] is not None}
        for event in last:
            if event["EventType"] == EventType.CHILD_COMPLETED:
                assert event["Result"] in outputs


def test_recorded_failures_are_made_of_what_the_activities_raised() -> None:
    records = recordings.recording("activity_errors")["records"]
    raised = [r["raised"] for r in records if r["kind"] == "activity" and "raised" in r]
    failed = [
        (e["Reason"], e["Details"])
        for e in recordings.turns("activity_errors")[-1].history
        if e["EventType"] == EventType.TASK_FAILED and "serializable" not in e["Reason"]
    ]
    failures = [failure_texts.activity_failure("breaks", text, "<frames>") for text in raised]
    assert [(reason, FRAMES.sub("<frames>", details)) for reason, details in failures] == failed


def test_details_give_their_message_to_apps_that_take_them_apart() -> None:
    reason, details = failure_texts.activity_failure("act", "ValueError: a\nb", '  File "x.py", line 1, in act\n')
    # The SDK joins the two, and apps part them at the last " \n ".
    text_in_the_app = f"{reason} \n {details}"
    assert json.loads(text_in_the_app.rpartition(" \n ")[2])["Message"] == " ValueError: a\nb"
    assert "\n" not in details


def test_an_exception_that_cannot_be_printed_still_has_a_text() -> None:
    class OddError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no")

    assert failure_texts.exception_text(OddError()) == "OddError: <message cannot be printed: RuntimeError>"
    assert failure_texts.frames(OddError()).startswith('  File "')


def test_an_input_text_is_stored_as_a_json_string() -> None:
    assert as_json_string('{"a": "ž"}') == '"{\\"a\\": \\"ž\\"}"'
    # Two bytes for each of the first two, four for the last, which takes a surrogate pair.
    assert utf16_size("až😀") == 8
