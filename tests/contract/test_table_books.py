"""Promises of the suppliers' books on Azure tables beyond the ports: answers may get lost, services go away."""

import random
import re
import uuid
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables import TableClient, TableServiceClient

from domain.amount import Money
from domain.components import COMPONENTS
from domain.ids import confirmation_id
from domain.trip.outcomes import Refusal
from settings import Settings
from storage.table_account import Account
from storage.table_errors import Repeats, UncertainError
from suppliers.opening import Suppliers, open_suppliers, snapshots
from suppliers.ports import Booking, Enquiry, SupplierFault
from suppliers.table_rows import BookTable
from support.stores.lossy import LossyWrites, WriteFate, lossy
from support.suppliers.companies import NOW, Timepiece, calm_settings, order

HOLD = "trip-1/hold/1"
Opener = Callable[..., Settings]


@pytest.fixture
def settings_for(tmp_path: Path) -> Opener:
    prefix = f"t{uuid.uuid4().hex[:16]}"
    return lambda account, **dials: calm_settings(
        tmp_path, store="tables", tables_connection_string=account, tables_prefix=prefix, **dials
    )


@pytest.fixture
def settings(azurite_account: str, settings_for: Opener) -> Settings:
    return settings_for(azurite_account)


@pytest.fixture
def way(azurite_account: str, monkeypatch: pytest.MonkeyPatch) -> Generator[tuple[str, LossyWrites]]:
    """Yield a way to the service that loses answers and refuses calls, and the object that steers it.

    The books repeat such calls after 20 ms at most, where they would otherwise wait for seconds.
    """
    monkeypatch.setattr("suppliers.table_faults._REPEATS", Repeats(longest_wait=0.02))
    with lossy(azurite_account) as proxy:
        yield proxy


def opened(settings: Settings, time: Timepiece) -> Suppliers:
    return open_suppliers(settings, sleep=time.sleep, clock=time.read)


def whole_story(suppliers: Suppliers, time: Timepiece) -> list[Any]:
    """Make every call for a trip, with deliveries that fail, and return all results."""
    hotel, payments, results = suppliers.booking["hotel"], suppliers.payments, list[Any]()

    def tell(call: Callable[..., Any], *arguments: Any) -> None:
        try:
            results.append(call(*arguments))
        except SupplierFault as fault:
            results.append(str(fault))

    price, amount = Money(currency="USD", minor=87_500), Money(currency="USD", minor=40_000)
    for trip in ("trip-1", "trip-2"):
        for _ in range(3):
            tell(hotel.hold, f"{trip}/hold/1", order("hotel"))
            tell(hotel.confirm, f"{trip}/confirm/1", f"{trip}/hold/1", price)
            tell(hotel.terms, f"{trip}/hold/1")
            tell(payments.authorize, f"{trip}/authorize/1", amount, "HT-1")
            tell(payments.capture, f"{trip}/capture/1", f"{trip}/authorize/1")
            tell(payments.void, f"{trip}/void/1", f"{trip}/authorize/1")
            tell(payments.refund, f"{trip}/refund/1", f"{trip}/authorize/1", amount)
            time.move(1)
        for _ in range(2):
            tell(hotel.cancel, f"{trip}/cancel/1", f"{trip}/hold/1")
            tell(hotel.cancel, f"{trip}/cancel/2", f"{trip}/hold/2")
            tell(hotel.close, f"{trip}/hold/2")
            tell(hotel.find, f"{trip}/hold/1")
            tell(payments.find, f"{trip}/authorize/1")
    return results


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_no_lost_answer_changes_the_story_nor_counts_a_delivery_twice(
    tmp_path: Path, settings_for: Opener, way: tuple[str, LossyWrites], seed: int
) -> None:
    """Lose every other answer with seed 0; lose answers and refuse calls at random with the others."""
    account, steering = way
    dice, fates = random.Random(seed), list[WriteFate](["pass", "lose", "refuse"])
    steering.fate = lambda count: dice.choice(fates) if seed else fates[count % 2]
    dials = {"sim_fault": 0.3, "sim_lost_answer": 0.2, "sim_late_answer": 0.2, "sim_late_answer_ms": 1500}
    time = Timepiece()
    start = time.now
    results = whole_story(opened(settings_for(account, **dials), time), time)
    assert steering.lost > 20, f"seed {seed}"
    time.now = start
    assert results == whole_story(opened(calm_settings(tmp_path / "clean", **dials), time), time), f"seed {seed}"
    assert any("SIM_FAULT" in str(result) for result in results)


def test_a_write_that_arrives_after_it_was_given_up_counts_and_no_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    time, given_up = Timepiece(), list[Callable[[], str]]()
    airline, write = opened(settings, time).booking["flight"], BookTable.write

    def overtaken(table: BookTable, *arguments: Any) -> str:
        if not given_up:
            given_up.append(lambda: write(table, *arguments))
            time.move(1)
            raise UncertainError("no answer")
        given_up.pop()()
        monkeypatch.setattr(BookTable, "write", write)
        return write(table, *arguments)

    monkeypatch.setattr(BookTable, "write", overtaken)
    booking = airline.hold(HOLD, order("flight"))
    assert isinstance(booking, Booking)
    # The hold is that of the write which arrived late, made a second before.
    assert booking.expires.timestamp() == pytest.approx(time.now.timestamp() - 1 + 1800)
    assert airline.find(HOLD) == Enquiry("done", booking)


