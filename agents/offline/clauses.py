"""A message as clauses, each with its form."""

import re
from dataclasses import dataclass

from agents.offline.forms import Form, classify
from agents.offline.tokens import Text


@dataclass(frozen=True)
class Clause:
    """Tokens `first` to before `last`. `asked`: its sentence ends in a question mark."""

    first: int
    last: int
    form: Form
    asked: bool


_SUBJECT = r"(?:i|we|you|u|he|she|they|it|that|this|there|who|my|our|his|her|their|everyone|somebody|someone)"
_MODAL = (
    r"(?:can|could|would|will|may|might|should|shall|is|are|was|were|do|does|did|has|have|had|can't|"
    r"couldn't|won't|wouldn't)"
)
_ASKING = r"(?:what|what's|whats|how|how's|when|when's|where|where's|which|who|why|whether|any chance|any idea)"
_ACTION = (
    r"(?:book|reserve|get|find|arrange|organi[sz]e|plan|rent|hire|fly|send|take|sort|set up|make|order|buy|"
    r"purchase|grab|"
    r"schedule|secure|fix|give|put|bring|fetch|pick|line up|lock in|whisk|add|help|check (?:me|us) in|sign|"
    r"treat|show|tell|"
    r"cancel|change|forget|skip|scrap|stop|let|let's|lets|don't|do not|dont|never|please|pls|need|want|wanna|looking|"
    r"recommend|suggest|compare|check|explain|rebook|hold|require|would like|will need|request|requesting|"
    r"go ahead|kindly)"
)
_STARTERS = re.compile(
    rf"(?:(?:please|pls|just|also|then|maybe|perhaps|actually|instead|rather|now|kindly|oh|so|wait|if|when|for now) )*"
    rf"(?:(?:{_SUBJECT}|i'd|i'm|i'll|i've|we'd|we're|we'll|we've|you're|it's|he's|she's|they're|that's|"
    rf"there's|id|im|ill|ive) [a-z']"
    rf"|{_MODAL} (?:{_SUBJECT}|you|u|anyone|someone)\b|{_ASKING}\b|{_ACTION}\b|if |no\b|not\b|never\b|yes\b|nope\b)"
)
_COMMA_STARTERS = re.compile(
    r"(?:just|instead|rather|only|make it|without|i mean|sorry|maybe|perhaps|thanks|thank you|cheers)\b"
)
_INTERJECTION = re.compile(
    r"(?:(?:no|nope|nah|yes|yeah|yep|ok|okay|actually|hi|hello|hey|wait|hmm|oh|well|sorry|please|sure|"
    r"right|thanks|thank you|"
    r"alright|great|perfect|good|morning|afternoon|evening|there|fine|again|so|now|um|uh|dear|team|all|"
    r"hold on|on second thought|"
    r"on second thoughts|anyway|cool) ?)+"
)
_TELLING = re.compile(r"\b(?:i|i've|i'm|i'd|we|we've|we're|us|it|let's|this|that|request)\b")
_ENDS = frozenset(".!?;\n…")
_HARD_JOINTS = frozenset({"but", "because", "although", "though", "however", "otherwise", "unless"})


def cut(text: Text) -> list[tuple[int, int, bool, str]]:
    """The clauses as token ranges, with whether the sentence is a question and the joint before: `.`, `,`, `and`…"""
    ranges: list[tuple[int, int, bool, str]] = []
    for first, last, asked in _sentences(text):
        start, joint = first, "."
        at = first
        while at < last:
            low = text.tokens[at].low
            if at > start and _is_joint(text, start, at, last):
                ranges.append((start, at, asked, joint))
                start, joint = at + 1, low
            at += 1
        if start < last:
            ranges.append((start, last, asked, joint))
    return ranges


def _is_joint(text: Text, start: int, at: int, last: int) -> bool:
    low = text.tokens[at].low
    rest = text.lows(at + 1, min(last, at + 9))
    if low in _HARD_JOINTS:
        return True
    if low in ("so", "then", "while") and _STARTERS.match(rest):
        return True
    if low in (",", "and", "or", "-", ":", "&", "plus") and _STARTERS.match(rest):
        return True
    if low in (",", "-") and _COMMA_STARTERS.match(rest):
        return True
    if low == ":" and _TELLING.search(text.lows(start, at)):
        return True
    return low in (",", "-", ":") and bool(_INTERJECTION.fullmatch(text.lows(start, at)))


def _sentences(text: Text) -> list[tuple[int, int, bool]]:
    found: list[tuple[int, int, bool]] = []
    start = 0
    for at, token in enumerate(text.tokens):
        breaks = "\n" in text.source[token.end : text.tokens[at + 1].start] if at + 1 < len(text.tokens) else False
        if token.low in _ENDS or breaks:
            end = at if token.low in _ENDS else at + 1
            if end > start:
                found.append((start, end, token.low == "?"))
            start = at + 1
    if start < len(text.tokens):
        found.append((start, len(text.tokens), False))
    return found


_OWN = re.compile(r"(?:please |then |also |now |so )*(?:i|we|i'd|i'm|we'd|we're|i'll|can|could|would|please)\b")
_FIRST_PERSON = re.compile(r"(?:(?:and|so|well|hi|hello|hey|,) )*(?:i|we|i'm|i'll|we're|we'll|i've|we've|im)\b")
_NEED = re.compile(
    r"(?:also |then |so |now |will |would )*(?:need|want|would like|am looking|are looking|looking|"
    r"require)\b"
)


def _carries_on(text: Text, before: Clause, first: int, last: int) -> bool:
    """`I'm in Hamburg and need a flight`: the same person goes on with a wish."""
    telling = before.form == "tale" and _FIRST_PERSON.match(text.lows(before.first, before.last))
    return bool(telling and _NEED.match(text.lows(first, last)))


def read_clauses(text: Text) -> list[Clause]:
    """Every clause with its form; one joined by a bare `and` shares the fate of the clause before it."""
    clauses: list[Clause] = []
    for first, last, asked, joint in cut(text):
        form = classify(text.lows(first, last), asked=asked)
        before = clauses[-1].form if clauses else None
        if joint in ("and", "or", "&", "plus", "then", "so") and before in (
            "maybe",
            "past",
            "tale",
            "negated",
            "question",
        ):
            own = _OWN.match(text.lows(first, last)) or _carries_on(text, clauses[-1], first, last)
            if form in ("request", "fragment") and not own:
                form = before
        if before == "maybe" and joint in (",", "-") and form in ("request", "fragment"):
            own = re.match(
                r"(?:please|so|can|could|would|will|book|get|find|reserve|just|i|we)\b", text.lows(first, last)
            )
            form = form if own else "maybe"
        clauses.append(Clause(first, last, form, asked))
    return clauses
