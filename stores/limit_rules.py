"""The rule of a limit, which all stores share."""

Taken = tuple[int, list[str]]
"""The number of a bucket's last window, and the marks that it has taken in it."""


def taken(before: Taken | None, window: int, mark: str, most: int) -> tuple[bool, Taken]:
    """Return whether the mark may be taken, and the bucket afterwards."""
    # Clocks of several machines differ a little: nobody gets a window again that another has left behind.
    if before is None or before[0] < window:
        before = (window, [])
    last, marks = before
    if mark in marks:
        return True, before
    if len(marks) >= most:
        return False, before
    return True, (last, [*marks, mark])
