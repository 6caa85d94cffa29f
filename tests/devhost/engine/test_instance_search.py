"""The dashboard's searches: the right instances in the right order, for a bounded part of the hub."""

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from devhost.hub.hub import Hub
from devhost.hub.hub_schema import FIRST_VERSION, open_writer
from devhost.hub.instance_search import InstanceQuery, InstanceSummary, ListPosition, newest, related
from devhost.hub.instances import Instance, Parent
from devhost.hub.kinds import MOST_COUNTED, Kind, all_kinds, tally
from devhost.hub.outcomes import outcome_of

NAMES = ("order", "Part", "größe", "")
STATUSES = ("Running", "Completed", "Failed", "Suspended")
OUTCOMES = ("", "confirmed", "failed", "waits for A, B")


def hub_with(path: Path, rows: Sequence[tuple[InstanceSummary, str | None]]) -> sqlite3.Connection:
    """Return a hub with these rows, each with the id of its parent."""
    db = open_writer(path, fsync=False)
    with db:
        db.execute("BEGIN")
        db.executemany(
            "INSERT INTO instances (instance_id, run, execution_id, name, status, outcome, created_at, updated_at,"
            " input, parent_id) VALUES (?, 1, 'e', ?, ?, ?, ?, ?, ?, ?)",
            [
                (row.instance_id, row.name, row.status, row.outcome, row.created_at, row.updated_at, row.name, parent)
                for row, parent in rows
            ],
        )
    return db


def random_rows(dice: random.Random, count: int) -> list[tuple[InstanceSummary, str | None]]:
    rows: list[tuple[InstanceSummary, str | None]] = []
    for number in range(count):
        is_child = dice.random() < 0.4
        instance_id = f"{dice.choice('abÄ%_')}-{number}"
        # Many at the same time: the id decides between them.
        created = f"2026-01-01T00:00:{dice.randrange(60):02}.0000000Z"
        name, status, outcome = dice.choice(NAMES), dice.choice(STATUSES), dice.choice(OUTCOMES)
        row = InstanceSummary(instance_id, name, is_child, status, outcome, created, created)
        rows.append((row, "parent" if is_child else None))
    return rows


def random_query(dice: random.Random) -> InstanceQuery:
    times = ("", "2026-01-01T00:00:20.0000000Z", "2026-01-01T00:00:40.0000000Z")
    return InstanceQuery(
        dice.choice(("", *NAMES)),
        dice.choice((None, True, False)),
        frozenset(dice.sample(STATUSES, dice.choice((0, 0, 1, 2)))),
        frozenset(dice.sample(OUTCOMES[1:], dice.choice((0, 0, 1, 2)))),
        dice.choice(times[:2]),
        dice.choice((times[0], times[2])),
        dice.choice(("", "", "a-", "Ä", "%")),
        dice.choice(("", "", "-1", "%-", "_-2", "PART")),
    )


def fits(row: InstanceSummary, query: InstanceQuery) -> bool:
    return (
        query.name in ("", row.name)
        and query.is_child in (None, row.is_child)
        and (not query.statuses or row.status in query.statuses)
        and (not query.outcomes or row.outcome in query.outcomes)
        and row.created_at >= query.created_from
        and (not query.created_to or row.created_at <= query.created_to)
        and row.instance_id.startswith(query.id_prefix)
        and (query.text.lower() in row.instance_id.lower() or query.text.lower() in row.name.lower())
    )


def all_pages(db: sqlite3.Connection, query: InstanceQuery, size: int) -> list[InstanceSummary]:
    rows: list[InstanceSummary] = []
    place: ListPosition | None = None
    while True:
        matches = newest(db, query, size, place)
        assert len(matches.rows) <= size
        rows += matches.rows
        if matches.next is None:
            return rows
        assert place is None or matches.next < place
        place = matches.next


