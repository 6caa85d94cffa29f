"""Orders of decisions keep the form that histories have."""

from domain.attention.decisions import DecisionOrder, version_number
from domain.attention.open_items import is_of_order
from domain.trip.command_bodies import DecisionBody

STORED = {
    "trip": "trip-1",
    "item": "flight-cancel-1",
    "version": -1,
    "decision": "retry",
    "reason": "checked",
    "reference": "",
    "by": "an operator",
    "command": "decision-1",
}


def test_an_order_without_a_version_is_stored_with_its_old_number() -> None:
    order = DecisionOrder.model_validate(STORED)
    assert order.version is None
    assert order.model_dump(mode="json") == STORED
    assert version_number(order.version) == -1


def test_an_order_with_a_version_is_stored_with_it() -> None:
    order = DecisionOrder.model_validate({**STORED, "version": 7})
    assert order.version == 7
    assert order.model_dump(mode="json") == {**STORED, "version": 7}


def test_only_the_whole_reason_makes_a_stored_decision_a_repeat() -> None:
    order = DecisionOrder.model_validate({**STORED, "decision": "settled", "reason": "the bank has checked"})
    stored = DecisionBody(
        item="flight-cancel-1",
        decision="retry",
        reason="settled was asked for, but the company had done it. the bank has checked",
        reference="",
    )
    assert is_of_order(stored, order)
    assert not is_of_order(stored, order.model_copy(update={"reason": "checked"})), "it is only the end of the reason"
    assert not is_of_order(stored, order.model_copy(update={"decision": "written_off"}))
