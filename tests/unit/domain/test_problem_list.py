"""The list of problems: the page that the API serves, and its copy among the documents."""

from pathlib import Path

import pytest

from domain.problem_list import page, type_of
from domain.problems import PROBLEMS


def test_the_document_is_the_page_that_the_api_serves(root: Path) -> None:
    document = root / "docs" / "problems.md"
    assert document.read_text(encoding="utf-8") == page(), "write it anew: python -m scripts.problem_list"


@pytest.mark.parametrize("code", PROBLEMS)
def test_the_type_of_a_problem_leads_to_its_section(code: str) -> None:
    path, _, section = type_of(code).partition("#")
    assert path == "/api/problems"
    assert f"\n## {section}\n\n**{PROBLEMS[code].status}** " in page()
    assert PROBLEMS[code].next_step.endswith(".")
