"""What one clause is: a request, or one of the many things that book nothing."""

import re
from typing import Literal

from agents.offline.lexicon import VERBS
from agents.offline.phrases import FILLERS, plain

Form = Literal[
    "request", "fragment", "negated", "withdrawn", "maybe", "past", "question", "price", "cannot", "tale", "chat"
]


_WITHDRAWN = re.compile(
    r"\b(?:never ?mind|nevermind|forget (?:it|that|about it|about that|everything|all that)|"
    r"changed my mind|change of (?:plan|plans|mind|heart)|"
    r"changed our minds?|scratch that|scrap (?:that|it)|not (?:now|yet|today|anymore|any more|after all|"
    r"right now|ready)|maybe later|"
    r"perhaps later|another time|some other time|hold off|hold on|leave it|drop it|no thanks|no thank you|"
    r"let me think|sleep on it|"
    r"call it off|don't bother|do not bother|do not book (?:anything|it|that|this|yet|them)|"
    r"do not do (?:it|that|anything)|"
    r"no longer(?! than)|second thoughts?|i take (?:it|that) back|^stop)\b"
)
_CANNOT = re.compile(
    r"\b(?:cancel|cancelled|canceled|refund|reschedul\w+|postpone|modify|amend|rebook|change|move|switch|"
    r"swap|upgrade|shorten|extend|"
    r"prolong|transfer|check (?:my|the) (?:status|booking)|resend)\b"
)
_MAYBE = re.compile(
    r"\b(?:what if|if (?:i|we|you|he|she|they|it|there|only|my|our)|suppose|supposing|imagine|imagining|"
    r"hypothetically|theoretically|"
    r"in theory|thinking (?:about|of|we|i|that|maybe)|think(?:ing)? about|toying with|contemplating|"
    r"considering|consider|dream(?:ing|t)?(?: of| about)?|daydream\w*|wish|"
    r"maybe|perhaps|might|may (?:want|need|go|be|have|travel|fly|visit|take|decide)|not sure|unsure|"
    r"undecided|unless|some ?day|one day|eventually|at some point|wonder(?:ing)?"
    r"(?: about| whether| how| what| if (?:i|we) should)|would be (?:nice|fun|great|lovely|cool|good|"
    r"amazing|wonderful|better|fantastic|perfect|a dream)|could be|should (?:i|we)|"
    r"shall (?:i|we)|sounds?|how about|what about|fantasi[sz]\w+|if ever|in case|tempted|pondering|mulling|"
    r"weighing|deciding|have not decided|"
    r"hope to|hoping to (?:go|visit|see|travel) (?:there|one|some)|plan(?:ning)? on|would i|would we|"
    r"were to|sooner or later|(?:when|once) (?:i|we) (?:retire|win|grow|are rich|am rich|can|get (?:paid|"
    r"rich|older|the money|a raise))|bucket list|"
    r"ask(?:ing)? for a friend|just (?:looking|browsing|curious|asking|exploring|checking)|do not know|"
    r"no idea|can not decide)\b"
)
_POLITE_MAYBE = re.compile(
    r"\b(?:(?:i|we) (?:was|were|am|are) (?:just )?(?:wondering|hoping)|wonder(?:ing)?|hoping|"
    r"it would be (?:\w+ )?(?:nice|great|lovely|good|fantastic|wonderful|helpful|brilliant|perfect)|"
    r"would be (?:\w+ )?(?:grateful|thankful|obliged|delighted|happy|glad|nice|great|lovely|good)|"
    r"appreciate(?: it)?|(?:it would )?help)"
    r" (?:you )?(?:very much )?(?:if|whether) (?:you|we|i|someone) (?:could |can |would |might |may |will )?(?:please |"
    r"possibly |kindly |maybe |perhaps |just |help me |help us )*"
    r"(?P<verb>\w+)"
)
_PAST = re.compile(
    r"\b(?:last (?:year|month|week|time|summer|winter|spring|autumn|fall|night|weekend|christmas|january|"
    r"february|march|april|may|june|"
    r"july|august|september|october|november|december|holiday|trip|vacation)|ago|previously|in the past|"
    r"used to|back in|when i was|when we were|once (?:went|had|stayed|flew|took|visited)|"
    r"(?:i|we|he|she|they|you|who|that|it|and|have|has|had|just|already|recently|ever|never|always|"
    r"friends?|wife|husband|mother|mum|mom|dad|father|brother|sister|boss|family|parents|kids) "
    r"(?:just |already |recently |once |also |really |finally )?(?:had|went|were|was|did|came|got(?! (?:a|"
    r"an|to|some|the|my|our|[0-9]))|took|"
    r"booked|stayed|visited|flew|loved|enjoyed|spent|travelled|traveled|returned|rented|hired|reserved|"
    r"bought|paid|been|gone|had been|hated|missed|met|saw|found|made|cancelled|canceled|lost|drove|ordered|"
    r"heard|read|told|said|thought|planned|chose|picked|arranged|organi[sz]ed))\b"
)
_POLITE_PAST = re.compile(
    r"\b(?:i|we) (?:was|were) (?:just )?(?:wondering|hoping|looking|wanting|thinking you|going to ask|"
    r"calling)\b|\b(?:i|we) (?:just )?wanted to (?:book|reserve|get|rent|hire|arrange|order|buy|make)\b"
)
_INFO = (
    r"(?:know|ask|check|compare|hear|learn|understand|find out|see (?!\w+ for)|look (?:at|into|up|around)|"
    r"discuss|talk|think|tell|information|info|details|advice|ideas?|"
    r"recommendations?|suggestions?|inspiration|tips|quotes?|quotations?|prices?|pricing|list|options|"
    r"estimates?|overview|opinion|guide|map|visas?|weather|forecast|"
    r"restaurants?|insurance|brochures?|catalogues?|reviews?|deals?|offers?|availability|schedules?|"
    r"timetables?|examples?|difference|status|update|invoice|receipt|itinerary|comparison)"
)
_PRICE = re.compile(
    r"\b(?:how much|how expensive|what (?:is|are|would|does|do|will)(?: \w+){0,6} (?:cost|costs|price|"
    r"prices|fare|fares|rate|rates|charge|charges)|cost of|prices? (?:for|of|to)|price range|price of|"
    r"(?:what|how) (?:is|are) the (?:price|cost|fare|rate)s?|costs?|price check|quote)\b"
)
_VERB = (
    r"(?:book|reserve|get|have|arrange|organi[sz]e|plan|rent|hire|order|buy|purchase|make|schedule|secure|"
    r"set up|set|sort out|sort|"
    r"grab|take|find|go|travel|fly|visit|see|stay|spend|head|escape|explore|leave|depart|do|pick up|fix|"
    r"put|jet|hop|nip|come|be|"
    r"pop|drive|sleep|holiday|vacation|honeymoon|check in|check into|check us|check me|treat|start|request|"
    r"bring|send|give|whisk|fetch|line up|lock in|return|use|help me|help us|help|experience|enjoy|"
    r"discover|celebrate|use|surprise|spoil)"
)
_WHO = (
    r"(?:(?:i|we|my \w+ and i|\w+ and i|me and my \w+|us|(?:the )?(?:2|3|4|5|6|both|all) of us|"
    r"my (?:whole )?family|our (?:\w+ )?(?:team|group|family)) )"
)
_ADVERB = (
    r"(?:(?:really|just|very much|quite|also|only|now|still|desperately|urgently|absolutely|definitely|"
    r"simply|so|both|all|much|then|actually|probably) )*"
)
_DESIRE = re.compile(
    rf"^{_WHO}?{_ADVERB}(?:would {_ADVERB}(?:like|love|prefer|appreciate|want|need|enjoy|welcome|fancy|"
    rf"be interested in|be looking for)|want|wants?|need|needs?|require|requires?|"
    rf"(?:am|are|is) {_ADVERB}(?:looking (?:for|to|into)|after|in need of|in the market for|searching for|"
    rf"seeking|hoping (?:to|for)|trying to|dying to|keen to|eager to|ready (?:to|for)|desperate (?:to|for)|"
    rf"interested in|in dire need of)|"
    rf"looking (?:for|to)|hoping to|trying to|seeking|searching for|in need of|interested in booking|"
    rf"interested in|have (?:got )?to|have got to|must|got to|should like|feel like|fancy|fancies|"
    rf"could (?:really )?(?:use|do with)|"
    rf"(?:was|were) (?:just )?(?:hoping|looking|wanting) (?:to|for)|wanted to|will (?:take|have|need|want|"
    rf"go (?:for|with)|be needing|require)|plan to|intend to|deserve|can not do without|wish to|"
    rf"would be (?:grateful|thankful|glad|happy) (?:for|of|about)|"
    rf"would rather(?: have)?|"
    rf"request|demand|crave|long for|like to)(?= |$)"
)
_MODAL_ASK = re.compile(
    r"\b(?:(?:can|could|would|will|may|might) (?:not )?(?:you|i|we|someone|anyone|anybody|somebody)|"
    r"do you (?:think|reckon) (?:you|we|i) (?:could|can|might)|would you (?:be able to|be so kind as to|"
    r"be kind enough to|be willing to)|are you able to|"
    r"is it possible to|would it be possible to|is there any (?:way|chance)(?: that)? (?:you|i|"
    r"we) (?:could|can)|any chance (?:you|i|we) (?:could|can)|any chance of|is there a way to|"
    r"would you mind|do you mind|"
    r"mind|why do not you|why not|possible to|am i able to|is there a chance you could|"
    r"could it be possible to)(?: (?:please|possibly|kindly|mind|perhaps|maybe|quickly|just|also|go ahead and|"
    r"help me|help us|help me to|then|be able to|so kind as to|not|simply))*"
    r" (?P<rest>.*)$"
)
_IMPERATIVE = re.compile(
    r"^(?:book(?:ing)?|reserve|get|find|arrange|organi[sz]e|plan|rent|hire|fly|send(?= (?:me|us|"
    r"my \w+) (?:to|on)\b)|take(?= (?:me|us|my)\b)|sort|set|make|order|buy|purchase|grab|schedule|secure|"
    r"fix|give|put|bring(?= (?:me|us|my)\b)|fetch|"
    r"pick|line up|lock in|whisk|add|check(?= (?:me|us)\b)|sign(?= (?:me|us)\b)|treat|jet|request|"
    r"requesting|requested|let us|let me|help (?:me|us)|get us|time for|time to book|go for)(?= |$)"
)
_QUESTION = re.compile(
    r"^(?:what|how|when|where|which|who|whose|why|is|are|am|was|were|do|does|did|has|have|had|will|should|"
    r"shall|any|anything|can|could|would|may|might|tell me|show me|explain|"
    r"recommend|suggest|compare|check(?! ?-?(?:in|out)\b)|list|describe|search|look|got any|know any|whats|"
    r"hows|wheres|whens|got|advise|inform|let me know|find out|give me (?:a list|some info|information|"
    r"advice|ideas|prices))\b"
)
_FINITE = re.compile(
    r"\b(?:is|are|i am|was|were|has|have|had|does|do|did|will|would|can|could|should|shall|costs?|leaves?|"
    r"departs?|arrives?|goes|go|went|seems?|looks?|sounds?|"
    r"lives?|loves?|likes?|hates?|wants?|needs?|takes?|makes?|knows?|says?|said|told|thinks?|works?|"
    r"starts?|began|opened|closed|stinks?|sucks?|rocks?|rules?|comes?|came|gets?|got|runs?|keeps?|means?|"
    r"became|becomes?|"
    r"remains?|feels?|felt|happened|offers?|serves?|reminds?|changed|crashed|burned|inspired|was|beats|differs?)\b"
)


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
    r"^(?:for|on|in|from|at|between|starting|next|this|tomorrow|today|to|during|over|around|by|as|since|with|after|"
    r"before|because) "
    r"(?:\S+ ){0,7}?(?:, )?(?=(?:i|we|can you|could you|would you|please|my \w+ and i) )"
)


