"""Kill everywhere: each path is recorded once in peace, and then gone again with a death at each of its points."""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from time import time

from support.chaos.client import PATIENCE, ChaosError, KillableApp, Traveller, killable_app
from support.chaos.paths import PARIS, PATHS, Path
from support.orchestrations.installation import quick_folder
from support.orchestrations.invariant import broken
from support.waiting import until

KillPoint = tuple[str, int]
PointsToDieAt = dict[str, list[KillPoint]]
_QUIET_SECONDS = 0.15
_CLIENTS_OWN = ("turn claim", "turn take_start")
"""Writes of a client's repeated posts, whose number depends on how fast the answer comes."""


@dataclass(frozen=True)
class Death:
    """One run to a point at which the process was to die, and the promises that it broke."""

    died: bool
    problems: tuple[str, ...]


def recorded(path: Path, settings: Mapping[str, str]) -> list[KillPoint]:
    """Return the points of a path that is gone in peace. Raise `ChaosError` if already that breaks something."""
    with quick_folder() as folder, killable_app(folder, {**path.settings, **settings}) as app:
        app.tell(replace(path.plan, record=True))
        traveller = Traveller(app)
        path.go(traveller)
        _until_quiet(app)
        if problems := broken(app.settings, only=traveller.trip):
            raise ChaosError(f"{path.name}, without any death: {problems}")
        return [point for point in app.met() if point[1] == 1 or not point[0].startswith(_CLIENTS_OWN)]


def killed(path: Path, points: Iterable[KillPoint], settings: Mapping[str, str]) -> Iterator[Death]:
    """Go the path once for each point, dying there; a fresh installation for all of them, and after a broken one."""
    left = list(points)
    while left:
        with quick_folder() as folder, killable_app(folder, {**path.settings, **settings}) as app:
            sound = True
            while left and sound:
                death = _killed(app, path, left.pop(0))
                sound = not death.problems
                yield death


def _killed(app: KillableApp, path: Path, point: KillPoint) -> Death:
    deaths = app.deaths
    app.tell(replace(path.plan, kill=point))
    traveller = Traveller(app)
    problems: list[str] = []
    try:
        path.go(traveller)
        # The last write may have been the one to die at, with nobody asking any more.
        app.revive()
        _until_quiet(app)
        problems = broken(app.settings, only=traveller.trip)
    except Exception as error:
        problems = [f"{type(error).__name__}: {error}"]
    return Death(app.deaths > deaths, tuple(problems))


def _until_quiet(app: KillableApp) -> None:
    """Wait until the app has written nothing for a moment."""
    until(lambda: time() - app.moved > _QUIET_SECONDS, PATIENCE)


def distinct(met: PointsToDieAt) -> PointsToDieAt:
    """Leave out points at which a trip is exactly as it was at one of an earlier path.

    Two paths that have written the same and heard the same so far differ only in what is still to come; components
    that are booked alone differ only in their names.
    """
    seen: set[tuple[int, str, int]] = set()
    points_of: PointsToDieAt = {}
    for name, points in met.items():
        path = PATHS[name]
        state = hash((path.message == PARIS, path.options.get("parallel")))
        for label, count in points:
            # The host's own points change nothing of the trip.
            if "host" not in label:
                state = hash((state, label, _heard(path, label)))
            if (state, label, count) not in seen:
                seen.add((state, label, count))
                points_of.setdefault(name, []).append((label, count))
    return points_of


def in_turns(
    met: PointsToDieAt, points: PointsToDieAt, dice: random.Random, size: int = 4
) -> list[tuple[str, list[KillPoint]]]:
    """Draw jobs of so many points of one path in turns from all paths, so that none has to wait for another's end.

    `points` are those worth dying at; a path that has fewer than a job's worth borrows from what it `met`.
    """
    left: PointsToDieAt = {}
    for name, own in met.items():
        new = list(points.get(name, ()))
        others = [point for point in own if point not in set(new)]
        lent = dice.sample(others, min(len(others), max(0, size - len(new))))
        left[name] = dice.sample(new, len(new)) + lent
    jobs: list[tuple[str, list[KillPoint]]] = []
    while left:
        for name in dice.sample(list(left), len(left)):
            jobs.append((name, left[name][:size]))
            left[name] = left[name][size:]
            if not left[name]:
                del left[name]
    return jobs


def _heard(path: Path, label: str) -> str:
    key = label.split(" ")[2] if len(label.split(" ")) > 3 else ""
    return f"{key in path.plan.refuse} {path.plan.fates.get(key)}"
