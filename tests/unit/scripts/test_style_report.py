"""The style report finds each breach of a rule, and lets plain code pass."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from scripts import style_report
from scripts.style import exceptions, rules
from scripts.style.functions import bound_names, branches, complex_functions, functions
from scripts.style.imports import import_circles
from scripts.style.prose import documents, passages
from scripts.style.sources import Source, read_sources
from scripts.style.texts import comment_lines, docstrings

Write = Callable[[Mapping[str, str]], Path]
PLAIN = '''"""Prices of trips."""


def total(prices: list[int], fee: int) -> int:
    """Return the sum of all prices and the fee."""
    # The fee is charged once, whatever the number of prices.
    return sum(prices) + fee
'''


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files below a root of their own, each path with its text."""

    def write_files(files: Mapping[str, str]) -> Path:
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text, encoding="utf-8")
        return tmp_path

    return write_files


def broken(root: Path) -> list[tuple[str, str]]:
    """Return rule and subject of every breach."""
    sources = read_sources(root)
    complex_ones = complex_functions(root, rules.MOST_COMPLEXITY)
    rooms = style_report.by_room(sources)
    prose = passages(root, sources, documents(root))
    return [(breach.rule, breach.subject) for breach in rules.breaches(sources, rooms, prose, complex_ones)]


def only_source(root: Path) -> Source:
    [source] = read_sources(root)
    return source


def test_plain_code_breaks_no_rule(write: Write) -> None:
    assert broken(write({"domain/prices.py": PLAIN, "tests/unit/test_prices.py": PLAIN})) == []


def branching(statements: int) -> str:
    """Return a function with so many `if` statements, each with one line of body."""
    lines = "".join(f"    if number == {n}:\n        return {n}\n" for n in range(statements))
    return f"def branching(number: int) -> int:\n{lines}    return 0\n"


DENSE = "def dense(a, b, c, d):\n    return [x for x in a if x or b] if c else d\n"
BREACHES = [
    ({f"domain/m{n}.py": PLAIN for n in range(21)}, ("modules in a folder", "domain")),
    (
        {
            "domain/a.py": PLAIN + "from domain.b import total as other\n",
            "domain/b.py": PLAIN + "from domain import a\n",
        },
        ("import circle", "domain.a domain.b"),
    ),
    (
        {"domain/a.py": PLAIN.replace("Prices of", "What prices of")},
        ("docstrings that open with What, Whether, How, Who", "all"),
    ),
    ({"domain/a.py": PLAIN.replace("Return the", "Told the")}, ("docstrings with private words", "all")),
    ({"domain/a.py": PLAIN.replace("Return the", "One; two; the")}, ("docstrings with several semicolons", "all")),
    ({"domain/a.py": PLAIN.replace("is charged", "isn't charged")}, ("short forms such as can't", "domain")),
    ({"docs/a.md": "It can't be.\n", "domain/a.py": PLAIN}, ("short forms such as can't", "docs")),
    ({"domain/a.py": PLAIN.replace("prices", "given")}, ("names that say nothing", "all")),
    ({"domain/a.py": PLAIN.replace("# The fee", "total += 0  # noqa: the fee")}, ("comment lines", "all")),
    ({"domain/a.py": PLAIN + DENSE}, ("branches per body line", "domain")),
    ({"domain/a.py": PLAIN + branching(12)}, ("complex function", "a.branching")),
    (
        {"domain/a.py": PLAIN + "class Price: ...\n", "stores/b.py": PLAIN + "class Price: ...\n"},
        ("class name that stands twice", "Price"),
    ),
    (
        {"tests/unit/test_a.py": PLAIN + "class Price: ...\n", "bench/b.py": PLAIN + "class Price: ...\n"},
        ("class name that stands twice", "Price"),
    ),
    ({"domain/a.py": PLAIN + "x = 1 if PLAIN else 2 if ALL else 3\n"}, ("dense expression", "domain")),
    ({"domain/a.py": PLAIN + "x = [y for z in ALL if (y := z)]\n"}, ("dense expression", "domain")),
    ({"domain/a.py": "from __future__ import annotations\n" + PLAIN}, ("annotations from __future__", "all")),
    (
        {"tests/unit/test_a.py": PLAIN * 2, "tests/support/kit.py": PLAIN},
        ("support share of tests", "all"),
    ),
]