_VERB_INSIDE = re.compile(
    r"\b(?:my|our|his|her|their|the|[a-z]+s|who|people|kids|parents) (?:fly|stay|sleep|go|travel|visit|"
    r"drive|rent)\b"
)


_THING = re.compile(
    r"\b(?:trips?|flights?|hotels?|rooms?|cars?|holidays?|vacations?|getaways?|tickets?|package|honeymoon|rental)\b"
)
_TELLING_HEAD = re.compile(
    r"\b(?:of (?:my|our|the|a|his|her)|about|someone|somebody|anyone|anybody|everyone|everybody|nobody|people|who|undo|"
    r"delete|print|describe|\w+ed (?:a|an|the|my|our|his|her|their|2|3|4|5)|after|before|since)\b"
)
_TELLING_TAIL = re.compile(
    r"\b(?:cancelled|canceled|delayed|booked|overbooked|missed|lost|ruined|confirmed|done|paid|sold out|failed|rocked|"
    r"sucked|(?:in|under) my name|no chance|not a chance|no way)\b"
)
_ASKS_HOW = re.compile(
    r"(?:where|when|how|which|who|whose|what(?! (?:i|we) (?:need|want|would like))|why(?! (?:do|"
    r"don't) not you))\b"
)
_BARE_VERBS = frozenset(
    ("fly", "stay", "sleep", "travel", "visit", "spend", "go", "drive", "rent", "return", "escape", "explore")
)


