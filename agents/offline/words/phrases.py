"""A clause in plain words: contractions written out, polite asides and opening fillers left out."""

import re

from agents.offline.patterns import any_of

_EXPANSIONS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\b(?:id)\b(?= (?:like|love|rather|prefer|want|need))", "i would"),
        (r"\bim\b", "i am"),
        (r"\bive\b", "i have"),
        (r"\bwanna\b", "want to"),
        (r"\bgonna\b", "going to"),
        (r"\bgotta\b", "got to"),
        (r"\b(?:let's|lets)\b", "let us"),
        (r"\bcan't\b|\bcannot\b|\bcant\b", "can not"),
        (r"\bwon't\b|\bwont\b", "will not"),
        (r"\b(do|does|did|would|could|should|is|are|was|were|have|has|had|must|need)n'?t\b", r"\1 not"),
        (r"'d\b", " would"),
        (r"'ll\b", " will"),
        (r"'ve\b", " have"),
        (r"'re\b", " are"),
        (r"\b(it|that|what|where|how|who|he|she|there|here|when)'?s\b", r"\1 is"),
        (r"\bi'm\b", "i am"),
        (r"\b(?:u|ya)\b", "you"),
        (r"\b(?:pls|plz|plss)\b", "please"),
    )
)
_POLITENESS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\bif (?:at all )?possible\b|\bif (?:it is|that is|this is) "
        r"(?:ok|okay|possible|alright|all right|fine|not too much (?:trouble|to ask))(?: with you)?\b",
        r"\bif (?:you|i) (?:do not mind|please|can|may|would be so kind|have a (?:moment|minute|second))(?=$| ,| \W)",
        r"\b(?:i|we) do not (?:mind|care)(?: \w+){0,3}|\b(?:i|we) can not wait(?: \w+){0,2}"
        r"|\bno (?:rush|hurry|problem|worries|preference)\b",
        r"\bdo not (?:worry|hesitate|forget)(?: about \w+)?\b|\bwhy do not you\b"
        r"|\bwithout (?:further|any) (?:ado|delay)\b",
        r"\bas soon as you can\b|\bwhen you (?:can|have (?:a|time)(?: \w+)?)\b"
        r"|\bif there (?:is|are) (?:any|some|one|no)\b[^,]*,",
        r"\b(?:i|we) (?:have|has) had enough\b.*?(?:,|$)|\bnothing (?:fancy|too \w+|special)\b"
        r"|\bnot too \w+\b|\bno (?:frills|fuss|smoking|stops?)\b",
        r"\bnot (?:far|more than|less|later than|on a budget|picky|fussy)\b",
    )
)
"""Asides that would read as a condition or a refusal."""
FILLERS = re.compile(
    "^(?:"
    + any_of(
        "hi, hello, hey, hiya, howdy, greetings, ok, okay, so, well, um, uh, umm, hmm, oh, ah, please, yes, yeah, yep",
        "sure, alright, all right, right, great, good, now, then, and, also, just, kindly, thanks, thank you, morning",
        "afternoon, evening, day, actually, sorry, excuse me, quick one, listen, there, team, folks, everyone, instead",
        "rather, i meant?, nope, wait, dear, travel agent, agent, assistant, bot, mate, friend, again, or, plus",
        "no(?= make (?:it|that)\\b)",
        "for now, next, first, finally, in that case, go ahead(?: and)?, my request(?: is)?, request, be so kind and",
        "quickly, simply, do me a favou?r(?: and)?, be a dear(?: and)?, be so good as to, i say, look(?= ,), cool",
        "perfect, super, go (?:and )?(?=(?:book|get|find|reserve) )",
        "fine, anyway, today, urgently, urgent, request, new request, hurry, quick, my friend",
    )
    + r"\b ?(?:, |: |- |! )?)++"
)
"""Greetings and other words before the clause itself."""


def plain(clause: str) -> str:
    """Return a clause without contractions, polite asides and opening fillers."""
    # Contractions first: the polite asides are written with `do not`, never with `don't`.
    for pattern, replacement in _EXPANSIONS:
        clause = pattern.sub(replacement, clause)
    for pattern in _POLITENESS:
        clause = pattern.sub(" ", clause)
    clause = " ".join(clause.split()).strip(" ,-:")
    return FILLERS.sub("", f"{clause} ").strip()
