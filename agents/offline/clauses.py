"""A message as clauses, and what each clause is: a request, or one of the many things that book nothing."""

import re
from dataclasses import dataclass
from typing import Literal

from agents.offline.tokens import Text

Form = Literal[
    "request", "fragment", "negated", "withdrawn", "maybe", "past", "question", "price", "cannot", "tale", "chat"
]


@dataclass(frozen=True)
class Clause:
    """Tokens `first` to before `last`. `asked`: its sentence ends in a question mark."""

    first: int
    last: int
    form: Form
    asked: bool


_SUBJECT = r"(?:i|we|you|u|he|she|they|it|that|this|there|who|my|our|his|her|their|everyone|somebody|someone)"
_MODAL = r"(?:can|could|would|will|may|might|should|shall|is|are|was|were|do|does|did|has|have|had|can't|couldn't|won't|wouldn't)"
_ASKING = r"(?:what|what's|whats|how|how's|when|when's|where|where's|which|who|why|whether|any chance|any idea)"
_ACTION = (
    r"(?:book|reserve|get|find|arrange|organi[sz]e|plan|rent|hire|fly|send|take|sort|set up|make|order|buy|purchase|grab|"
    r"schedule|secure|fix|give|put|bring|fetch|pick|line up|lock in|whisk|add|help|check (?:me|us) in|sign|treat|show|tell|"
    r"cancel|change|forget|skip|scrap|stop|let|let's|lets|don't|do not|dont|never|please|pls|need|want|wanna|looking|"
    r"recommend|suggest|compare|check|explain|rebook|hold|require|would like|will need|request|requesting|go ahead|kindly)"
)
_STARTERS = re.compile(
    rf"(?:(?:please|pls|just|also|then|maybe|perhaps|actually|instead|rather|now|kindly|oh|so|wait|if|when|for now) )*"
    rf"(?:(?:{_SUBJECT}|i'd|i'm|i'll|i've|we'd|we're|we'll|we've|you're|it's|he's|she's|they're|that's|there's|id|im|ill|ive) [a-z']"
    rf"|{_MODAL} (?:{_SUBJECT}|you|u|anyone|someone)\b|{_ASKING}\b|{_ACTION}\b|if |no\b|not\b|never\b|yes\b|nope\b)"
)
_COMMA_STARTERS = re.compile(
    r"(?:just|instead|rather|only|make it|without|i mean|sorry|maybe|perhaps|thanks|thank you|cheers)\b"
)
_INTERJECTION = re.compile(
    r"(?:(?:no|nope|nah|yes|yeah|yep|ok|okay|actually|hi|hello|hey|wait|hmm|oh|well|sorry|please|sure|right|thanks|thank you|"
    r"alright|great|perfect|good|morning|afternoon|evening|there|fine|again|so|now|um|uh|dear|team|all|hold on|on second thought|"
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
    r"(?:also |then |so |now |will |would )*(?:need|want|would like|am looking|are looking|looking|require)\b"
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
        r"\bif (?:at all )?possible\b|\bif (?:it is|that is|this is) (?:ok|okay|possible|alright|all right|fine|not too much (?:trouble|to ask))(?: with you)?\b",
        r"\bif (?:you|i) (?:do not mind|please|can|may|would be so kind|have a (?:moment|minute|second))(?=$| ,| \W)",
        r"\b(?:i|we) do not (?:mind|care)(?: \w+){0,3}|\b(?:i|we) can not wait(?: \w+){0,2}|\bno (?:rush|hurry|problem|worries|preference)\b",
        r"\bdo not (?:worry|hesitate|forget)(?: about \w+)?\b|\bwhy do not you\b|\bwithout (?:further|any) (?:ado|delay)\b",
        r"\bas soon as you can\b|\bwhen you (?:can|have (?:a|time)(?: \w+)?)\b|\bif there (?:is|are) (?:any|some|one|no)\b[^,]*,",
        r"\b(?:i|we) (?:have|has) had enough\b.*?(?:,|$)|\bnothing (?:fancy|too \w+|special)\b|\bnot too \w+\b|\bno (?:frills|fuss|smoking|stops?)\b",
        r"\bnot (?:far|more than|less|later than|on a budget|picky|fussy)\b",
    )
)
_WITHDRAWN = re.compile(
    r"\b(?:never ?mind|nevermind|forget (?:it|that|about it|about that|everything|all that)|changed my mind|change of (?:plan|plans|mind|heart)|"
    r"changed our minds?|scratch that|scrap (?:that|it)|not (?:now|yet|today|anymore|any more|after all|right now|ready)|maybe later|"
    r"perhaps later|another time|some other time|hold off|hold on|leave it|drop it|no thanks|no thank you|let me think|sleep on it|"
    r"call it off|don't bother|do not bother|do not book (?:anything|it|that|this|yet|them)|do not do (?:it|that|anything)|"
    r"no longer(?! than)|second thoughts?|i take (?:it|that) back|^stop)\b"
)
_CANNOT = re.compile(
    r"\b(?:cancel|cancelled|canceled|refund|reschedul\w+|postpone|modify|amend|rebook|change|move|switch|swap|upgrade|shorten|extend|"
    r"prolong|transfer|check (?:my|the) (?:status|booking)|resend)\b"
)
_MAYBE = re.compile(
    r"\b(?:what if|if (?:i|we|you|he|she|they|it|there|only|my|our)|suppose|supposing|imagine|imagining|hypothetically|theoretically|"
    r"in theory|thinking (?:about|of|we|i|that|maybe)|think(?:ing)? about|toying with|contemplating|considering|consider|dream(?:ing|t)?(?: of| about)?|daydream\w*|wish|"
    r"maybe|perhaps|might|may (?:want|need|go|be|have|travel|fly|visit|take|decide)|not sure|unsure|undecided|unless|some ?day|one day|eventually|at some point|wonder(?:ing)?"
    r"(?: about| whether| how| what| if (?:i|we) should)|would be (?:nice|fun|great|lovely|cool|good|amazing|wonderful|better|fantastic|perfect|a dream)|could be|should (?:i|we)|"
    r"shall (?:i|we)|sounds?|how about|what about|fantasi[sz]\w+|if ever|in case|tempted|pondering|mulling|weighing|deciding|have not decided|"
    r"hope to|hoping to (?:go|visit|see|travel) (?:there|one|some)|plan(?:ning)? on|would i|would we|were to|sooner or later|(?:when|once) (?:i|we) (?:retire|win|grow|are rich|am rich|can|get (?:paid|rich|older|the money|a raise))|bucket list|"
    r"ask(?:ing)? for a friend|just (?:looking|browsing|curious|asking|exploring|checking)|do not know|no idea|can not decide)\b"
)
_POLITE_MAYBE = re.compile(
    r"\b(?:(?:i|we) (?:was|were|am|are) (?:just )?(?:wondering|hoping)|wonder(?:ing)?|hoping|it would be (?:\w+ )?(?:nice|great|lovely|good|fantastic|wonderful|helpful|brilliant|perfect)|"
    r"would be (?:\w+ )?(?:grateful|thankful|obliged|delighted|happy|glad|nice|great|lovely|good)|appreciate(?: it)?|(?:it would )?help)"
    r" (?:you )?(?:very much )?if (?:you|we|i|someone) (?:could |can |would |might |may |will )?(?:please |possibly |kindly |maybe |perhaps |just |help me |help us )*"
    r"(?P<verb>\w+)"
)
_PAST = re.compile(
    r"\b(?:last (?:year|month|week|time|summer|winter|spring|autumn|fall|night|weekend|christmas|january|february|march|april|may|june|"
    r"july|august|september|october|november|december|holiday|trip|vacation)|ago|previously|in the past|used to|back in|when i was|when we were|once (?:went|had|stayed|flew|took|visited)|"
    r"(?:i|we|he|she|they|you|who|that|it|and|have|has|had|just|already|recently|ever|never|always|friends?|wife|husband|mother|mum|mom|dad|father|brother|sister|boss|family|parents|kids) "
    r"(?:just |already |recently |once |also |really |finally )?(?:had|went|were|was|did|came|got|took|booked|stayed|visited|flew|loved|enjoyed|spent|travelled|traveled|returned|rented|hired|reserved|bought|paid|been|gone|had been|hated|missed|met|saw|found|made|cancelled|canceled|lost|drove|ordered|heard|read|told|said|thought|planned|chose|picked|arranged|organi[sz]ed))\b"
)
_POLITE_PAST = re.compile(
    r"\b(?:i|we) (?:was|were) (?:just )?(?:wondering|hoping|looking|wanting|thinking you|going to ask|calling)\b|\b(?:i|we) (?:just )?wanted to (?:book|reserve|get|rent|hire|arrange|order|buy|make)\b"
)
_INFO = (
    r"(?:know|ask|check|compare|hear|learn|understand|find out|see (?!\w+ for)|look (?:at|into|up|around)|discuss|talk|think|tell|information|info|details|advice|ideas?|"
    r"recommendations?|suggestions?|inspiration|tips|quotes?|quotations?|prices?|pricing|list|options|estimates?|overview|opinion|guide|map|visas?|weather|forecast|"
    r"restaurants?|insurance|brochures?|catalogues?|reviews?|deals?|offers?|availability|schedules?|timetables?|examples?|difference|status|update|invoice|receipt|itinerary|comparison)"
)
_PRICE = re.compile(
    r"\b(?:how much|how expensive|what (?:is|are|would|does|do|will)(?: \w+){0,6} (?:cost|costs|price|prices|fare|fares|rate|rates|charge|charges)|cost of|prices? (?:for|of|to)|price range|price of|"
    r"(?:what|how) (?:is|are) the (?:price|cost|fare|rate)s?|costs?|price check|quote)\b"
)
_VERB = (
    r"(?:book|reserve|get|have|arrange|organi[sz]e|plan|rent|hire|order|buy|purchase|make|schedule|secure|set up|set|sort out|sort|"
    r"grab|take|find|go|travel|fly|visit|see|stay|spend|head|escape|explore|leave|depart|do|pick up|fix|put|jet|hop|nip|come|be|"
    r"pop|drive|sleep|holiday|vacation|honeymoon|check in|check into|check us|check me|treat|start|request|bring|send|give|whisk|fetch|line up|lock in|return|use|help me|help us|help|experience|enjoy|discover|celebrate|use|surprise|spoil)"
)
_FILLERS = re.compile(
    r"^(?:(?:hi|hello|hey|hiya|howdy|greetings|ok|okay|so|well|um|uh|umm|hmm|oh|ah|please|yes|yeah|yep|sure|alright|all right|right|great|good|now|then|and|also|"
    r"just|kindly|thanks|thank you|morning|afternoon|evening|day|actually|sorry|excuse me|quick one|listen|there|team|folks|everyone|instead|rather|i mean|"
    r"nope|wait|dear|travel agent|agent|assistant|bot|mate|friend|again|or|plus|for now|next|first|finally|in that case|go ahead(?: and)?|my request(?: is)?|request|be so kind and|would you|quickly|simply|"
    r"do me a favou?r(?: and)?|be a dear(?: and)?|be so good as to|i say|look|cool|perfect|super|fine|anyway|today|urgently|urgent|request|new request|hurry|quick|my friend)\b ?(?:, |: |- |! )?)+"
)
_WHO = r"(?:(?:i|we|my \w+ and i|\w+ and i|me and my \w+|us|(?:the )?(?:2|3|4|5|6|both|all) of us|my (?:whole )?family|our (?:\w+ )?(?:team|group|family)) )"
_ADVERB = r"(?:(?:really|just|very much|quite|also|only|now|still|desperately|urgently|absolutely|definitely|simply|so|both|all|much|then|actually|probably) )*"
_DESIRE = re.compile(
    rf"^{_WHO}?{_ADVERB}(?:would {_ADVERB}(?:like|love|prefer|appreciate|want|need|enjoy|welcome|fancy|be interested in|be looking for)|want|wants?|need|needs?|require|requires?|"
    rf"(?:am|are|is) {_ADVERB}(?:looking (?:for|to|into)|after|in need of|in the market for|searching for|seeking|hoping (?:to|for)|trying to|dying to|keen to|eager to|ready (?:to|for)|desperate (?:to|for)|interested in|in dire need of)|"
    rf"looking (?:for|to)|hoping to|trying to|seeking|searching for|in need of|interested in booking|interested in|have (?:got )?to|have got to|must|got to|should like|feel like|fancy|fancies|could (?:really )?(?:use|do with)|"
    rf"(?:was|were) (?:just )?(?:hoping|looking|wanting) (?:to|for)|wanted to|will (?:take|have|need|want|go (?:for|with)|be needing|require)|plan to|intend to|deserve|can not do without|wish to|would rather(?: have)?|"
    rf"request|demand|crave|long for|like to)(?= |$)"
)
_MODAL_ASK = re.compile(
    r"\b(?:(?:can|could|would|will|may|might) (?:not )?(?:you|i|we|someone|anyone|anybody|somebody)|do you (?:think|reckon) (?:you|we|i) (?:could|can|might)|would you (?:be able to|be so kind as to|be kind enough to|be willing to)|are you able to|"
    r"is it possible to|would it be possible to|is there any (?:way|chance)(?: that)? (?:you|i|we) (?:could|can)|any chance (?:you|i|we) (?:could|can)|any chance of|is there a way to|would you mind|do you mind|"
    r"mind|why do not you|why not|possible to|am i able to|is there a chance you could|could it be possible to)(?: (?:please|possibly|kindly|perhaps|maybe|quickly|just|also|go ahead and|help me|help us|help me to|then|be able to|so kind as to|not|simply))*"
    r" (?P<rest>.*)$"
)
_IMPERATIVE = re.compile(
    r"^(?:book(?:ing)?|reserve|get|find|arrange|organi[sz]e|plan|rent|hire|fly|send(?= (?:me|us|my \w+) (?:to|on)\b)|take(?= (?:me|us|my)\b)|sort|set|make|order|buy|purchase|grab|schedule|secure|fix|give|put|bring(?= (?:me|us|my)\b)|fetch|"
    r"pick|line up|lock in|whisk|add|check(?= (?:me|us)\b)|sign(?= (?:me|us)\b)|treat|jet|request|requesting|requested|let us|let me|help (?:me|us)|get us|time for|time to book|go for)(?= |$)"
)
_QUESTION = re.compile(
    r"^(?:what|how|when|where|which|who|whose|why|is|are|am|was|were|do|does|did|has|have|had|will|should|shall|any|anything|can|could|would|may|might|tell me|show me|explain|"
    r"recommend|suggest|compare|check(?! ?-?(?:in|out)\b)|list|describe|search|look|got any|know any|whats|hows|wheres|whens|got|advise|inform|let me know|find out|give me (?:a list|some info|information|advice|ideas|prices))\b"
)
_FINITE = re.compile(
    r"\b(?:is|are|i am|was|were|has|have|had|does|do|did|will|would|can|could|should|shall|costs?|leaves?|departs?|arrives?|goes|go|went|seems?|looks?|sounds?|"
    r"lives?|loves?|likes?|hates?|wants?|needs?|takes?|makes?|knows?|says?|said|told|thinks?|works?|starts?|began|opened|closed|stinks?|sucks?|rocks?|rules?|comes?|came|gets?|got|runs?|keeps?|means?|became|becomes?|"
    r"remains?|feels?|felt|happened|offers?|serves?|reminds?|changed|crashed|burned|inspired|was|beats|differs?)\b"
)


