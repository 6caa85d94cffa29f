"""Limits that the code is held to, and the values that a set of files has."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from typing import Literal

from scripts.style import functions, imports, layout, texts
from scripts.style.exceptions import COMPLEX_FUNCTIONS, DENSE_ROOMS
from scripts.style.functions import ComplexFunction
from scripts.style.prose import Passage, short_forms
from scripts.style.sources import Source

MOST_MODULES = 20
MOST_QUESTIONS = 0.02
MOST_EMPTY_NAMES = 0.003
LEAST_COMMENTS = 0.015
MOST_BRANCHES = 0.30
MOST_COMPLEXITY = 12
MOST_SUPPORT = 0.25

Rule = Literal[
    "modules in a folder",
    "import circle",
    "docstrings that open with What, Whether, How, Who",
    "docstrings with private words",
    "docstrings with several semicolons",
    "short forms such as can't",
    "names that say nothing",
    "comment lines",
    "branches per body line",
    "complex function",
    "class name that stands twice",
    "dense expression",
    "annotations from __future__",
    "support share of tests",
]


@dataclass(frozen=True)
class Breach:
    """A value beyond its limit. `subject` names the folder, room, function or class, or `all` for the whole."""

    rule: Rule
    subject: str
    value: str
    limit: str

    @property
    def key(self) -> tuple[str, str]:
        """Return rule and subject, by which the table `NOT_YET` names it."""
        return self.rule, self.subject


@dataclass(frozen=True)
class RoomFigures:
    """Sums over the files of one room, or of all."""

    room: str
    lines: int
    docstrings: int
    questions: int
    private_words: int
    semicolons: int
    names: int
    empty_names: int
    comments: int
    branches: int
    body_lines: int

    @property
    def question_share(self) -> float:
        return self.questions / max(1, self.docstrings)

    @property
    def empty_name_share(self) -> float:
        return self.empty_names / max(1, self.names)

    @property
    def comment_share(self) -> float:
        return self.comments / max(1, self.lines)

    @property
    def branch_density(self) -> float:
        return self.branches / max(1, self.body_lines)


def room_of(source: Source) -> str:
    """Return the room whose figures the file counts for; rooms that are exempt from density have their own."""
    folder = f"{source.path.parent.as_posix()}/"
    for room in DENSE_ROOMS:
        # With the slash, so that `agents/offline` does not take in a folder `agents/offline_tools`.
        if folder.startswith(f"{room}/"):
            return room
    return source.room


def figures(room: str, sources: Sequence[Source]) -> RoomFigures:
    """Add up what the files have."""
    docstrings: list[str] = []
    names: list[str] = []
    for source in sources:
        docstrings += texts.docstrings(source)
        for function in functions.functions(source):
            names += functions.bound_names(function)
    return RoomFigures(
        room=room,
        lines=sum(len(source.lines) for source in sources),
        docstrings=len(docstrings),
        questions=sum(map(texts.opens_with_a_question, docstrings)),
        private_words=sum(map(texts.has_private_words, docstrings)),
        semicolons=sum(text.count(";") > 1 for text in docstrings),
        names=len(names),
        empty_names=sum(name in functions.EMPTY_NAMES for name in names),
        comments=sum(map(texts.comment_lines, sources)),
        branches=sum(map(functions.branches, sources)),
        body_lines=sum(map(functions.body_lines, sources)),
    )


def total(rooms: Sequence[RoomFigures]) -> RoomFigures:
    """Return the sums over all rooms."""
    columns = zip(*(astuple(room)[1:] for room in rooms), strict=True)
    return RoomFigures("all", *map(sum, columns))


def breaches(
    sources: Sequence[Source],
    rooms: Sequence[RoomFigures],
    prose: Iterable[Passage],
    complex_functions: Sequence[ComplexFunction],
) -> Iterator[Breach]:
    """Yield everything that is beyond its limit, except what `scripts.style.exceptions` allows."""
    yield from _of_folders(sources)
    yield from _of_texts(total(rooms))
    yield from _of_prose(prose)
    yield from _of_rooms(rooms)
    yield from _of_functions(complex_functions)
    yield from _of_classes(sources)
    yield from _of_single_files(sources)
    yield from _of_tests(sources)


def _of_folders(sources: Sequence[Source]) -> Iterator[Breach]:
    for folder, count in layout.flat_folders(sources).items():
        if count > MOST_MODULES:
            yield Breach(
                rule="modules in a folder",
                subject=folder,
                value=str(count),
                limit=str(MOST_MODULES),
            )
    for circle in imports.import_circles(sources):
        yield Breach(
            rule="import circle",
            subject=" ".join(circle),
            value="1",
            limit="0",
        )


def _of_texts(all_rooms: RoomFigures) -> Iterator[Breach]:
    if all_rooms.question_share > MOST_QUESTIONS:
        yield Breach(
            rule="docstrings that open with What, Whether, How, Who",
            subject="all",
            value=f"{all_rooms.question_share:.1%}",
            limit=f"{MOST_QUESTIONS:.0%}",
        )
    if all_rooms.private_words:
        yield Breach(
            rule="docstrings with private words",
            subject="all",
            value=str(all_rooms.private_words),
            limit="0",
        )
    if all_rooms.semicolons:
        yield Breach(
            rule="docstrings with several semicolons",
            subject="all",
            value=str(all_rooms.semicolons),
            limit="0",
        )
    if all_rooms.empty_name_share > MOST_EMPTY_NAMES:
        yield Breach(
            rule="names that say nothing",
            subject="all",
            value=f"{all_rooms.empty_name_share:.2%}",
            limit=f"{MOST_EMPTY_NAMES:.1%}",
        )
    if all_rooms.comment_share < LEAST_COMMENTS:
        yield Breach(
            rule="comment lines",
            subject="all",
            value=f"{all_rooms.comment_share:.2%}",
            limit=f"at least {LEAST_COMMENTS:.1%}",
        )


def _of_prose(prose: Iterable[Passage]) -> Iterator[Breach]:
    for passage in prose:
        for form in short_forms(passage.text):
            yield Breach(
                rule="short forms such as can't",
                subject=passage.path.partition("/")[0],
                value=f"{passage.path}:{passage.line} {form}",
                limit="none",
            )


def _of_rooms(rooms: Sequence[RoomFigures]) -> Iterator[Breach]:
    for room in rooms:
        if room.branch_density > MOST_BRANCHES and room.room not in DENSE_ROOMS:
            yield Breach(
                rule="branches per body line",
                subject=room.room,
                value=f"{room.branch_density:.3f}",
                limit=f"{MOST_BRANCHES:.2f}",
            )


def _of_functions(complex_functions: Sequence[ComplexFunction]) -> Iterator[Breach]:
    for function in complex_functions:
        if function.key not in COMPLEX_FUNCTIONS:
            yield Breach(
                rule="complex function",
                subject=function.key,
                value=str(function.complexity),
                limit=str(MOST_COMPLEXITY),
            )


def _of_classes(sources: Sequence[Source]) -> Iterator[Breach]:
    for name, places in layout.repeated_classes(sources).items():
        yield Breach(
            rule="class name that stands twice",
            subject=name,
            value=", ".join(places),
            limit="1 place",
        )


def _of_single_files(sources: Sequence[Source]) -> Iterator[Breach]:
    for source in sources:
        for place in functions.dense_expressions(source):
            yield Breach(
                rule="dense expression",
                subject=source.room,
                value=place,
                limit="0",
            )
    future = sum(map(functions.imports_annotations, sources))
    if future:
        yield Breach(
            rule="annotations from __future__",
            subject="all",
            value=f"{future} modules",
            limit="0",
        )


def _of_tests(sources: Sequence[Source]) -> Iterator[Breach]:
    share = layout.support_share(sources)
    if share > MOST_SUPPORT:
        yield Breach(
            rule="support share of tests",
            subject="all",
            value=f"{share:.1%}",
            limit=f"{MOST_SUPPORT:.0%}",
        )
