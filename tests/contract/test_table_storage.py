"""Promises of the stores on Azure tables beyond the ports: answers may get lost, lists can be rebuilt, limits hold."""

import random
import re
import uuid
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from domain.conversation.turn import Problem, TripCall
from domain.trip.entry_data import NoArguments
from scripts.rebuild_lists import rebuild
from settings import Settings
from storage.table_account import Account
from storage.table_errors import ConflictError, Repeats
from stores.conversations import Post
from stores.errors import StorageError
from stores.ledger import KeyClaim, Superseded
from stores.opening import Stores, open_stores
from stores.tables.ledger import TableLedger
from stores.tables.service import Table, Write
from support.stores.ledgers import (
    ANSWERS,
    LEASE,
    TRIP,
    TickingClock,
    accepted,
    claimed,
    decision,
    do,
    effect,
    new_trip,
    outcome,
    paid,
    parked,
    request,
    version,
)
from support.stores.lossy import LossyWrites, WriteFate, lossy
from support.suppliers.companies import NOW, calm_settings

Opener = Callable[[str], Settings]


@pytest.fixture
def settings_for(tmp_path: Path) -> Opener:
    prefix = f"t{uuid.uuid4().hex[:16]}"
    return lambda account: calm_settings(
        tmp_path, store="tables", tables_connection_string=account, tables_prefix=prefix
    )


@pytest.fixture
def settings(azurite_account: str, settings_for: Opener) -> Settings:
    return settings_for(azurite_account)


@pytest.fixture
def stores(settings: Settings, clock: TickingClock) -> Stores:
    return open_stores(settings, clock.read)


@pytest.fixture
def table(settings: Settings) -> Table:
    return Table(Account(settings), "things")


@pytest.fixture
def way(azurite_account: str, monkeypatch: pytest.MonkeyPatch) -> Generator[tuple[str, LossyWrites]]:
    """Yield a way to the service that loses answers and refuses calls, and the object that steers it.

    The stores repeat such calls after 20 ms at most, where they would otherwise wait for seconds.
    """
    monkeypatch.setattr("stores.tables.service._REPEATS", Repeats(longest_wait=0.02))
    with lossy(azurite_account) as proxy:
        yield proxy


def whole_story(stores: Stores, clock: TickingClock) -> list[Any]:
    """Make every call that writes, for a trip and a conversation, and return all that can be read in the end."""
    ledger, conversations = stores.ledger, stores.conversations
    turn = conversations.claim(Post("to Paris", "mine", "key", "hash", NOW))
    problem = conversations.fail(turn, Problem(code="model_unavailable", detail="Away."))
    turn = conversations.claim(Post("to Paris", "mine", "key", "hash", NOW))
    assert (problem.attempt, turn.attempt) == (1, 2)
    unkeyed = [conversations.claim(Post("hello", "other", None, "hash", NOW)).number for _ in range(3)]
    assert conversations.take_start(turn, NOW)
    assert not conversations.take_start(turn, NOW)
    conversations.started(turn)
    turn = conversations.decide(turn, [TripCall(trip=TRIP, kind="travel", request=request())], None, None, "gpt")
    ledger.open(new_trip(conversation="mine"))
    paid(ledger)
    ledger.release(ledger.renew(claimed(ledger, effect("cancel")), LEASE))
    ledger.give_up(effect("cancel"), 1)
    ledger.lose(TRIP, "trip-1-hotel", "hotel", 1)
    ledger.pivot(TRIP, 1, 0, "pivot")
    ledger.keep_text(f"{TRIP}/words", "Booked.")
    epoch = ledger.take_over(TRIP, version(ledger)).epoch
    ledger.accept(TRIP, "decision", "d-1", "me", decision(decided="retry"), version(ledger))
    do(ledger, effect("cancel"), epoch)
    do(ledger, effect("refund"), epoch)
    ledger.end_change(TRIP, epoch, 1, done=False)
    ledger.close(outcome("cancelled"), epoch, 1)
    number = accepted(ledger, 2)
    ledger.close(outcome("cancelled"), epoch + 1, number)
    done = conversations.finish(turn, "Booked, and cancelled.")
    rows = [(row.sequence, row.event, row.key, row.data) for row in ledger.entries(TRIP)]
    read = [rows, ledger.postings(TRIP), [command.id for command in ledger.commands(TRIP)], done, unkeyed]
    read.append([ledger.text(f"{TRIP}/words"), [row.id for row in ledger.trips()], ledger.attention()])
    read.append(ledger.unfinished(clock.read(), 10))
    read.append([conversations.forget("mine", lambda _: False), ledger.forget("mine"), ledger.text(f"{TRIP}/words")])
    return read