def plain(clause: str) -> str:
    """A clause without contractions, polite asides and opening fillers."""
    for pattern, replacement in _EXPANSIONS:
        clause = pattern.sub(replacement, clause)
    for pattern in _POLITENESS:
        clause = pattern.sub(" ", clause)
    clause = " ".join(clause.split()).strip(" ,-:")
    return _FILLERS.sub("", clause + " ").strip()


def classify(clause: str, *, asked: bool) -> Form:
    """What one clause is; `clause` are its tokens' plain forms, `asked` whether its sentence ends in `?`."""
    words = plain(clause)
    if polite := _POLITE_MAYBE.search(words):
        return "request" if re.fullmatch(_VERB, polite["verb"]) or polite["verb"].endswith("ed") else "question"
    if _WITHDRAWN.search(words):
        return "withdrawn"
    if _PRICE.search(words):
        return "price"
    if _is_negated(words):
        return "negated"
    if _MAYBE.search(words):
        return "maybe"
    if _PAST.search(words) and not _POLITE_PAST.search(words):
        return "past"
    return _asked_for(words, asked=asked)


_LEAD = re.compile(
    r"^(?:for|on|in|from|at|starting|next|this|tomorrow|today|to|during|over|around|by|as|since|with|after|before|because) "
    r"(?:\S+ ){0,7}?(?:, )?(?=(?:i|we|can you|could you|would you|please|my \w+ and i) )"
)


