"""A decision on an open item asks the supplier first, closes the key, and counts exactly once."""

from dataclasses import replace
from typing import Any

from activities.attention import decide
from domain.attention.decisions import DecisionAnswer, DecisionOrder
from domain.trip.command_bodies import CancelBody
from domain.trip.facts import Item
from suppliers.ports import Enquiry, SupplierFault
from support.orchestrations.faults import Schedule
from support.orchestrations.installation import MemoryInstallation, quick_folder
from support.orchestrations.services import RealActivities

TRIP = "trip-1"


def open_items(house: MemoryInstallation) -> list[str]:
    """Return the items of the facts, which the list for operators must have as well."""
    items = [item.id for item in house.facts().items]
    assert [item.id for _, item in house.ledger.attention()] == items
    return items


def order(house: MemoryInstallation, decision: Any = "settled", command: str = "decision-1") -> DecisionOrder:
    [item] = house.facts().items
    return DecisionOrder(
        trip=TRIP,
        item=item.id,
        version=house.row().version,
        decision=decision,
        reason="checked",
        reference="wire 1",
        by="somebody",
        command=command,
    )


def decided(house: MemoryInstallation, order: DecisionOrder, **companies: Any) -> DecisionAnswer:
    result = decide(replace(house.services, **companies), order)
    house.wake(TRIP)
    house.go_on()
    return result


def key(item: Item) -> str:
    return f"{item.component}/{item.effect}/{item.revision}"


def test_a_settled_item_lets_the_trip_end_and_its_key_is_closed(house: MemoryInstallation) -> None:
    [item] = house.facts().items
    first = order(house)
    assert decided(house, first) == DecisionAnswer(status="accepted", number=2)
    assert (open_items(house), house.outcome().status) == ([], "cancelled")
    assert house.books.payments.find(key(item)).state == "closed"
    assert decided(house, first) == DecisionAnswer(status="accepted", number=2)
    assert house.row().commands == 2


def test_a_retry_that_meets_a_closed_key_parks_again_and_can_be_settled(house: MemoryInstallation) -> None:
    """Close the key as if the process had died before it stored the decision, and let somebody decide otherwise."""
    [item] = house.facts().items
    house.books.payments.close(key(item))
    # A second retry must find what the first one found: a closed key stays closed.
    for number in range(2):
        assert decided(house, order(house, "retry", f"retry-{number}")).status == "accepted"
        assert open_items(house) == [item.id]
    assert decided(house, order(house)).status == "accepted"
    assert (open_items(house), house.outcome().status) == ([], "cancelled")


def test_what_was_done_after_all_is_posted_at_once_and_only_once(house: MemoryInstallation) -> None:
    [item] = house.facts().items
    first = order(house)
    payments = house.books.payments
    # From here on refunds succeed, so that ours is done although all its attempts failed.
    payments._deliveries.settings.faults["SIM_FAIL_REFUND"] = 0  # type: ignore[attr-defined]
    payments.refund(key(item), "trip-1/authorize/1", item.amount)
    assert decide(house.services, first) == DecisionAnswer(status="already_done", number=2)
    assert open_items(house) == []
    posted = [posting.what for posting in house.ledger.postings(TRIP)]
    assert posted == ["capture", "fee", "refund"]
    assert decided(house, first) == DecisionAnswer(status="already_done", number=2)
    assert house.outcome().status == "cancelled"
    assert [posting.what for posting in house.ledger.postings(TRIP)] == posted


def test_a_trip_that_no_saga_brings_to_its_end_can_only_be_tried_again(activities: RealActivities) -> None:
    with quick_folder() as folder:
        house = MemoryInstallation(folder, activities)
        house.book("flight")
        house.cancel()
        house.ledger.strand(TRIP, house.row().version)
        before = house.row()
        for decision in ("settled", "written_off"):
            assert decide(house.services, order(house, decision)) == DecisionAnswer(status="invalid_decision")
        assert house.row() == before
        assert decide(house.services, order(house, "retry")) == DecisionAnswer(status="accepted", number=2)
        assert open_items(house) == []
        house.take_over()
        house.go_on()
        assert house.outcome().status == "cancelled"
        assert [moment.text for moment in house.view().timeline if not moment.text.endswith(".")] == []


