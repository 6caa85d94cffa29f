"""Suppliers that never wait are known as such, and only those: all others need a time-out."""

from pathlib import Path
from typing import Any

import pytest

from suppliers.opening import open_suppliers
from support.suppliers.companies import calm_settings


@pytest.mark.parametrize(
    ("dials", "at_once"), [({}, True), ({"sim_latency_ms": 1}, False), ({"sim_late_answer": 0.01}, False)]
)
def test_only_local_simulators_without_waits_answer_at_once(
    tmp_path: Path, dials: dict[str, Any], at_once: bool
) -> None:
    assert open_suppliers(calm_settings(tmp_path, **dials)).answer_at_once is at_once
