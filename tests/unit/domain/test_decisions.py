"""Orders of decisions keep the form that stands in histories."""

from domain.attention.decisions import DecisionOrder, version_number

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
