"""The words by which the form of a clause is known."""

import re

from agents.offline.patterns import any_of

WITHDRAWN = re.compile(
    r"\b"
    + any_of(
        "never ?mind, nevermind, forget (?:it|that|about it|about that|everything|all that)",
        "changed my mind, change of (?:plan|plans|mind|heart), changed our minds?, scratch that, scrap (?:that|it)",
        "not (?:now|yet|today|anymore|any more|after all|right now|ready), maybe later, perhaps later, another time",
        "some other time, hold off, hold on, leave it(?! (?:in|at|to)), drop it(?! (?:off|in|at|to|back))",
        "no thanks, no thank you, let me think, sleep on it",
        "call it off, don't bother, do not bother, do not book (?:anything|it|that|this|yet|them)",
        "do not do (?:it|that|anything), no longer(?! than), (?:second|2nd) thoughts?, ^(?:please )?do not$",
        "i take (?:it|that) back, ^stop",
    )
    + r"\b"
)
CANNOT = re.compile(
    r"\b"
    + any_of(
        r"cancel, cancelled, canceled, refund, reschedul\w+, postpone, modify, amend, rebook, change, move, switch",
        "swap, upgrade, shorten, extend, prolong, transfer, check (?:my|the) (?:status|booking), resend",
    )
    + r"\b"
)
MAYBE = re.compile(
    r"\b"
    + any_of(
        # Conditions and fantasies.
        "what if, if (?:i|we|you|he|she|they|it|there|only|my|our), suppose, supposing, imagine, imagining",
        "hypothetically, theoretically, in theory, thinking (?:about|of|we|i|that|maybe), think(?:ing)? about",
        r"toying with, contemplating, considering, consider, dream(?:ing|t)?(?: of| about)?, daydream\w*, wish",
        # Doubt.
        "maybe, perhaps, might, may (?:want|need|go|be|have|travel|fly|visit|take|decide), not sure, unsure, undecided",
        "unless, some ?day, one day, eventually, at some point",
        "wonder(?:ing)?(?: about| whether| how| what| if (?:i|we) should)",
        "would be (?:nice|fun|great|lovely|cool|good|amazing|wonderful|better|fantastic|perfect|a dream), could be",
        r"should (?:i|we), shall (?:i|we), sounds?, how about, what about, fantasi[sz]\w+, if ever, in case, tempted",
        "pondering, mulling, weighing, deciding, have not decided",
        # Plans for another time.
        "hope to, hoping to (?:go|visit|see|travel) (?:there|one|some), plan(?:ning)? on, would i, would we, were to",
        "sooner or later, (?:when|once) (?:i|we) (?:retire|win|grow|are rich|am rich|can"
        "|get (?:paid|rich|older|the money|a raise))",
        "bucket list, ask(?:ing)? for a friend, just (?:looking|browsing|curious|asking|exploring|checking)",
        "do not know, no idea, can not decide",
    )
    + r"\b"
)
POLITE_MAYBE = re.compile(
    r"\b"
    + any_of(
        "(?:i|we) (?:was|were|am|are) (?:just )?(?:wondering|hoping), wonder(?:ing)?, hoping",
        r"it would be (?:\w+ )?(?:nice|great|lovely|good|fantastic|wonderful|helpful|brilliant|perfect)",
        r"would be (?:\w+ )?(?:grateful|thankful|obliged|delighted|happy|glad|nice|great|lovely|good|super|fab)",
        "appreciate(?: it)?, (?:it would )?help",
    )
    + r" (?:you )?(?:very much )?(?:if|whether) "
    + r"(?:(?:it (?:would|is|might) (?:be )?possible|you (?:would |might |could )?(?:be|are|were) able) to "
    + r"|(?:you|we|i|someone|somebody) (?:could |can |would |might |may |will )?)"
    + r"(?:(?:please|possibly|kindly|maybe|perhaps|just|help me|help us) (?=\w))*+(?P<verb>\w+)"
)
PAST = re.compile(
    r"\b"
    + any_of(
        "last (?:year|month|week|time|summer|winter|spring|autumn|fall|night|weekend|christmas"
        "|january|february|march|april|may|june|july|august|september|october|november|december|holiday|trip|vacation)",
        r"[a-z]{3,20}ed (?:me|us|him|her|them|you) (?:to|into|that)",
        "ago, previously, in the past, used to, back in, when i was, when we were",
        "once (?:went|had|stayed|flew|took|visited)",
        # Somebody did something: `we stayed`, `my wife booked`.
        "(?:i|we|he|she|they|you|who|that|it|and|have|has|had|just|already|recently|ever|never|always"
        "|friends?|wife|husband|mother|mum|mom|dad|father|brother|sister|boss|family|parents|kids) "
        "(?:just |already |recently |once |also |really |finally )?"
        "(?:had|went|were|was|did|came|got(?! (?:a|an|to|some|the|my|our|[0-9]))|took|booked|stayed|visited|flew|loved"
        "|enjoyed|spent|travelled|traveled|returned|rented|hired|reserved|bought|paid|been|gone|had been|hated|missed"
        "|met|saw|found|made|cancelled|canceled|lost|drove|ordered|heard|read|told|said|thought|planned|chose|picked"
        "|arranged|organi[sz]ed|begged|urged|wanted|asked|ordered|promised|gave|sent|wrote|kept|won|sold)",
    )
    + r"\b"
)
POLITE_PAST = re.compile(
    r"\b(?:i|we) (?:was|were) (?:just )?"
    + any_of("wondering, hoping, looking, wanting, thinking you, going to ask, calling")
    + r"\b|\b(?:i|we) (?:just )?wanted to (?:book|reserve|get|rent|hire|arrange|order|buy|make)\b"
)
INFO = any_of(
    r"know, ask, check, compare, hear, learn, understand, find out, see (?!\w+ for), look (?:at|into|up|around)",
    "discuss, talk, think, tell, information, info, details, advice, ideas?, recommendations?, suggestions?",
    "inspiration, tips, quotes?, quotations?, prices?, pricing, list, options, estimates?, overview, opinion, guide",
    "map, visas?, weather, forecast, restaurants?, insurance, brochures?, catalogues?, reviews?, deals?, offers?",
    "availability, schedules?, timetables?, examples?, difference, status, update, invoice, receipt, itinerary",
    "comparison, refunds?, money, reimbursements?, compensation, boarding pass(?:es)?, confirmation, copy, proof",
    "credit",
    "help with (?:my|our|his|her|their|the), vouchers?, complaint, claim, support, apology, seat map, baggage, luggage",
)
PRICE = re.compile(
    r"\b"
    + any_of(
        "how much, how expensive",
        r"what (?:is|are|would|does|do|will)(?: \w+){0,6} "
        "(?:cost|costs|price|prices|fare|fares|rate|rates|charge|charges)",
        "cost of, prices? (?:for|of|to), price range, price of",
        "(?:what|how) (?:is|are) the (?:price|cost|fare|rate)s?, costs?, price check, quote",
    )
    + r"\b"
)
VERB = any_of(
    "book, reserve, get, have, arrange, organi[sz]e, plan, rent, hire, order, buy, purchase, make, schedule, secure",
    "set up, set, sort out, sort, grab, take, find, go, travel, fly, visit, see, stay, spend, head, escape, explore",
    "leave, depart, do, pick up, fix, put, jet, hop, nip, come, be, pop, drive, sleep, holiday, vacation, honeymoon",
    "check in, check into, check us, check me, treat, start, request, bring, send, give, whisk, fetch, line up",
    "lock in, catch, jump on, hop on, board, return, use, help me, help us, help, experience, enjoy, discover",
    "celebrate, use, surprise, spoil",
)
ONE_VERB = re.compile(VERB)
ACTION = re.compile(rf"{VERB}\b")
INFORMATION = re.compile(rf"\b{INFO}(?= |$)")
LOOKS_FOR = re.compile(r"(?:see|look) \w+ for\b")
SPEAKER = re.compile(r"\b(?:i|we)\b")
ARTICLE = re.compile(r"(?:a|an|the|some|1)\b")
WHO = any_of(
    r"(?:i|we|my \w+ and i|\w+ and i|me and my \w+|us|(?:the )?(?:2|3|4|5|6|both|all) of us|"
    r"my (?:whole )?family|our (?:\w+ )?(?:team|group|family)) "
)
ADVERB = (
    "(?:"
    + any_of(
        "really, just, very much, quite, also, only, now, still, desperately, urgently, absolutely, definitely, simply",
        "so, both, all, much, then, actually, probably",
    )
    + " )*+"
)
DESIRE = re.compile(
    rf"^{WHO}?{ADVERB}"
    + any_of(
        f"would {ADVERB}(?:like|love|prefer|appreciate|want|need|enjoy|welcome|fancy|be interested in|be looking for)",
        "want, wants?, need, needs?, require, requires?",
        f"(?:am|are|is) {ADVERB}(?:looking (?:for|to|into)|after|in need of|in the market for|searching for|seeking"
        "|hoping (?:to|for)|trying to|dying to|keen to|eager to|ready (?:to|for)|desperate (?:to|for)"
        "|interested in|in dire need of)",
        "looking (?:for|to), hoping to, trying to, seeking, searching for, in need of, interested in booking",
        "interested in, have (?:got )?to, have got to, must, got to, should like, feel like, fancy, fancies",
        "could (?:really )?(?:use|do with), (?:was|were) (?:just )?(?:hoping|looking|wanting) (?:to|for), wanted to",
        "will (?:take|have|need|want|go (?:for|with)|be needing|require), plan to, intend to, deserve",
        "can not do without, wish to, would be (?:grateful|thankful|glad|happy) (?:for|of|about)",
        "would rather(?: have)?, request, demand, crave, long for, like to",
    )
    + r"(?= |$)"
)
MODAL_ASK = re.compile(
    r"\b"
    + any_of(
        "(?:can|could|would|will|may|might) (?:not )?(?:you|i|we|someone|anyone|anybody|somebody)",
        "do you (?:think|reckon) (?:you|we|i) (?:could|can|might)",
        "would you (?:be able to|be so kind as to|be kind enough to|be willing to), are you able to, is it possible to",
        "would it be possible to, is there any (?:way|chance)(?: that)? (?:you|i|we) (?:could|can)",
        "any chance (?:you|i|we) (?:could|can), any chance of, is there a way to, would you mind, do you mind, mind",
        "why do not you, why not, possible to, am i able to, is there a chance you could, could it be possible to",
    )
    + "(?: "
    + any_of(
        "please, possibly, kindly, mind, happen to, perhaps, maybe, quickly, just, also",
        "go ahead and, help me, help us",
        "help me to, then, be able to, so kind as to, not, simply",
    )
    + r"(?= ))*+ (?P<rest>.*)$"
)
IMPERATIVE = re.compile(
    r"^"
    + any_of(
        "book(?:ing)?, reserve, get, find, arrange, organi[sz]e, plan, rent, hire, fly",
        r"send(?= (?:me|us|my \w+) (?:to|on)\b), take(?= (?:me|us|my)\b), sort, set, make, order, buy, purchase",
        r"grab, schedule, secure, fix, give, put, bring(?= (?:me|us|my)\b), fetch, pick, line up, lock in, whisk, add",
        r"check(?= (?:me|us)\b), sign(?= (?:me|us)\b), treat, jet, request, requesting, requested, let us, let me",
        "help (?:me|us), get us, time for, time to book, go for",
    )
    + r"(?= |$)"
)
QUESTION = re.compile(
    r"^"
    + any_of(
        "what, how, when, where, which, who, whose, why, is, are, am, was, were, do, does, did, has, have, had, will",
        "should, shall, any, anything, can, could, would, may, might, tell me, show me, explain, recommend, suggest",
        r"compare, check(?! ?-?(?:in|out)\b), list, describe, search, look, got any, know any, whats, hows, wheres",
        "whens, got, advise, inform, let me know, find out",
        "give me (?:a list|some info|information|advice|ideas|prices)",
    )
    + r"\b"
)
FINITE = re.compile(
    r"\b"
    + any_of(
        "is, are, i am, was, were, has, have, had, does, do, did, will, would, can, could, should, shall, costs?",
        "leaves?, departs?, arrives?, goes, go, went, seems?, looks?, sounds?, lives?, loves?, likes?, hates?, wants?",
        "needs?, takes?, makes?, knows?, says?, said, told, thinks?, works?, starts?, began, opened, closed, stinks?",
        "sucks?, rocks?, rules?, comes?, came, gets?, got, runs?, keeps?, means?, became, becomes?, remains?, feels?",
        "took, landed, arrived, departed, left, failed, kept, gave, taught, stood, ran, felt, happened, offers?",
        "serves?, reminds?, changed, crashed, burned, inspired, was, beats, differs?",
    )
    + r"\b"
)
LEAD = re.compile(
    r"^"
    + any_of(
        "for, on, in, from, at, between, starting, next, this, tomorrow, today, to, during, over, around, by, as",
        "since, with, after, before, because",
    )
    + r" (?:\S+ ){0,12}?(?:, )?(?=(?:i|we|can you|could you|would you|please|my \w+ and i) )"
)
"""Words before the subject: `for our anniversary, we would like …`."""
VERB_INSIDE = re.compile(
    r"\b(?:my|our|his|her|their|the|[a-z]+s|who|people|kids|parents) (?:fly|stay|sleep|go|travel|visit|drive|rent)\b"
)
THING = re.compile(
    r"\b"
    + any_of(
        "trips?, flights?, hotels?, rooms?, cars?, holidays?, vacations?, getaways?, tickets?, package, honeymoon",
        "rental",
    )
    + r"\b"
)
THING_WITH_OFFERS = re.compile(
    r"\b" + any_of("trips?, flights?, hotels?, rooms?, cars?, holidays?, vacations?, getaways?, tickets?") + r"\b"
)
"""Things of which there are prices and offers to ask for."""
TELLING_HEAD = re.compile(
    r"\b"
    + any_of(
        "of (?:my|our|the|a|his|her), about, someone, somebody, anyone, anybody, everyone, everybody, nobody, people",
        r"who, undo, delete, print, describe, \w+ed (?:a|an|the|my|our|his|her|their|2|3|4|5), after, before, since",
    )
    + r"\b"
)
TELLING_TAIL = re.compile(
    r"\b"
    + any_of(
        "cancelled, canceled, delayed, booked, overbooked, missed, lost, ruined, confirmed, done, paid, sold out",
        "failed, rocked, sucked, (?:in|under) my name, no chance, not a chance, no way",
    )
    + r"\b"
)
ASKS_HOW = re.compile(
    any_of(
        "where, when, how, which, who, whose, what(?! (?:i|we) (?:need|want|would like))",
        "why(?! (?:do|don't) not you)",
    )
    + r"\b"
)
BARE_VERBS = frozenset(
    ("fly", "stay", "sleep", "travel", "visit", "spend", "go", "drive", "rent", "return", "escape", "explore")
)
NOT_FOR_ME = re.compile(
    any_of(
        "bring, send, give, do, use, see, put, take (?:my|our|his|her|their), come, start, leave",
        "return, sleep, sort, treat, check, pick, enjoy",
    )
    + r"\b"
)
TELLING_SUBJECT = re.compile(
    any_of("my, our, his, her, their, your, he, she, they, it, that, this, i, we, you") + r"\b"
)
GERUND = re.compile(
    r"^"
    + any_of("booking, reserving, getting, arranging, organi[sz]ing, finding, renting, hiring, making, sorting")
    + r"\b"
)
IDLE_ACTION = re.compile(
    any_of("see, find out, use, be(?! (?:in|at|on)), come, enjoy, do(?! (?:me |us )?(?:a|an|[0-9])), experience")
    + r"\b"
)
INFINITIVE = re.compile(
    r"(?:(?:for )?(?:you|us|me|someone|him|her|them|my \w+) )?to (?:please |just |also |maybe |quickly )?(?P<what>.*)$"
)
NEGATED_START = re.compile(any_of("no, not, skip, forget, without, neither") + r"\b")
NEGATED = re.compile(
    r"\b(?:do|does|did|will|would|can|could|should|am|are|is|have|must) not (?:\w+ ){0,2}?"
    + any_of(
        "want, need, book, reserve, get, like, wish, go, going, looking, buy, hire, rent, require, fancy, feel, make",
        "take, travel, fly, planning, have to, be, interested, arrange, order, charge, trust, think, plan",
    )
    + r"\b|\bnever (?:book|want|go|fly|get|take|travel)|\bplease do not\b|^do not\b|\bno need\b"
    + r"|\blet us not\b|\brefrain\b|\bunder no circumstances\b|\bin no case\b"
    + r"|\b(?:rather|prefer|better) not\b|\bno (?:trip|flight|hotel|car|holiday|vacation)s?\b.*$"
)
POLITE_NEGATION = re.compile(r"(?:can|could|will|would) not (?:you|we)\b")