_VERB_INSIDE = re.compile(
    r"\b(?:my|our|his|her|their|the|[a-z]+s|who|people|kids|parents) (?:fly|stay|sleep|go|travel|visit|drive|rent)\b"
)


def _asked_for(words: str, *, asked: bool) -> Form:
    words = _FILLERS.sub("", _LEAD.sub("", words))
    if ask := _MODAL_ASK.search(words):
        if re.search(r"\b(?:i|we)\b", words[: ask.start("rest")]) and _NOT_FOR_ME.match(ask["rest"]):
            return "question"
        return _of_action(ask["rest"])
    if desire := _DESIRE.search(words):
        return _of_wish(words[desire.end() :].strip())
    if _IMPERATIVE.search(words):
        return "question" if _seeks_information(words) else "request"
    if re.match(_CANNOT.pattern, words):
        return "cannot"
    if _QUESTION.search(words):
        return "question"
    if _FINITE.search(words) or re.match(r"(?:my|our|his|her|their|your|he|she|they|it|that|this|i|we|you)\b", words):
        return "tale"
    if _VERB_INSIDE.search(words):
        return "tale"
    return "question" if asked else "fragment"


_NOT_FOR_ME = re.compile(
    r"(?:bring|send|give|do|use|see|put|come|start|leave|return|sleep|sort|treat|check|pick|enjoy)\b"
)