class Closing:
    """A payment provider that does something else while a key is being closed."""

    def __init__(self, inner: Any, meanwhile: Any) -> None:
        self._inner, self._meanwhile = inner, meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def close(self, key: str) -> Enquiry:
        self._meanwhile()
        return self._inner.close(key)


def with_payments(house: MemoryInstallation, meanwhile: Any) -> Any:
    return replace(house.services.suppliers, payments=Closing(house.books.payments, meanwhile))


def test_once_the_key_is_closed_the_decision_stands_whatever_else_the_trip_was_told(house: MemoryInstallation) -> None:
    def another_cancel() -> None:
        house.ledger.accept(TRIP, "cancel", "again", "traveller", CancelBody(fees=()), house.row().version)

    result = decided(house, order(house), suppliers=with_payments(house, another_cancel))
    assert result == DecisionAnswer(status="accepted", number=3)
    assert house.outcome().status == "cancelled"


def test_of_two_decisions_the_first_stands(house: MemoryInstallation) -> None:
    second = order(house, "written_off", "decision-2")

    def first() -> None:
        assert decide(house.services, order(house)).status == "accepted"

    assert decided(house, second, suppliers=with_payments(house, first)) == DecisionAnswer(status="stale_version")
    assert [command.id for command in house.ledger.commands(TRIP)][1:] == ["decision-1"]


def test_a_company_that_does_not_answer_changes_nothing(house: MemoryInstallation) -> None:
    def fails() -> None:
        raise SupplierFault("out")

    before = house.row()
    result = decided(house, order(house), suppliers=with_payments(house, fails))
    assert result == DecisionAnswer(status="provider_unavailable")
    assert house.row() == before


def test_a_stale_version_and_an_unknown_item_change_nothing(house: MemoryInstallation) -> None:
    before = house.row()
    current = order(house)
    assert decided(house, current.model_copy(update={"version": 1})).status == "stale_version"
    assert decided(house, current.model_copy(update={"item": "flight-void-1"})).status == "item_not_found"
    assert house.row() == before


def test_the_orchestration_gives_the_activitys_answer(house: MemoryInstallation) -> None:
    decision = order(house).model_dump(mode="json")
    assert house.run("attention_decision", "decision-1", decision).output == {"status": "accepted", "number": 2}


def test_an_activity_that_keeps_failing_is_a_company_that_cannot_be_reached(house: MemoryInstallation) -> None:
    def fails(_: Any) -> Any:
        raise RuntimeError("no storage")

    house.overrides["decide_item_activity"] = fails
    decision = order(house).model_dump(mode="json")
    ended = house.run("attention_decision", "decision-1", decision)
    assert ended.output == {"status": "provider_unavailable", "number": None}


def test_a_void_that_is_written_off_closes_the_capture_that_may_still_arrive(activities: RealActivities) -> None:
    late_capture = Schedule(
        fates={
            # The first attempt is that of the activity which confirms; then come those of the payment's own activity.
            "flight/capture": ["fault", "fault", "fault", "fault", "fault", "late"],
            "flight/void": ["fault", "fault", "fault", "fault", "fault"],
        },
        lateness=10_000,
    )
    with quick_folder() as folder:
        house = MemoryInstallation(folder, activities, late_capture)
        house.book("flight")
        house.cancel()
        house.settle()
        assert open_items(house) == ["flight-capture-1", "flight-void-1"]
        assert house.decide("flight-capture-1", "retry") == "accepted"
        house.settle()
        assert house.decide("flight-void-1", "written_off") == "accepted"
        assert house.settle() == "cancelled"
        house.schedule.arrive()
        payment = house.books.payments.find(f"{TRIP}/authorize/1").payment
        assert payment
        assert payment.captured.minor == 0