def every_other(count: int) -> WriteFate:
    return "lose" if count % 2 else "pass"


def test_no_lost_answer_changes_the_story(
    tmp_path: Path, settings_for: Opener, way: tuple[str, LossyWrites], clock: TickingClock
) -> None:
    account, steering = way
    steering.fate = every_other
    results = whole_story(open_stores(settings_for(account), clock.read), clock)
    # Nearly all of the calls that write lost one: otherwise the comparison would prove nothing.
    assert steering.lost > 30
    assert results == whole_story(open_stores(calm_settings(tmp_path / "clean"), clock.read), clock)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_nothing_that_befalls_the_answers_changes_the_story(
    tmp_path: Path, settings_for: Opener, way: tuple[str, LossyWrites], clock: TickingClock, seed: int
) -> None:
    account, steering = way
    dice = random.Random(seed)
    steering.fate = lambda _: dice.choice(("pass", "lose", "refuse"))
    results = whole_story(open_stores(settings_for(account), clock.read), clock)
    assert steering.lost > 30
    expected = whole_story(open_stores(calm_settings(tmp_path / "clean"), clock.read), clock)
    assert results == expected, f"seed {seed}"


def test_an_owner_whose_claim_lost_its_answer_still_is_the_owner(
    settings_for: Opener, way: tuple[str, LossyWrites], clock: TickingClock
) -> None:
    account, steering = way
    ledger = open_stores(settings_for(account), clock.read).ledger
    ledger.open(new_trip())
    lost = steering.lost
    steering.fate = lambda _: "lose" if steering.lost == lost else "pass"
    claim = claimed(ledger, effect())
    assert (claim.fence, claim.takeover, steering.lost - lost) == (1, False, 1)
    assert ledger.conclude(claim, ANSWERS["hold"]).outcome == ANSWERS["hold"]


def test_a_service_that_stays_away_is_a_clear_error(
    settings_for: Opener, way: tuple[str, LossyWrites], monkeypatch: pytest.MonkeyPatch
) -> None:
    account, steering = way
    stores = open_stores(settings_for(account))
    stores.ledger.open(new_trip())
    monkeypatch.setattr("stores.tables.service._REPEATS", Repeats(timeout=0.2, longest_wait=0.02))
    steering.fate = lambda _: "refuse"
    with pytest.raises(StorageError, match="busy or out of reach"):
        claimed(stores.ledger, effect())
    steering.fate = lambda _: "pass"
    assert claimed(stores.ledger, effect()).fence == 1


