"""The management API's list of instances: the right ones on every page, for a bounded part of the hub."""

import random
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from devhost.hub import hub_read
from devhost.hub.hub import Hub
from devhost.hub.hub_read import MOST_OF_A_PERIOD, HubReader
from devhost.hub.instances import Instance
from devhost.hub.records import InstanceFilter

KEPT = 60_000
STATUSES = ("Completed", "Failed", "Running")


def at(second: int) -> str:
    return f"2026-01-01T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.0000000Z"


def write(path: Path, instances: Sequence[Instance]) -> None:
    hub = Hub(path)
    for instance in instances:
        instance.is_new = True
        hub.save(instance)
    hub.commit()
    hub.close()


def instance(instance_id: str, status: str, created: str) -> Instance:
    return Instance(instance_id, 1, "e", "order", None, None, created, created, status=status)


def all_pages(reader: HubReader, selection: InstanceFilter, top: int) -> list[str]:
    ids: list[str] = []
    token: str | None = None
    while True:
        page = reader.instances(selection, top, token)
        ids += [row.instance_id for row in page.rows]
        token = page.token
        if token is None:
            return ids
        assert len(page.rows) == top


def fits(one: Instance, selection: InstanceFilter) -> bool:
    return (
        one.status in (selection.statuses or {one.status})
        and one.created_at >= (selection.created_from or "")
        and one.created_at <= (selection.created_to or "3")
        and one.instance_id.startswith(selection.id_prefix)
    )


@pytest.mark.parametrize("most_of_a_period", [0, 40, 5_000])
def test_every_page_holds_what_fits_in_the_order_of_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_of_a_period: int
) -> None:
    monkeypatch.setattr(hub_read, "MOST_OF_A_PERIOD", most_of_a_period)
    dice = random.Random(7)
    kept = [
        instance(f"{dice.choice('abÄ%_')}-{number}", dice.choice(STATUSES), at(dice.randrange(60)))
        for number in range(300)
    ]
    write(tmp_path / "hub.db", kept)
    with closing(HubReader(tmp_path / "hub.db")) as reader:
        for _ in range(60):
            selection = InstanceFilter(
                dice.choice((None, at(20), at(59))),
                dice.choice((None, at(40))),
                frozenset(dice.sample(STATUSES, dice.choice((0, 0, 1, 2)))),
                dice.choice(("", "", "a-", "Ä", "%")),
            )
            expected = sorted(one.instance_id for one in kept if fits(one, selection))
            assert all_pages(reader, selection, dice.choice((1, 7, 100))) == expected, selection


class CountingReader(HubReader):
    """Counts the steps of SQLite's virtual machine, in thousands."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.steps = 0
        # The reader takes idle connections before it opens one.
        connection = hub_read.open_reader(path)
        connection.set_progress_handler(self._count, 1_000)
        self._idle.append(connection)

    def _count(self) -> int:
        self.steps += 1
        return 0


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Generator[CountingReader]:
    """Yield a reader of a hub with an instance for each second, in whose ids there is no order, and 150 failed ones."""
    path = tmp_path_factory.mktemp("large") / "hub.db"
    numbers = list(range(KEPT))
    random.Random(3).shuffle(numbers)
    write(
        path,
        [
            instance(f"{'ab'[second % 2]}-{number:05}", "Failed" if number < 150 else "Completed", at(second))
            for second, number in enumerate(numbers)
        ],
    )
    with closing(CountingReader(path)) as reader:
        yield reader


COMPLETED, BOTH = frozenset({"Completed"}), frozenset({"Completed", "Failed"})
SELECTIONS = {
    "all": InstanceFilter(),
    "one status": InstanceFilter(statuses=COMPLETED),
    "two statuses": InstanceFilter(statuses=BOTH),
    "a status that none has": InstanceFilter(statuses=frozenset({"Running"})),
    "a prefix": InstanceFilter(id_prefix="b-"),
    "all times": InstanceFilter(created_from=at(0)),
    "half of the time": InstanceFilter(created_to=at(KEPT // 2)),
    "the longest short period": InstanceFilter(created_from=at(100), created_to=at(99 + MOST_OF_A_PERIOD)),
    "the shortest long period": InstanceFilter(created_from=at(100), created_to=at(100 + MOST_OF_A_PERIOD)),
    "a short period": InstanceFilter(created_from=at(100), created_to=at(110)),
    "a short period, one status": InstanceFilter(created_from=at(100), created_to=at(110), statuses=COMPLETED),
    "a short period, a prefix": InstanceFilter(created_from=at(100), created_to=at(110), id_prefix="b-"),
    "a long period, two statuses": InstanceFilter(created_from=at(100), statuses=BOTH),
    "a time after all": InstanceFilter(created_from=at(KEPT)),
}


@pytest.mark.parametrize("selection", SELECTIONS.values(), ids=SELECTIONS)
def test_a_page_reads_a_bounded_part_of_a_large_hub(large: CountingReader, selection: InstanceFilter) -> None:
    token: str | None = None
    for _ in range(5):
        large.steps = 0
        token = large.instances(selection, 100, token).token
        # A look at each of the instances would take several times as many.
        assert large.steps < 20 * MOST_OF_A_PERIOD / 1_000