@pytest.mark.parametrize(
    ("files", "breach"), BREACHES, ids=[f"{rule}-{index}" for index, (_, (rule, _)) in enumerate(BREACHES)]
)
def test_each_breach_is_found(write: Write, files: Mapping[str, str], breach: tuple[str, str]) -> None:
    assert breach in broken(write(files))


def test_a_breach_fails_the_report_unless_the_table_names_it(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write({"domain/a.py": "from __future__ import annotations\n" + PLAIN})
    monkeypatch.setattr(style_report, "NOT_YET", ())
    assert style_report.main([], root) == 1
    assert "BROKEN   annotations from __future__" in capsys.readouterr().out

    monkeypatch.setattr(style_report, "NOT_YET", (("annotations from __future__", "all"), ("import circle", "a b")))
    assert style_report.main([], root) == 0
    report = capsys.readouterr().out
    assert "not yet  annotations from __future__" in report
    assert "met      import circle: a b: delete it" in report

    style_report.main(["--table"], root)
    assert capsys.readouterr().out.strip() == '("annotations from __future__", "all"),'


def test_an_exempt_function_may_be_complex(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write({"domain/a.py": PLAIN + branching(12)})
    monkeypatch.setitem(exceptions.COMPLEX_FUNCTIONS, "a.branching", "a table of numbers")
    assert ("complex function", "a.branching") not in broken(root)


def test_every_exception_has_a_reason() -> None:
    assert all(len(reason) > 20 for reason in {**exceptions.COMPLEX_FUNCTIONS, **exceptions.DENSE_ROOMS}.values())


def test_a_circle_of_sub_packages_is_found_though_no_modules_form_one(write: Write) -> None:
    root = write(
        {
            "host/hub/rows.py": PLAIN,
            "host/hub/reads.py": "import host.engine.step\n",
            "host/engine/step.py": PLAIN,
            "host/engine/turns.py": "from ..hub.rows import total\n",
        }
    )
    assert import_circles(read_sources(root)) == [("host.engine", "host.hub")]


def test_names_are_counted_once_for_each_function_that_binds_them(write: Write) -> None:
    text = """
def outer(a, *rest, key=None, **named):
    for x, (y, z) in rest:
        x = w = y
    with open(a) as stream, open(key):
        pass
    try:
        pairs = [p for p in named]
    except ValueError as error:
        pass
    match x:
        case {"k": value, **others}:
            pass
        case [first, *tail] as whole:
            pass

    def inner(b):
        c = b
"""
    [outer, inner] = functions(only_source(write({"a.py": text})))
    names = list(bound_names(outer))
    assert len(names) == len(set(names))
    assert " ".join(sorted(names)) == "a error first key named others p pairs rest stream tail value w whole x y z"
    assert list(bound_names(inner)) == ["b", "c"]


def test_branches_outside_of_functions_do_not_count(write: Write) -> None:
    assert branches(only_source(write({"a.py": "if True:\n    pass\n\n" + branching(3)}))) == 3


def test_docstrings_of_attributes_count(write: Write) -> None:
    text = '"""Module."""\nLIMIT = 1\n"""Limit."""\n\n\nclass A:\n    size: int\n    """Size."""\n'
    assert list(docstrings(only_source(write({"a.py": text})))) == ["Module.", "Limit.", "Size."]


def test_directives_and_ruled_lines_are_no_comments(write: Write) -> None:
    text = "a = 1  # noqa: E501\n# ---- part\n# type: ignore\n# Why this order.\nb = '# no comment'\n"
    assert comment_lines(only_source(write({"a.py": text}))) == 1


def test_hidden_folders_and_the_conformance_kit_are_not_read(write: Write) -> None:
    root = write({".venv/a.py": "", "tests/conformance/kit/b.py": "", "node_modules/c.py": "", "d.py": ""})
    assert [str(source.path) for source in read_sources(root)] == ["d.py"]
