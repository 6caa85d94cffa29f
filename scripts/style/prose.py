"""The sentences that people read: docstrings, comments and documents, without the code in them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.style.sources import Source
from scripts.style.texts import comments, located_docstrings

# Two backticks first: one would end at the first of the two that close.
_CODE = re.compile(r"``.*?``|`[^`]*`")
_NO_WORD = re.compile(
    r"""https?://\S+ | <[^>\s]+>            # addresses and placeholders
    | \S*[/\\_=@{}\[\]|]\S* | \S+\.\w+  # paths, assignments, dotted names
    | --?\w[\w-]*                        # options of commands
    | \w*\d\w*                           # anything with a digit
    | \b\w+[A-Z]\w*\b                    # abbreviations and names in mixed case
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"[A-Za-zÀ-ÿ]+(?:['’][A-Za-z]+)?")
_SHORT_FORM = re.compile(
    r"\b(?:\w+n['’]t|(?:it|that|there|here|what|who|where|he|she|let)['’]s(?=\s+[a-z])|\w+['’](?:re|ve|ll)|I['’]m)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Passage:
    """A piece of prose and the line on which it begins."""

    path: str
    line: int
    text: str


def documents(root: Path) -> list[Path]:
    """Return the Markdown files at the top and below docs/."""
    return sorted([*root.glob("*.md"), *root.glob("docs/**/*.md")])


def passages(root: Path, sources: Sequence[Source], markdown: Sequence[Path]) -> Iterator[Passage]:
    """Yield the prose of Python files and of Markdown documents, line by line."""
    for source in sources:
        yield from _of_source(source)
    for document in markdown:
        yield from _of_document(root, document)


def _of_source(source: Source) -> Iterator[Passage]:
    for line, text in (*located_docstrings(source), *comments(source)):
        # Code in backticks may go on in the next line, so it is blanked out before the lines are parted.
        plain = _CODE.sub(lambda code: "\n" * code[0].count("\n") or " ", text)
        for offset, part in enumerate(plain.splitlines()):
            yield Passage(str(source.path), line + offset, part)


def _of_document(root: Path, document: Path) -> Iterator[Passage]:
    path = document.relative_to(root).as_posix()
    text = document.read_text(encoding="utf-8")
    for number, line in _outside_of_fences(text):
        yield Passage(path, number, _CODE.sub(" ", line))


def _outside_of_fences(text: str) -> Iterator[tuple[int, str]]:
    is_code = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif not is_code:
            yield number, line


def words(text: str) -> list[str]:
    """Return the words of a sentence, without names of the code, numbers, paths and abbreviations."""
    return [re.sub(r"['’]s$", "", word) for word in _WORD.findall(_NO_WORD.sub(" ", text))]


def short_forms(text: str) -> list[str]:
    """Return the contractions in a sentence, as `it is` may be shortened to `it's`."""
    return _SHORT_FORM.findall(text)
