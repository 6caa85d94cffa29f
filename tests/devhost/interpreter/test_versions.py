"""Versions compare as .NET's System.Version does, and as texts where that cannot hold them."""

import pytest

from devhost.protocol.versions import compare_versions, runs_version


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (None, "1.0"),
        ("", "0"),
        ("1.9", "1.10"),
        ("1.0", "1.0.0"),
        ("1.2.3", "1.2.3.0"),
        # One number is no System.Version, so these are texts.
        ("10", "9"),
        ("1", "1.0"),
        ("1.0", "1.0-beta"),
        ("1.0-alpha", "1.0-BETA"),
        ("1.10-beta", "1.9-beta"),
        ("V2", "v3"),
        # Five parts, or one too large, are texts as well.
        ("1.0.0.0.10", "1.0.0.0.9"),
        ("1.10000000000", "1.9"),
    ],
)
def test_the_older_of_two_versions(older: str | None, newer: str) -> None:
    assert compare_versions(older, newer) < 0
    assert compare_versions(newer, older) > 0


@pytest.mark.parametrize(
    ("first", "second"), [("V2", "v2"), ("1.0", "01.0"), ("1.0", " 1 . 0 "), (None, " "), ("1.0-beta", "1.0-Beta")]
)
def test_versions_that_are_equal(first: str | None, second: str) -> None:
    assert compare_versions(first, second) == 0
    assert runs_version("CurrentOrOlder", first, second)


def test_a_strict_match_takes_the_text_as_it_is() -> None:
    assert runs_version("Strict", None, None)
    assert not runs_version("Strict", "V2", "v2")
    assert not runs_version("Strict", None, "1.0")
    assert runs_version("None", "9.0", "1.0")
