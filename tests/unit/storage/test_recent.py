"""Values in memory: few are kept, and a value that was replaced meanwhile is not dropped."""

from storage.recent import Recent


def test_the_value_that_was_not_used_for_the_longest_time_makes_room() -> None:
    recent = Recent[str, int](most=2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)

    assert [recent.get(key) for key in "abc"] == [1, None, 3]


def test_only_the_value_that_was_read_is_dropped() -> None:
    recent, old, new = Recent[str, list[int]](), [1], [1]
    recent.put("a", old)
    recent.put("a", new)
    recent.drop("a", old)
    recent.drop("b", None)

    assert recent.get("a") is new
    recent.drop("a", new)
    assert recent.get("a") is None