@pytest.fixture(params=[(10_000, 300), (7, 300), (10_000, 3)], ids=["roomy", "few rows at a time", "too many kinds"])
def limits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let searches reach the end of what they may read."""
    most_read, most_kinds = request.param
    for name in ("MOST_READ", "MOST_READ_FOR_TEXT", "MOST_OF_A_PREFIX"):
        monkeypatch.setattr(f"devhost.hub.instance_search.{name}", most_read)
    monkeypatch.setattr("devhost.hub.instance_search.all_kinds", partial(all_kinds, most=most_kinds))


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize("seed", range(2))
def test_every_query_finds_what_fits_from_the_newest_on(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    rows = random_rows(dice, 300)
    with closing(hub_with(tmp_path / "hub.db", rows)) as db:
        for _ in range(40):
            query, size = random_query(dice), dice.choice((1, 5, 100))
            expected = sorted((row for row, _ in rows if fits(row, query)), key=lambda row: row.place, reverse=True)
            assert all_pages(db, query, size) == expected, (seed, query)


def test_every_kind_is_counted_once(tmp_path: Path) -> None:
    rows = random_rows(random.Random(5), 300)
    expected = Counter(Kind(row.name, row.is_child, row.status, row.outcome) for row, _ in rows)
    with closing(hub_with(tmp_path / "hub.db", rows)) as db:
        kinds, are_all = all_kinds(db)
        assert dict(tally(db, kinds)) == expected
        assert (kinds, are_all) == (sorted(expected), True)
        assert all_kinds(db, 5) == (sorted(expected)[:5], False)
    with closing(open_writer(tmp_path / "empty.db", fsync=False)) as db:
        assert all_kinds(db) == ([], True)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Generator[sqlite3.Connection, None, None]:
    """Yield a hub of 60,000 instances, of which the oldest 150 have failed."""
    path = tmp_path_factory.mktemp("large") / "hub.db"
    rows: list[tuple[InstanceSummary, str | None]] = []
    for number in range(60_000):
        outcome = "failed" if number < 150 else "confirmed"
        at = f"2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.0000000Z"
        rows.append((InstanceSummary(f"i-{number:05}", "order", False, "Completed", outcome, at, at), None))
    with closing(hub_with(path, rows)) as db:
        yield db


def steps_of(db: sqlite3.Connection, call: Callable[[], object]) -> int:
    """Return how many steps SQLite's virtual machine takes for the call."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 10
        return 0

    db.set_progress_handler(count, 10)
    call()
    db.set_progress_handler(None, 10)
    return steps


@pytest.mark.parametrize(
    ("query", "most"),
    [
        (InstanceQuery(), 5_000),
        (InstanceQuery("order"), 5_000),
        (InstanceQuery(outcomes=frozenset({"failed"})), 5_000),
        (InstanceQuery(statuses=frozenset({"Running"})), 1_000),
        (InstanceQuery(id_prefix="i-0001"), 5_000),
        (InstanceQuery(id_prefix="i-"), 100_000),
        (InstanceQuery(text="i-00001"), 100_000),
        (InstanceQuery("order", created_to="2026-01-01T00:01:00.0000000Z"), 5_000),
    ],
    ids=str,
)
def test_a_search_reads_a_bounded_part_of_a_large_hub(
    large: sqlite3.Connection, query: InstanceQuery, most: int
) -> None:
    assert steps_of(large, lambda: newest(large, query, 100, None)) < most


def test_counting_reads_a_bounded_part_of_a_large_hub(large: sqlite3.Connection) -> None:
    kinds, _ = all_kinds(large)
    assert steps_of(large, lambda: all_kinds(large)) < 1_000
    assert [amount for _, amount in tally(large, kinds)] == [MOST_COUNTED + 1, 150]
    assert steps_of(large, lambda: list(tally(large, kinds))) < 12 * MOST_COUNTED


