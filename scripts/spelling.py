"""Look up the words of docstrings, comments and documents in a dictionary: `python -m scripts.spelling [FILE ...]`.

hunspell does it, because it knows words and not only common mistakes, is one small package of every distribution, and
its British dictionary accepts the -ize of the platform's own terms (authorize). Words of the project and of its trade
stand in `scripts/spelling_words.txt`. Exits 1 for an unknown word. Where hunspell is not installed nothing is checked,
unless CI is set.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.style.prose import Passage, documents, passages, words
from scripts.style.sources import Source, read_source, read_sources

ROOT = Path(__file__).resolve().parents[1]
WORD_LIST = "scripts/spelling_words.txt"
INSTALL = "apt-get install hunspell hunspell-en-gb"
_LANGUAGE = "en_GB"


@dataclass(frozen=True)
class Mistake:
    """A word that no dictionary has, and its place."""

    path: str
    line: int
    word: str


def project_words(root: Path) -> set[str]:
    """Return the words of the project's list in lower case; a line may end with a comment."""
    listed: set[str] = set()
    for line in (root / WORD_LIST).read_text(encoding="utf-8").splitlines():
        before_comment = line.partition("#")[0]
        listed.update(before_comment.casefold().split())
    return listed


def unknown_words(candidates: set[str]) -> set[str]:
    """Return the words that the dictionary does not have."""
    if not candidates:
        return set()
    command = ["hunspell", "-l", "-d", _LANGUAGE, "-i", "utf-8"]
    lines = "\n".join(sorted(candidates))
    report = subprocess.run(command, input=lines, capture_output=True, text=True, encoding="utf-8", check=True)
    return set(report.stdout.split())


def texts_of(root: Path, names: Sequence[str]) -> Iterator[Passage]:
    """Yield the passages of the files named, or of the whole project if none is."""
    if not names:
        return passages(root, read_sources(root), documents(root))
    sources: list[Source] = []
    markdown: list[Path] = []
    for name in names:
        path = (root / name).resolve()
        match path.suffix:
            case ".py":
                sources.append(read_source(root, path))
            case ".md":
                markdown.append(path)
            case _:
                # Other files have no prose, and may be named as well.
                pass
    return passages(root, sources, markdown)


def mistakes(root: Path, names: Sequence[str]) -> list[Mistake]:
    """Return each use of a word that neither the dictionary nor the project's list has."""
    listed = project_words(root)
    uses: list[Mistake] = []
    for passage in texts_of(root, names):
        for word in words(passage.text):
            if word.casefold() not in listed:
                uses.append(Mistake(passage.path, passage.line, word))
    # One call of hunspell for all words: it takes longer to start than to look them up.
    unknown = unknown_words({use.word for use in uses})
    return [use for use in uses if use.word in unknown]


def main(names: Sequence[str], root: Path = ROOT) -> int:
    """Print each unknown word with its place, and return the exit code."""
    # On the machine of a contributor the check may be missing; in CI a missing check would pass for a passed one.
    if shutil.which("hunspell") is None:
        print(f"spelling: skipped, hunspell is not installed ({INSTALL})")
        return 1 if os.environ.get("CI") else 0
    unknown = mistakes(root, names)
    if not unknown:
        return 0
    for mistake in unknown:
        print(f"{mistake.path}:{mistake.line}: {mistake.word}")
    count = len({mistake.word for mistake in unknown})
    print(f"{count} words that no dictionary has. Mend them, or add them to {WORD_LIST}.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
