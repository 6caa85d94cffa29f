"""Reading of the files of conversations; docs/evaluation.md describes their form."""

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from scripts.eval.cases import Case, EndState, Phrases, SpokenLine
from scripts.eval.days import with_days
from scripts.eval.expectations import NOTHING, with_expectation
from scripts.eval.format_errors import CaseFormatError, LineError
from settings import Settings

_SENTENCE = " => "


@dataclass(frozen=True)
class FileLine:
    """One `key: value` of a file, with the number of its line. Indented lines below it belong to its value."""

    number: int
    key: str
    value: str


@dataclass
class _Draft:
    """A case while its lines are read."""

    name: str
    number: int
    lines: list[SpokenLine] = field(default_factory=list[SpokenLine])
    end: EndState = field(default_factory=EndState)
    expectations: list[str] = field(default_factory=list[str])
    said_somewhere: list[Phrases] = field(default_factory=list[Phrases])
    never_said: list[Phrases] = field(default_factory=list[Phrases])
    dials: dict[str, str] = field(default_factory=dict[str, str])
    known_fault: str = ""

    def add_message(self, value: str) -> None:
        self.lines.append(SpokenLine(value))

    def add_must_say(self, value: str) -> None:
        line = self._last_line()
        self.lines[-1] = replace(line, must_say=(*line.must_say, _phrases(value)))

    def add_must_not_say(self, value: str) -> None:
        line = self._last_line()
        self.lines[-1] = replace(line, must_not_say=(*line.must_not_say, _phrases(value)))

    def add_said_somewhere(self, value: str) -> None:
        self.said_somewhere.append(_phrases(value))

    def add_never_said(self, value: str) -> None:
        self.never_said.append(_phrases(value))

    def add_expectation(self, value: str) -> None:
        self.end = with_expectation(self.end, value)
        self.expectations.append(value)

    def add_dial(self, value: str) -> None:
        name, _, setting = value.partition("=")
        # Other settings would change where the run keeps its state, or which model answers.
        if not name.startswith("SIM_") or name.lower() not in Settings.model_fields:
            raise LineError(f"{name} is no setting of the simulated suppliers; docs/settings.md lists them")
        self.dials[name] = setting

    def add_known_fault(self, value: str) -> None:
        self.known_fault = value

    def _last_line(self) -> SpokenLine:
        if not self.lines:
            raise LineError("stands above the first `traveller:` line; it is about the reply to the message above it")
        return self.lines[-1]


_KEYS: dict[str, Callable[[_Draft, str], None]] = {
    "traveller": _Draft.add_message,
    "must say": _Draft.add_must_say,
    "must not say": _Draft.add_must_not_say,
    "must say somewhere": _Draft.add_said_somewhere,
    "must never say": _Draft.add_never_said,
    "expect": _Draft.add_expectation,
    "set": _Draft.add_dial,
    "known fault": _Draft.add_known_fault,
}
_ALL_KEYS = ("topic", "case", *_KEYS)


def read_cases(path: Path, today: date) -> list[Case]:
    """Return the cases of a file, or of all `.txt` files of a folder. Raise `CaseFormatError`."""
    cases: list[Case] = []
    for file in text_files(path):
        cases += cases_in(file, text_of(file), today)
    return cases


def text_files(path: Path) -> list[Path]:
    """Return the file, or the `.txt` files of a folder. Raise `CaseFormatError` if there are none."""
    files = sorted(path.glob("*.txt")) if path.is_dir() else [path]
    if not files:
        raise CaseFormatError(path, 0, "there is no .txt file in this folder")
    return files


def text_of(path: Path) -> str:
    """Return the text of a file. Raise `CaseFormatError`."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CaseFormatError(path, 0, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CaseFormatError(path, 0, "is not text in UTF-8") from None


def cases_in(path: Path, text: str, today: date) -> list[Case]:
    """Return the cases that a file's text describes. Raise `CaseFormatError`."""
    topic = path.stem.replace("_", " ")
    drafts: list[_Draft] = []
    for line in file_lines(path, text):
        match line.key:
            case "topic":
                topic = line.value
            case "case":
                drafts.append(_Draft(line.value, line.number))
            case _:
                _add(drafts, line, path, today)
    _check(drafts, path)
    return [_case(draft, topic, path) for draft in drafts]


def file_lines(path: Path, text: str) -> Iterator[FileLine]:
    """Yield the lines that are neither empty nor comments. Raise `CaseFormatError` for one without a key."""
    pending: FileLine | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        if not raw.strip() or raw.startswith("#"):
            continue
        if raw[0].isspace() and pending:
            pending = replace(pending, value=f"{pending.value}\n{raw.strip()}")
            continue
        if pending:
            yield pending
        pending = _file_line(path, number, raw)
    if pending:
        yield pending


def _file_line(path: Path, number: int, raw: str) -> FileLine:
    key, colon, value = raw.partition(":")
    if not colon or key.strip() not in _ALL_KEYS:
        raise CaseFormatError(path, number, _unknown(raw, key.strip()))
    if not value.strip():
        raise CaseFormatError(path, number, f"there is nothing after `{key.strip()}:`")
    return FileLine(number, key.strip(), value.strip())


def _unknown(raw: str, key: str) -> str:
    if _SENTENCE in raw:
        return "this is a line of a file of sentences; hand such a file in as SENTENCES="
    similar = difflib.get_close_matches(key.lower(), _ALL_KEYS, n=1)
    hint = f"did you mean `{similar[0]}:`?" if similar else f"use one of: {', '.join(_ALL_KEYS)}"
    return f"a line cannot begin with {key[:40]!r}; {hint}"


def _add(drafts: Sequence[_Draft], line: FileLine, path: Path, today: date) -> None:
    if not drafts:
        raise CaseFormatError(path, line.number, f"`{line.key}:` stands above the first `case:`")
    try:
        _KEYS[line.key](drafts[-1], with_days(line.value, today))
    except LineError as error:
        raise CaseFormatError(path, line.number, f"`{line.key}:` {error}") from None


def _check(drafts: Sequence[_Draft], path: Path) -> None:
    if not drafts:
        raise CaseFormatError(path, 1, "there is no `case:` in this file")
    names: set[str] = set()
    for draft in drafts:
        problems = (
            ("there is another case of this name above", draft.name in names),
            ("this case has no `traveller:` line", not draft.lines),
            (
                "this case has no `expect:` line; write `expect: nothing booked` if that is meant",
                not draft.expectations,
            ),
            ("this case expects a booking and `nothing booked`", draft.end.trips and NOTHING in draft.expectations),
        )
        for problem, is_so in problems:
            if is_so:
                raise CaseFormatError(path, draft.number, problem)
        names.add(draft.name)


def _case(draft: _Draft, topic: str, path: Path) -> Case:
    return Case(
        topic=topic,
        name=draft.name,
        place=f"{path}:{draft.number}",
        lines=tuple(draft.lines),
        end=draft.end,
        said_somewhere=tuple(draft.said_somewhere),
        never_said=tuple(draft.never_said),
        dials=frozenset(draft.dials.items()),
        known_fault=draft.known_fault,
    )


def _phrases(value: str) -> Phrases:
    return tuple(phrase.strip() for phrase in value.split(" | "))
