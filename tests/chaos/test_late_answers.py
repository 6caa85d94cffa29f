"""A refund is paid while its answer is on its way, over HTTP: an operator who settles it pays nothing twice."""

from pathlib import Path
from typing import Any

import pytest

from support.app.running import CALM, TOKYO, App, running_app
from support.waiting import until

# Twenty times as late as the app waits.
LATE = CALM | {"SIM_LATE_ANSWER": "1", "SIM_LATE_ANSWER_MS": "20000"}
IMPATIENT = {"SUPPLIER_TIMEOUT_SECONDS": "1", "COMPENSATION_ATTEMPTS": "1"}
DECISIONS = ("settled", "written_off")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_refund_whose_answer_is_late_is_never_settled_or_written_off_too(tmp_path: Path) -> None:
    with running_app(tmp_path, CALM, **IMPATIENT) as app:
        trips = {decision: app.chat(TOKYO, key=decision)["trips"][0]["id"] for decision in DECISIONS}
    with running_app(tmp_path, LATE, **IMPATIENT) as app:
        for trip in trips.values():
            assert app.cancel(trip).status == 202
        for trip in trips.values():
            app.becomes(trip, "needs_attention")
            assert "flight-refund-1" in {item["item"] for item in _items(app, trip)}
    with running_app(tmp_path, CALM, **IMPATIENT) as app:
        for decision, trip in trips.items():
            heard: set[str] = set()
            until(lambda trip=trip, decision=decision, heard=heard: _is_decided(app, trip, decision, heard), 120, 0.5)
            assert heard == {"already_done"}
        for trip in trips.values():
            app.becomes(trip, "cancelled")
            refunds = [posting for posting in app.ledger(trip)["postings"] if posting["what"] == "refund"]
            assert len(refunds) == 1
        app.audit()


def _items(app: App, trip: str) -> list[Any]:
    return [item for item in app.attention() if item["trip"] == trip]


def _is_decided(app: App, trip: str, decision: str, heard: set[str]) -> bool:
    """Decide on each open item of the trip, and return whether none is left.

    The outcomes of the decisions are added to `heard`.
    """
    for item in _items(app, trip):
        response = app.decide(item, decision, "BT-1")
        # 503: the supplier has not answered yet. 412 and 404: the saga has moved on since the item was listed.
        if response.status not in (404, 412, 503):
            heard.add("accepted" if response.status == 202 else response.json()["code"])
    return not _items(app, trip)
