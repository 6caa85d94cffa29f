"""The coverage report names each module below the limit."""

import json
from pathlib import Path

import pytest

from scripts.coverage_report import main


def module(percent: float) -> dict[str, dict[str, float]]:
    return {"summary": {"percent_covered": percent}}


def test_modules_below_the_limit_are_named_the_lowest_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"a.py": module(84.9), "b.py": module(85.0), "c.py": module(12.0)}
    report = tmp_path / "coverage.json"
    report.write_text(json.dumps({"files": files, "totals": {"percent_covered": 60.0}}), encoding="utf-8")
    assert main(str(report)) == 0
    assert capsys.readouterr().out.splitlines() == [
        " 12.0 %  c.py",
        " 84.9 %  a.py",
        " 60.0 %  of all lines; 2 modules below 85 %",
    ]