def _tells(words: str) -> bool:
    """Whether something that looks like a bare noun phrase tells of something: `someone booked a flight`."""
    head, *_ = _THING.split(words, maxsplit=1)
    first = words.split(" ")[0]
    led_by_verb = first in VERBS and first not in _BARE_VERBS and not _THING.match(words)
    return led_by_verb or bool(_TELLING_HEAD.search(head) or _TELLING_TAIL.search(words))


def _asked_for(words: str, *, asked: bool) -> Form:
    words = FILLERS.sub("", _LEAD.sub("", words))
    if _ASKS_HOW.match(words):
        return "question"
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
    if _VERB_INSIDE.search(words) or _tells(words):
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
    if re.match(r"(?:see|find out|use|be|come|enjoy|do(?! (?:a|an|[0-9]))|experience)\b", rest) and not re.match(
        r"be (?:in|at|on)", rest
    ):
        return "question"
    return "question" if _seeks_information(rest) else "request"


def _of_wish(rest: str) -> Form:
    """What follows `I would like`: a thing, or `to` do something."""
    if infinitive := re.match(
        r"(?:(?:for )?(?:you|us|me|someone|him|her|them|my \w+) )?to (?:please |just |also |maybe |"
        r"quickly )?(?P<what>.*)$",
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
        r"\b(?:do|does|did|will|would|can|could|should|am|are|is|have|must) not (?:\w+ ){0,2}?(?:want|need|"
        r"book|reserve|get|like|wish|go|going|looking|buy|hire|rent|require|"
        r"fancy|feel|make|take|travel|fly|planning|have to|be|interested|arrange|order|charge|trust|think|"
        r"plan)\b|\bnever (?:book|want|go|fly|get|take|travel)|\bplease do not\b|^do not\b|\bno need\b|"
        r"\b(?:rather|prefer|better) not\b|"
        r"\bno (?:trip|flight|hotel|car|holiday|vacation)s?\b.*$"
    )
    found = re.search(pattern, words)
    if not found:
        return False
    return not re.match(r"(?:can|could|will|would) not (?:you|we)\b", words)