def test_who_dies_after_taking_a_confirmation_gets_it_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class WriterDied(BaseException):
        pass

    def die(*_: Any) -> None:
        raise WriterDied

    airline = opened(settings, Timepiece()).booking["flight"]
    with monkeypatch.context() as dying:
        dying.setattr(BookTable, "write", die)
        with pytest.raises(WriterDied):
            airline.hold(HOLD, order("flight"))
    assert airline.find(HOLD) == Enquiry("not_found")
    booking = airline.hold(HOLD, order("flight"))
    assert isinstance(booking, Booking)
    assert booking.confirmation == confirmation_id(COMPONENTS["flight"], NOW, HOLD)


def test_no_process_goes_by_a_book_that_another_has_changed_since(settings: Settings) -> None:
    one, two = (opened(settings, Timepiece()).booking["flight"] for _ in range(2))
    booking = one.hold(HOLD, order("flight"))
    assert two.hold(HOLD, order("flight")) == booking
    assert isinstance(two.cancel("trip-1/cancel/1", HOLD), Booking)
    # In the memory of `one` the booking is held.
    assert isinstance(one.confirm("trip-1/confirm/1", HOLD, Money(currency="USD", minor=87_500)), Refusal)
    assert one.find(HOLD) == two.find(HOLD)


def test_a_book_that_a_process_writes_is_read_by_points_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    airline = opened(settings, Timepiece()).booking["flight"]
    # A service that looks through a whole table for a partition would take longer with every component that is kept.
    monkeypatch.setattr(TableClient, "query_entities", lambda *_, **__: pytest.fail("the partition was searched for"))
    booking = airline.hold(HOLD, order("flight"))
    assert isinstance(booking, Booking)
    assert airline.find(HOLD) == Enquiry("done", booking)


def test_deliveries_are_counted_across_restarts(settings: Settings, tmp_path: Path) -> None:
    faulty = settings.model_copy(update={"sim_fault": 0.5})

    def fails(settings: Settings) -> list[bool]:
        """Return which calls failed, each of them made by suppliers that were opened anew."""
        failures: list[bool] = []
        for _ in range(20):
            try:
                opened(settings, Timepiece()).booking["flight"].find(HOLD)
            except SupplierFault:
                failures.append(True)
            else:
                failures.append(False)
        return failures

    failed = fails(faulty)
    assert set(failed) == {True, False}
    assert failed == fails(calm_settings(tmp_path, sim_fault=0.5))


def test_a_component_of_more_rows_than_one_answer_holds_is_read_whole(settings: Settings) -> None:
    airline = opened(settings, Timepiece()).booking["flight"]
    first = airline.hold(HOLD, order("flight"))
    table = BookTable(lambda: Account(settings).created_table("supplierairline"))
    # More rows than the thousand of one answer, in batches of fewer than the hundred that the service takes.
    for start in range(0, 1080, 90):
        etag = table.read("trip-1").etag
        table.write("trip-1", etag, "test", {f"delivery-{n:064}": {"count": 1} for n in range(start, start + 90)})
    assert airline.hold(HOLD, order("flight")) == first
    assert isinstance(airline.cancel("trip-1/cancel/1", HOLD), Booking)


def test_each_company_has_a_table_of_its_own_made_on_first_use(azurite_account: str, settings: Settings) -> None:
    def tables() -> set[str]:
        with TableServiceClient.from_connection_string(azurite_account) as service:
            names = [table.name for table in service.list_tables()]
        return {name.removeprefix(settings.tables_prefix) for name in names if name.startswith(settings.tables_prefix)}

    suppliers = opened(settings, Timepiece())
    with snapshots(settings):
        assert tables() == set()
    suppliers.booking["car_hire"].find(HOLD)
    assert tables() == {"suppliercarhire"}
    for company in (suppliers.booking["flight"], suppliers.booking["hotel"], suppliers.payments):
        company.find(HOLD)
    assert tables() == {"supplierairline", "suppliercarhire", "supplierhotel", "supplierpayments"}


def test_installations_that_share_an_account_share_no_book(settings: Settings) -> None:
    other = settings.model_copy(update={"tables_prefix": f"{settings.tables_prefix}b"})
    opened(settings, Timepiece()).booking["flight"].hold(HOLD, order("flight"))
    assert opened(other, Timepiece()).booking["flight"].find(HOLD) == Enquiry("not_found")


def test_a_service_that_stays_away_is_an_outage_of_the_company(
    settings_for: Opener, way: tuple[str, LossyWrites], monkeypatch: pytest.MonkeyPatch
) -> None:
    account, steering = way
    airline = opened(settings_for(account), Timepiece()).booking["flight"]
    monkeypatch.setattr("suppliers.table_faults._REPEATS", Repeats(timeout=0.2, longest_wait=0.02))
    steering.fate = lambda _: "refuse"
    with pytest.raises(SupplierFault, match="busy for"):
        airline.hold(HOLD, order("flight"))
    steering.fate = lambda _: "pass"
    assert airline.find(HOLD) == Enquiry("not_found")


def test_accounts_that_cannot_be_used_are_outages_that_tell_no_secret(
    settings_for: Opener, azurite_account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("suppliers.table_faults._REPEATS", Repeats(timeout=0.2, longest_wait=0.02))
    nobody = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;TableEndpoint=http://127.0.0.1:9/a;"
    wrong_key = re.sub(r"AccountKey=[^;]+", "AccountKey=d3Jvbmc=", azurite_account)
    for account, reason in ((nobody, "reached"), (wrong_key, "refused|used"), ("a secret", "connection string")):
        suppliers = opened(settings_for(account), Timepiece())
        with pytest.raises(SupplierFault, match=reason) as fault:
            suppliers.payments.find(HOLD)
        assert not re.search("secret|d3Jvbmc", str(fault.value))
        with pytest.raises(SupplierFault, match=reason), snapshots(settings_for(account)):
            pass
