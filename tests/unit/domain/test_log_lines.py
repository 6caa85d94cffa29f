"""A line of the log is one line, whatever a field holds, and can be taken apart at its spaces."""

import pytest

from domain.log_lines import log_line, trip_step, turn_step


def test_a_step_names_trip_step_outcome_and_reason() -> None:
    assert trip_step("trip-1", "hold_flight", "held") == "trip_step trip=trip-1 step=hold_flight outcome=held reason=-"
    line = turn_step("chat-1", "decide", "decided", trips="trip-1,trip-2")
    assert line == "turn_step turn=chat-1 step=decide outcome=decided reason=- trips=trip-1,trip-2"


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("sold out", r"sold\u{20}out"),
        ("no\r\ntrip_step trip=trip-2", r"no\u{d}\u{a}trip_step\u{20}trip=trip-2"),
        ("\x1b[2J", r"\u{1b}[2J"),
        ("Zürich\u2028", r"Z\u{fc}rich\u{2028}"),
        ("half \ud800", r"half\u{20}\u{d800}"),
        (r"\u{20}", r"\u{5c}u{20}"),
        ("", "-"),
        (None, "-"),
        (0, "0"),
    ],
)
def test_a_value_is_visible_ascii_without_a_space(value: str | int | None, printed: str) -> None:
    assert log_line("event", field=value) == f"event field={printed}"


def test_a_long_value_is_cut() -> None:
    assert log_line("event", field="a" * 999) == "event field=" + "a" * 400
