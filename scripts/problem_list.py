"""Write docs/problems.md from the list of problem codes: `python -m scripts.problem_list`."""

from domain.problem_list import page
from scripts.app_settings import ROOT

if __name__ == "__main__":
    (ROOT / "docs" / "problems.md").write_text(page(), encoding="utf-8")