def _of_action(rest: str) -> Form:
    """What follows `can you`: an action we can take, one we can't, or a question."""
    rest = re.sub(
        r"^(?:booking|reserving|getting|arranging|organi[sz]ing|finding|renting|hiring|making|sorting)\b", "book", rest
    )
    if not re.match(rf"{_VERB}\b", rest) and not re.match(r"(?:a|an|the|some|1)\b", rest):
        return "cannot" if re.match(_CANNOT.pattern, rest) else "question"
    if re.match(r"(?:see|find out|use|be|come|enjoy|do|experience)\b", rest) and not re.match(r"be (?:in|at|on)", rest):
        return "question"
    return "question" if _seeks_information(rest) else "request"


def _of_wish(rest: str) -> Form:
    """What follows `I would like`: a thing, or `to` do something."""
    if infinitive := re.match(
        r"(?:(?:for )?(?:you|us|me|someone|him|her|them|my \w+) )?to (?:please |just |also |maybe |quickly )?(?P<what>.*)$",
        rest,
    ):
        what = infinitive["what"]
        if not re.match(rf"{_VERB}\b", what):
            return "cannot" if re.match(_CANNOT.pattern, what) else _of_direction(what)
        return "question" if _seeks_information(what) else "request"
    if re.match(_CANNOT.pattern, rest):
        return "cannot"
    return "question" if _seeks_information(rest) else "request"