def test_related_instances_have_ids_that_go_on_after_a_sign(tmp_path: Path) -> None:
    ids = ["order", "order-1", "order-10", "order-1-command-1", "order-1-part", "order-1:x", "order-2", "other"]
    rows = [(InstanceSummary(one, "o", one.endswith("part"), "Running", "", "2026", "2026"), None) for one in ids]
    rows = [(row, "order-1" if row.is_child else None) for row, _ in rows]
    with closing(hub_with(tmp_path / "hub.db", rows)) as db:
        assert [row.instance_id for row in related(db, "order-1")] == ["order", "order-1-command-1", "order-1:x"]
        assert [row.instance_id for row in related(db, "order-1-command-1")] == ["order", "order-1"]
        assert related(db, "nothing-like-it") == []
        assert related(db, "") == []


@pytest.mark.parametrize(
    ("status", "output", "custom_status", "outcome"),
    [
        ("Completed", '{"status": "failed", "x": 1}', '{"step": "pay"}', "failed"),
        ("Completed", '{"state": "done"}', None, "done"),
        ("Completed", '{"x": {"status": "inner"}}', '"by hand"', "by hand"),
        ("Completed", '"a text"', None, ""),
        ("Completed", '[{"status": "listed"}]', None, ""),
        ("Completed", '{"status": 5}', None, ""),
        ("Running", '{"status": "early"}', '{"step": "needs attention"}', "needs attention"),
        ("Running", None, '{"status": "a", "step": "b"}', "a"),
        ("Failed", "Orchestrator function 'o' failed: no", None, ""),
        ("Failed", "{status: no JSON", '{"status"', ""),
        ("Terminated", '{"status": "it is the reason"}', None, "it is the reason"),
        ("Completed", '{"status": "' + "x" * 200 + '"}', None, "x" * 60),
        ("Completed", '{"status": "' + "x" * 200_000 + '"}', None, ""),
        ("Completed", '{"status": "two\\n  lines"}', None, "two lines"),
        ("Completed", '{"a":' * 5_000 + "1" + "}" * 5_000, None, ""),
        ("Completed", None, None, ""),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_outcome_is_what_the_app_names(
    status: str, output: str | None, custom_status: str | None, outcome: str
) -> None:
    assert outcome_of(status, output, custom_status) == outcome


def test_an_older_hub_gets_its_outcomes_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    columns = "instance_id, run, execution_id, name, status, output, custom_status, created_at, updated_at, parent_id"
    with closing(open_writer(path, fsync=False, migrations=())) as old:
        assert old.execute("PRAGMA user_version").fetchone()[0] == FIRST_VERSION
        for row in (
            ("a", "Completed", '{"status": "failed"}', None, None),
            ("b", "Running", None, '{"step": "pay"}', "a"),
            ("c", "Failed", "no", None, None),
        ):
            old.execute(
                f"INSERT INTO instances ({columns}) VALUES (?, 1, 'e', 'o', ?, ?, ?, '2026', '2026', ?)",
                row,
            )
    with closing(open_writer(path, fsync=False)) as db:
        kinds, _ = all_kinds(db)
        assert kinds == [
            Kind("o", False, "Completed", "failed"),
            Kind("o", False, "Failed", ""),
            Kind("o", True, "Running", "pay"),
        ]


def test_the_hub_keeps_the_outcome_with_each_change_of_an_instance(tmp_path: Path) -> None:
    hub = Hub(tmp_path / "hub.db")
    instance = Instance("i", 1, "e", "o", None, None, "2026", "2026", None, Parent("p", "e", 0, "q", None))
    instance.custom_status, instance.is_new = '{"step": "pay"}', True
    hub.save(instance)
    hub.commit()
    instance.status, instance.output = "Completed", '{"status": "confirmed"}'
    with closing(sqlite3.connect(tmp_path / "hub.db")) as db:
        assert db.execute("SELECT outcome, is_child FROM instances").fetchall() == [("pay", 1)]
        hub.save(instance)
        hub.commit()
        assert db.execute("SELECT outcome, is_child FROM instances").fetchall() == [("confirmed", 1)]
    hub.close()
