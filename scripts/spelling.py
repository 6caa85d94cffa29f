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
from pathlib import Path

from scripts.style.prose import Passage, documents, passages, words
from scripts.style.sources import read_source, read_sources

ROOT = Path(__file__).resolve().parents[1]
WORD_LIST = "scripts/spelling_words.txt"
INSTALL = "apt-get install hunspell hunspell-en-gb"
_LANGUAGE = "en_GB"


def project_words(root: Path) -> set[str]:
    """Return the words of the project's list in lower case; a line may end with a comment."""
    lines = (root / WORD_LIST).read_text(encoding="utf-8").splitlines()
    return {word.casefold() for line in lines for word in line.partition("#")[0].split()}


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
    if names:
        sources = [read_source(root, (root / name).resolve()) for name in names if name.endswith(".py")]
        markdown = [(root / name).resolve() for name in names if name.endswith(".md")]
    else:
        sources, markdown = list(read_sources(root)), documents(root)
    yield from passages(root, sources, markdown)


def main(names: Sequence[str], root: Path = ROOT) -> int:
    """Print each unknown word with its place, and return the exit code."""
    if shutil.which("hunspell") is None:
        print(f"spelling: skipped, hunspell is not installed ({INSTALL})")
        return 1 if os.environ.get("CI") else 0
    uses = [(passage, word) for passage in texts_of(root, names) for word in words(passage.text)]
    listed = project_words(root)
    unknown = {word for word in unknown_words({word for _, word in uses}) if word.casefold() not in listed}
    mistakes = [(passage, word) for passage, word in uses if word in unknown]
    for passage, word in mistakes:
        print(f"{passage.path}:{passage.line}: {word}")
    if mistakes:
        print(f"{len(unknown)} words that no dictionary has. Mend them, or add them to {WORD_LIST}.")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