def _of_direction(what: str) -> Form:
    """`I want to Paris` is no infinitive; anything that starts with another verb is no booking."""
    from agents.offline.lexicon import VERBS

    return "tale" if what.split(" ")[0] in VERBS or not what else "request"


def _seeks_information(words: str) -> bool:
    """Whether information is wanted rather than a booking: an information noun before the thing to book."""
    head = re.split(
        r"\b(?:trips?|flights?|hotels?|rooms?|cars?|holidays?|vacations?|getaways?|tickets?)\b", words, maxsplit=1
    )[0]
    return bool(re.search(rf"\b{_INFO}(?= |$)", head)) and not re.match(r"(?:see|look) \w+ for\b", words)


def _is_negated(words: str) -> bool:
    if re.match(r"(?:no|not|skip|forget|without|neither)\b", words):
        return True
    pattern = (
        r"\b(?:do|does|did|will|would|can|could|should|am|are|is|have|must) not (?:\w+ ){0,2}?(?:want|need|book|reserve|get|like|wish|go|going|looking|buy|hire|rent|require|"
        r"fancy|feel|make|take|travel|fly|planning|have to|be|interested|arrange|order|charge|trust|think|plan)\b|\bnever (?:book|want|go|fly|get|take|travel)|\bplease do not\b|^do not\b|\bno need\b|\bno (?:trip|flight|hotel|car|holiday|vacation)s?\b.*$"
    )
    found = re.search(pattern, words)
    if not found:
        return False
    return not re.match(r"(?:can|could|will|would) not (?:you|we)\b", words)
