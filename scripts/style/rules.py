"""Limits that the code is held to, and the values that a set of files has."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from typing import Literal

from scripts.style import functions, layout, texts
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
    folder = source.path.parent.as_posix()
    return next((room for room in DENSE_ROOMS if f"{folder}/".startswith(f"{room}/")), source.room)


def figures(room: str, sources: Sequence[Source]) -> RoomFigures:
    """Add up what the files have."""
    docstrings = [text for source in sources for text in texts.docstrings(source)]
    names = [
        name
        for source in sources
        for function in functions.functions(source)
        for name in functions.bound_names(function)
    ]
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
    for folder, count in layout.flat_folders(sources).items():
        if count > MOST_MODULES:
            yield Breach("modules in a folder", folder, str(count), str(MOST_MODULES))
    for circle in layout.circles(sources):
        yield Breach("import circle", " ".join(circle), "1", "0")
    yield from _of_texts(total(rooms))
    for passage in prose:
        for form in short_forms(passage.text):
            room = passage.path.partition("/")[0]
            yield Breach("short forms such as can't", room, f"{passage.path}:{passage.line} {form}", "none")
    for room in rooms:
        if room.branch_density > MOST_BRANCHES and room.room not in DENSE_ROOMS:
            yield Breach("branches per body line", room.room, f"{room.branch_density:.3f}", f"{MOST_BRANCHES:.2f}")
    for function in complex_functions:
        if function.key not in COMPLEX_FUNCTIONS:
            yield Breach("complex function", function.key, str(function.complexity), str(MOST_COMPLEXITY))
    for name, places in layout.repeated_classes(sources).items():
        yield Breach("class name that stands twice", name, ", ".join(places), "1 place")
    yield from _of_single_files(sources)
    share = layout.support_share(sources)
    if share > MOST_SUPPORT:
        yield Breach("support share of tests", "all", f"{share:.1%}", f"{MOST_SUPPORT:.0%}")


def _of_texts(all_rooms: RoomFigures) -> Iterator[Breach]:
    questions, empty, comments = all_rooms.question_share, all_rooms.empty_name_share, all_rooms.comment_share
    if questions > MOST_QUESTIONS:
        rule: Rule = "docstrings that open with What, Whether, How, Who"
        yield Breach(rule, "all", f"{questions:.1%}", f"{MOST_QUESTIONS:.0%}")
    if all_rooms.private_words:
        yield Breach("docstrings with private words", "all", str(all_rooms.private_words), "0")
    if all_rooms.semicolons:
        yield Breach("docstrings with several semicolons", "all", str(all_rooms.semicolons), "0")
    if empty > MOST_EMPTY_NAMES:
        yield Breach("names that say nothing", "all", f"{empty:.2%}", f"{MOST_EMPTY_NAMES:.1%}")
    if comments < LEAST_COMMENTS:
        yield Breach("comment lines", "all", f"{comments:.2%}", f"at least {LEAST_COMMENTS:.1%}")


def _of_single_files(sources: Sequence[Source]) -> Iterator[Breach]:
    for source in sources:
        for place in functions.dense_expressions(source):
            yield Breach("dense expression", source.room, place, "0")
    future = [source for source in sources if functions.imports_annotations(source)]
    if future:
        yield Breach("annotations from __future__", "all", f"{len(future)} modules", "0")
