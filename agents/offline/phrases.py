"""A clause in plain words: contractions written out, polite asides and opening fillers left out."""

import re

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
        r"\bif (?:at all )?possible\b|\bif (?:it is|that is|this is) (?:ok|okay|possible|alright|all right|"
        r"fine|not too much (?:trouble|to ask))(?: with you)?\b",
        r"\bif (?:you|i) (?:do not mind|please|can|may|would be so kind|have a (?:moment|minute|second))(?=$| ,| \W)",
        r"\b(?:i|we) do not (?:mind|care)(?: \w+){0,3}|\b(?:i|we) can not wait(?: \w+){0,2}|\bno (?:rush|"
        r"hurry|problem|worries|preference)\b",
        r"\bdo not (?:worry|hesitate|forget)(?: about \w+)?\b|\bwhy do not you\b|\bwithout (?:further|"
        r"any) (?:ado|delay)\b",
        r"\bas soon as you can\b|\bwhen you (?:can|have (?:a|time)(?: \w+)?)\b|\bif there (?:is|"
        r"are) (?:any|some|one|no)\b[^,]*,",
        r"\b(?:i|we) (?:have|has) had enough\b.*?(?:,|$)|\bnothing (?:fancy|too \w+|special)\b|"
        r"\bnot too \w+\b|\bno (?:frills|fuss|smoking|stops?)\b",
        r"\bnot (?:far|more than|less|later than|on a budget|picky|fussy)\b",
    )
)
FILLERS = re.compile(
    r"^(?:(?:hi|hello|hey|hiya|howdy|greetings|ok|okay|so|well|um|uh|umm|hmm|oh|ah|please|yes|yeah|yep|"
    r"sure|alright|all right|right|great|good|now|then|and|also|"
    r"just|kindly|thanks|thank you|morning|afternoon|evening|day|actually|sorry|excuse me|quick one|listen|"
    r"there|team|folks|everyone|instead|rather|i mean|"
    r"nope|wait|dear|travel agent|agent|assistant|bot|mate|friend|again|or|plus|for now|next|first|finally|"
    r"in that case|go ahead(?: and)?|my request(?: is)?|request|be so kind and|quickly|simply|"
    r"do me a favou?r(?: and)?|be a dear(?: and)?|be so good as to|i say|look|cool|perfect|super|fine|"
    r"anyway|today|urgently|urgent|request|new request|hurry|quick|my friend)\b ?(?:, |: |- |! )?)+"
)


def plain(clause: str) -> str:
    """A clause without contractions, polite asides and opening fillers."""
    for pattern, replacement in _EXPANSIONS:
        clause = pattern.sub(replacement, clause)
    for pattern in _POLITENESS:
        clause = pattern.sub(" ", clause)
    clause = " ".join(clause.split()).strip(" ,-:")
    return FILLERS.sub("", clause + " ").strip()
