"""A message in clauses, each with its form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agents.offline.forms import Form, classify
from agents.offline.patterns import any_of
from agents.offline.tokens import Text

_SUBJECT = any_of(
    "i, we, you, u, he, she, they, it, that, this, there, who, my, our, his, her, their, everyone, somebody, someone"
)
_SUBJECT_IN_SENTENCE = any_of(
    _SUBJECT,
    "i'd, i'm, i'll, i've, we'd, we're, we'll, we've, you're, it's, he's, she's, they're, that's, there's",
    "id, im, ill, ive",
)
_MODAL = any_of(
    "can, could, would, will, may, might, should, shall, is, are, was, were, do, does, did, has, have, had",
    "can't, couldn't, won't, wouldn't",
)
_ASKING = any_of(
    "what, what's, whats, how, how's, when, when's, where, where's, which, who, why, whether, any chance, any idea"
)
_ACTION = any_of(
    # Orders to book.
    "book, reserve, get, find, arrange, organi[sz]e, plan, rent, hire, fly, send, take, sort, set up, make, order, buy",
    "purchase, grab, schedule, secure, fix, give, put, bring, fetch, pick, line up, lock in, whisk, add, help",
    "check (?:me|us) in, sign, treat, show, tell",
    # Second thoughts.
    "cancel, change, forget, skip, scrap, stop, let, let's, lets, don't, do not, dont, never",
    # Wishes and questions.
    "please, pls, need, want, wanna, looking, recommend, suggest, compare, check, explain, rebook, hold, require",
    "would like, will need, request, requesting, go ahead, kindly",
)
_OPENER = any_of(
    "please, pls, just, also, then, maybe, perhaps, actually, instead, rather, now, kindly, oh, so, wait, if, when",
    "for now",
)
_STARTERS = re.compile(
    rf"(?:{_OPENER} ){{0,8}}(?:{_SUBJECT_IN_SENTENCE} [a-z']|{_MODAL} (?:{_SUBJECT}|you|u|anyone|someone)\b|{_ASKING}\b"
    rf"|{_ACTION}\b|if |no\b|not\b|never\b|yes\b|nope\b)"
)
"""The beginning of a clause. A comma or an `and` before anything else goes on with a list."""
_COMMA_STARTERS = re.compile(
    any_of("just, instead, rather, only, make it, without, i mean, sorry, maybe, perhaps, thanks, thank you, cheers")
    + r"\b"
)
_INTERJECTION = re.compile(
    "(?:"
    + any_of(
        "no, nope, nah, yes, yeah, yep, ok, okay, actually, hi, hello, hey, wait, hmm, oh, well, sorry, please, sure",
        "right, thanks, thank you, alright, great, perfect, good, morning, afternoon, evening, there, fine, again, so",
        "now, um, uh, dear, team, all, hold on, on (?:second|2nd) thoughts?, anyway, cool",
    )
    + r"\b ?)++"
)
_TELLING = re.compile(r"\b" + any_of("i, i've, i'm, i'd, we, we've, we're, us, it, let's, this, that, request") + r"\b")
_SENTENCE_ENDS = frozenset(".!?;\n…")
_HARD_JOINTS = frozenset({"but", "because", "although", "though", "however", "otherwise", "unless"})
_JOINTS_BEFORE_STARTERS = frozenset({"so", "then", "while", ",", "and", "or", "-", ":", "&", "plus"})
_STARTER_TOKENS = 8
_INTERJECTION_TOKENS = 8
# A clause costs about a hundred searches over its words, and nobody speaks in clauses as long or as many as that.
_LONGEST_CLAUSE = 100
_MOST_CLAUSES = 300

_GOES_ON = frozenset({"and", "or", "&", "plus", "then", "so"})
_BOOKS_NOTHING: frozenset[Form] = frozenset({"maybe", "past", "tale", "negated", "question"})
_DENIES: frozenset[Form] = frozenset({"past", "negated", "withdrawn"})
_SEPARATE_WISH = re.compile(
    r"(?:please |then |also |now |so ){0,8}"
    + any_of("i, we, i'd, i'm, we'd, we're, i'll, can, could, would, please")
    + r"\b"
)
_SEPARATE_ORDER = re.compile(
    any_of("please, so, can, could, would, will, book, get, find, reserve, just, i, we") + r"\b"
)
_FIRST_PERSON = re.compile(
    r"(?:(?:and|so|well|hi|hello|hey|,) )*+" + any_of("i, we, i'm, i'll, we're, we'll, i've, we've, im") + r"\b"
)
_NEED = re.compile(
    r"(?:also |then |so |now |will |would ){0,8}"
    + any_of("need, want, would like, am looking, are looking, looking, require")
    + r"\b"
)


@dataclass(frozen=True)
class Clause:
    """Tokens `first` to before `last`. `is_question` says that their sentence ends in a question mark."""

    first: int
    last: int
    form: Form
    is_question: bool


@dataclass(frozen=True)
class _Sentence:
    first: int
    last: int
    is_question: bool


@dataclass(frozen=True)
class _Piece:
    """A clause without its form. `joint` is the word or sign before it, a dot at the start of a sentence."""

    first: int
    last: int
    is_question: bool
    joint: str


def read_clauses(text: Text) -> list[Clause]:
    """Return every clause with its form.

    A clause of more than 100 words, or one of more than 300, counts as a tale: it books nothing.
    """
    pieces = [piece for sentence in _sentences(text) for piece in _pieces(text, sentence)]
    if len(pieces) > _MOST_CLAUSES:
        return [Clause(piece.first, piece.last, "tale", piece.is_question) for piece in pieces]
    clauses: list[Clause] = []
    for piece in pieces:
        form = _form(text, piece)
        if clauses and form in ("request", "fragment"):
            form = _form_after(text, clauses[-1], piece, form)
        clauses.append(Clause(piece.first, piece.last, form, piece.is_question))
    return clauses


def _form(text: Text, piece: _Piece) -> Form:
    if piece.last - piece.first > _LONGEST_CLAUSE:
        return "tale"
    return classify(text.words(piece.first, piece.last), is_question=piece.is_question)


def _form_after(text: Text, before: Clause, piece: _Piece, form: Form) -> Form:
    """Return the form of what looks like a request, which may only go on with the clause before it.

    In `last year we went to Rome and booked a hotel` the hotel is as long gone as the journey.
    """
    words = text.words(piece.first, piece.last)
    if piece.joint in _GOES_ON and before.form in _BOOKS_NOTHING:
        is_separate = bool(_SEPARATE_WISH.match(words)) or _same_person_wishes(text, before, words)
        return form if is_separate else before.form
    # `That is not what I asked for: a hotel …` names what was not asked for.
    if piece.joint == ":" and before.form in _DENIES:
        return before.form
    if piece.joint in (",", "-") and before.form == "maybe":
        return form if _SEPARATE_ORDER.match(words) else "maybe"
    return form


def _same_person_wishes(text: Text, before: Clause, words: str) -> bool:
    """Return whether somebody tells of themselves and then says what they need: `I'm in Hamburg and need a flight`."""
    if before.form != "tale" or not _NEED.match(words):
        return False
    return bool(_FIRST_PERSON.match(text.words(before.first, before.last)))


def _sentences(text: Text) -> Iterator[_Sentence]:
    """Yield the sentences, without the signs that end them; a line break ends one too."""
    start = 0
    for at, token in enumerate(text.tokens):
        is_sign = token.low in _SENTENCE_ENDS
        if not is_sign and not _breaks_line_after(text, at):
            continue
        last = at if is_sign else at + 1
        if last > start:
            yield _Sentence(start, last, token.low == "?")
        start = at + 1
    if start < len(text.tokens):
        yield _Sentence(start, len(text.tokens), is_question=False)


def _breaks_line_after(text: Text, at: int) -> bool:
    if at + 1 == len(text.tokens):
        return False
    return "\n" in text.source[text.tokens[at].end : text.tokens[at + 1].start]


def _pieces(text: Text, sentence: _Sentence) -> Iterator[_Piece]:
    """Yield the clauses of one sentence, parted at words and signs that join them."""
    start, joint = sentence.first, "."
    tells = False
    for at in range(sentence.first, sentence.last):
        low = text.tokens[at].low
        # Two joints side by side, as in `, and`, have no clause between them.
        if at > start and _is_joint(text, start, at, sentence.last, tells=tells):
            yield _Piece(start, at, sentence.is_question, joint)
            start, joint, tells = at + 1, low, False
        else:
            tells = tells or bool(_TELLING.search(low))
    if start < sentence.last:
        yield _Piece(start, sentence.last, sentence.is_question, joint)


def _is_joint(text: Text, start: int, at: int, last: int, *, tells: bool) -> bool:
    """Return whether the clause that began at `start` ends before token `at`.

    `tells` says that it has a speaker, or points at what follows: `this is what I need: …`.
    """
    low = text.tokens[at].low
    if low in _HARD_JOINTS:
        return True
    if low not in _JOINTS_BEFORE_STARTERS:
        return False
    following = text.words(at + 1, min(last, at + 1 + _STARTER_TOKENS))
    if _STARTERS.match(following):
        return True
    if low in (",", "-") and _COMMA_STARTERS.match(following):
        return True
    if low == ":" and tells:
        return True
    return low in (",", "-", ":") and _is_interjection(text, start, at)


def _is_interjection(text: Text, first: int, last: int) -> bool:
    if last - first > _INTERJECTION_TOKENS:
        return False
    return bool(_INTERJECTION.fullmatch(text.words(first, last)))