def test_nobody_there_is_a_clear_error(settings_for: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stores.tables.service._REPEATS", Repeats(timeout=0.2, longest_wait=0.02))
    nobody = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;TableEndpoint=http://127.0.0.1:9/a;"
    stores = open_stores(settings_for(nobody))
    with pytest.raises(StorageError, match="reach"):
        stores.ledger.ping()
    with pytest.raises(StorageError, match="reach"):
        stores.conversations.turn("c", 1)


def test_a_wrong_connection_string_is_a_clear_error_that_does_not_tell_it(settings_for: Opener) -> None:
    stores = open_stores(settings_for("a secret that is no connection string"))
    with pytest.raises(StorageError, match="connection string") as error:
        stores.ledger.ping()
    assert "secret" not in str(error.value)


def test_a_wrong_account_key_is_a_clear_error(settings_for: Opener, azurite_account: str) -> None:
    wrong = re.sub(r"AccountKey=[^;]+", "AccountKey=d3Jvbmc=", azurite_account)
    with pytest.raises(StorageError, match=r"refused|can't be used"):
        open_stores(settings_for(wrong)).ledger.ping()


def test_lists_can_be_rebuilt_from_the_trips(stores: Stores, settings: Settings, clock: TickingClock) -> None:
    ledger = stores.ledger
    assert isinstance(ledger, TableLedger)
    for name in (TRIP, "trip-2", "trip-3"):
        ledger.open(new_trip(name))
    parked(ledger)
    ledger.close(outcome(trip="trip-2"), 1, 0)
    later = clock.read()

    def read() -> tuple[Any, ...]:
        newest = (ledger.newest(None, 10), ledger.newest_of([None], None, 10))
        return list(ledger.trips()), ledger.attention(), ledger.unfinished(later, 10), *newest

    listed = read()
    lists = Table(Account(settings), "lists")
    for name in ("trips", "open", "attention", "newest", "own-"):
        for stored in lists.rows(name):
            lists.write(stored.partition, [Write("delete", stored.row)])
    assert read() == ([], [], [], [], [])
    # Twice, because lists that are complete must stay as they are.
    for _ in range(2):
        assert rebuild(settings) == "Listed anew: 3 trips."
        assert read() == listed
    assert [len(part) for part in listed] == [3, 1, 2, 3, 3]
    assert ledger.forget("c1") == 1


def test_pointers_to_what_never_came_or_is_over_are_passed_by(
    stores: Stores, settings: Settings, clock: TickingClock
) -> None:
    ledger = stores.ledger
    ledger.open(new_trip())
    lists = Table(Account(settings), "lists")
    [pointer] = lists.rows("open")
    lists.write("open", [Write("put", "20200101T000000000000-trip-0-000000", {"trip": "trip-0", "closings": 0})])
    lists.write("trips", [Write("put", f"20200101T000000000000-{TRIP}", {"trip": TRIP, "closings": 0})])
    ledger.close(outcome(), 1, 0)
    accepted(ledger)
    lists.write("open", [Write("put", pointer.row, pointer.document)])
    assert [row.id for row in ledger.unfinished(clock.read(), 10)] == [TRIP]
    assert [row.id for row in ledger.trips()] == [TRIP]
    assert pointer.row not in [stored.row for stored in lists.rows("open")]


def test_every_row_has_a_name_that_the_service_takes(stores: Stores, settings: Settings, clock: TickingClock) -> None:
    stores.ledger.open(new_trip(conversation="Zürich / # ? 東京"))
    parked(stores.ledger)
    stores.ledger.keep_text(f"{TRIP}/words of # ?", "Booked.")
    stores.conversations.claim(Post("hello", "mine", "a key / # ? 東京", "hash", NOW))
    tables = Account(settings)
    rows = Table(tables, "ledger").rows(TRIP) + Table(tables, "lists").rows("open")
    assert len(rows) > 15
    assert [stored.row for stored in rows if not re.fullmatch(r"[A-Za-z0-9-]{1,255}", stored.row)] == []


def test_rows_of_any_size_up_to_the_limit_come_back(table: Table) -> None:
    # Random text from many scripts, because text that repeats itself would be compressed to nothing.
    dice = random.Random(1)
    for number, size in enumerate([0, 29_000, 33_000, 500_000]):
        document = {"text": "".join(chr(dice.randrange(32, 50_000)) for _ in range(size // 6)), "n": number}
        table.write("p", [Write("insert", f"r{number}", document)])
        stored = table.get("p", f"r{number}")
        assert stored is not None
        assert stored.document == document


def test_a_row_or_a_batch_beyond_the_limits_is_refused_before_it_is_sent(table: Table) -> None:
    dice = random.Random(2)
    noise = "".join(chr(dice.randrange(32, 50_000)) for _ in range(1_000_000))
    with pytest.raises(ValueError, match="row of"):
        table.write("p", [Write("insert", "r", {"text": noise})])
    with pytest.raises(ValueError, match="101 rows"):
        table.write("p", [Write("insert", f"r{n}", {}) for n in range(101)])
    with pytest.raises(ValueError, match="bytes"):
        table.write("p", [Write("insert", f"r{n}", {"text": noise[:200_000]}) for n in range(20)])
    assert table.rows("p") == []


def test_a_batch_is_written_whole_or_not_at_all(table: Table) -> None:
    table.write("p", [Write("insert", "a", {"n": 1})])
    stored = table.get("p", "a")
    assert stored is not None
    table.write("p", [Write("replace", "a", {"n": 2}, stored.etag), Write("put", "b", {})])
    for wrong in (
        Write("insert", "a", {}),
        Write("replace", "a", {}, stored.etag),
        Write("replace", "missing", {}, stored.etag),
        Write("delete", "a", etag=stored.etag),
        Write("delete", "missing"),
    ):
        with pytest.raises(ConflictError):
            table.write("p", [Write("insert", "new", {}), wrong])
    assert [(row.row, row.document) for row in table.rows("p")] == [("a", {"n": 2}), ("b", {})]


def test_a_trip_of_more_rows_than_one_answer_holds_is_read_as_of_one_moment(
    stores: Stores, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = stores.ledger
    ledger.open(new_trip())
    rows = Table(Account(settings), "ledger")
    # More rows than the thousand of one answer, in the largest batches that the service takes.
    for start in range(0, 1100, 100):
        texts = [Write("insert", f"t-{number:064}", {"text": "x"}) for number in range(start, start + 100)]
        rows.write(TRIP, texts)
    read = Table.rows

    def interrupted(table: Table, partition: str, first: str = "", end: str = "~") -> Any:
        read_rows = read(table, partition, first, end)
        monkeypatch.setattr(Table, "rows", read)
        do(ledger, effect())
        return read_rows

    monkeypatch.setattr(Table, "rows", interrupted)
    # Another process reads, because the writer's own still knows the trip.
    reader = open_stores(settings).ledger
    assert [row.event for row in reader.entries(TRIP)] == ["opened", "intent", "outcome"]
    ledger.close(outcome(), 1, 0)
    assert ledger.forget("c1") == 1


def test_no_process_goes_by_rows_that_another_has_changed_since(settings: Settings, clock: TickingClock) -> None:
    one, two = (open_stores(settings, clock.read).ledger for _ in range(2))
    one.open(new_trip())
    claim = claimed(two, effect())
    # By the rows that `one` has in memory, nobody owns the effect.
    assert one.conclude(claim, ANSWERS["hold"]).outcome == ANSWERS["hold"]
    assert [row.event for row in two.entries(TRIP)] == ["opened", "intent", "outcome"]
    assert one.close(outcome(), 1, 0) == outcome()
    accepted(two)
    # By those rows the trip is closed with that end, which needs no write.
    assert one.close(outcome(), 1, 0) == Superseded()
    assert one.facts(TRIP) == two.facts(TRIP)


def test_no_process_goes_by_a_turn_that_another_has_changed_since(settings: Settings) -> None:
    one, two = (open_stores(settings).conversations for _ in range(2))
    turn = one.claim(Post("to Paris", None, None, "hash", NOW))
    assert two.take_start(turn, NOW)
    # By the row that `one` has in memory nobody has started the turn.
    assert not one.take_start(turn, NOW)
    done = two.decide(turn, [], "Hello.", None, "gpt")
    assert one.decide(turn, [], "Good morning.", None, "gpt") == done
    two.forget(turn.conversation, lambda _: False)
    with pytest.raises(LookupError):
        one.started(turn)


def test_a_trip_that_a_process_writes_is_read_by_points_alone(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    stores.ledger.open(new_trip())
    # A service that looks through a whole table for a partition would take longer with every trip that is kept.
    monkeypatch.setattr(Table, "rows", lambda *_: pytest.fail("the partition was searched for"))
    do(stores.ledger, effect())
    stores.ledger.keep_text(f"{TRIP}/words", "Booked.")
    assert [row.event for row in stores.ledger.entries(TRIP)] == ["opened", "intent", "outcome"]
    assert stores.ledger.facts(TRIP) is not None
    assert stores.ledger.text(f"{TRIP}/words") == "Booked."


def test_opening_asks_nothing_of_the_account(settings_for: Opener, tmp_path: Path) -> None:
    assert open_stores(settings_for("nonsense")).name == "tables"
    identity = calm_settings(tmp_path, store="tables", tables_endpoint="https://account.table.core.windows.net")
    assert open_stores(identity).name == "tables"


def test_two_installations_in_one_account_know_nothing_of_each_other(
    azurite_account: str, settings: Settings, tmp_path: Path
) -> None:
    other = calm_settings(tmp_path, store="tables", tables_connection_string=azurite_account, tables_prefix="other")
    one, two = open_stores(settings), open_stores(other)
    one.ledger.open(new_trip())
    assert two.ledger.trip(TRIP) is None
    assert one.conversations.installation_secret() != two.conversations.installation_secret()
    assert isinstance(one.ledger.claim(effect(), NoArguments(), 1, 1), KeyClaim)
