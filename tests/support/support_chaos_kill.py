"""Kill everywhere: each path is recorded once in peace, and then gone again with a death at each of its points."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from support_chaos_client import ChaosError, House, Traveller, running_house
from support_chaos_invariant import broken
from support_chaos_paths import PARIS, PATHS, Path
from support_chaos_points import Plan
from support_house import quick_folder

Point = tuple[str, int]
Deaths = dict[str, list[Point]]
_CLIENTS_OWN = ("turn claim", "turn take_start")
"""What a client's repeated posts write: how often depends on how fast the answer comes."""


@dataclass(frozen=True)
class Death:
    """What came of one run: whether the process died, how the trip stands, and what is broken."""

    path: str
    point: Point
    died: bool
    status: str
    problems: tuple[str, ...]
    seconds: float


def recorded(path: Path) -> list[Point]:
    """The points of a path that is gone in peace. Raises `ChaosError` if already that breaks something."""
    with quick_folder() as folder, running_house(folder, path.settings) as house:
        return _recorded(house, path)


def _recorded(house: House, path: Path) -> list[Point]:
    house.tell(_with(path.plan, record=True))
    traveller = Traveller(house)
    path.go(traveller)
    _until_quiet(house)
    if problems := broken(house.state, only=traveller.trip):
        raise ChaosError(f"{path.name}, without any death: {problems}")
    return [point for point in house.met() if point[1] == 1 or not point[0].startswith(_CLIENTS_OWN)]


def killed(path: Path, points: Iterable[Point]) -> Iterator[Death]:
    """Go the path once for each point, dying there; a fresh installation for all of them."""
    with quick_folder() as folder, running_house(folder, path.settings) as house:
        for point in points:
            yield _killed(house, path, point)


def _killed(house: House, path: Path, point: Point) -> Death:
    begun, deaths = time.monotonic(), house.deaths
    house.tell(_with(path.plan, kill=point))
    traveller = Traveller(house)
    status, problems = "", list[str]()
    try:
        status = path.go(traveller)
        house.revive()
        _until_quiet(house)
        problems = broken(house.state, only=traveller.trip)
    except (ChaosError, TimeoutError) as error:
        problems = [str(error)]
    if problems:
        house.revive()
    return Death(path.name, point, house.deaths > deaths, status, tuple(problems), time.monotonic() - begun)


def _until_quiet(house: House) -> None:
    """Wait until the app has written nothing for a moment."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < 0.15:
        now = _size(house)
        if now != seen:
            seen, since = now, time.monotonic()
        time.sleep(0.02)


def _size(house: House) -> int:
    """Grows with every write to the ledger."""
    files = house.state.glob("*.db*")
    return sum(file.stat().st_mtime_ns for file in files)


def _with(plan: Plan, *, kill: Point | None = None, record: bool = False) -> Plan:
    return Plan(
        kill=kill,
        pause=plan.pause,
        record=record,
        refuse=plan.refuse,
        fates={k: list(v) for k, v in plan.fates.items()},
    )


def distinct(met: Deaths) -> Deaths:
    """The same without points at which a trip stands exactly as it stood at one of an earlier path.

    Two paths that have written the same and heard the same so far differ only in what is still to come; components
    that are booked alone differ only in their names.
    """
    seen: set[tuple[int, str, int]] = set()
    found: Deaths = {}
    for name, points in met.items():
        path = PATHS[name]
        state = hash((path.message == PARIS, path.options.get("parallel")))
        for label, count in points:
            if "host" not in label:
                state = hash((state, label, _heard(path, label)))
            if (state, label, count) not in seen:
                seen.add((state, label, count))
                found.setdefault(name, []).append((label, count))
    return found


def _heard(path: Path, label: str) -> str:
    key = label.split(" ")[2] if len(label.split(" ")) > 3 else ""
    return f"{key in path.plan.refuse} {path.plan.fates.get(key)}"
