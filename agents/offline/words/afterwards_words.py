"""The words by which a traveller speaks of what was booked before."""

import re
from typing import Literal

from agents.offline.patterns import any_of

Topic = Literal[
    "status",
    "bookings",
    "price",
    "receipt",
    "confirmation",
    "company",
    "flight_number",
    "hotel_name",
    "times",
    "dates",
    "place",
    "cancellation",
]
"""A thing to ask about: each is answered from the trip's own record."""

_IT = r"(?:it|that|this|them|those|these|everything|all|the (?:\w+ )?\w+|my \w+|our \w+)"
_PAID = any_of("pay, paid, owe, charge, charged, cost, spend, spent, debit, debited, bill, billed")
KEEPS = re.compile(
    r"\b(?:do not|don't|dont|never|not to|no need to|please do not) (?:you )?(?:cancel|change|move|undo|touch)\b"
)
"""Words that forbid what they name."""

_PHRASES_OF_TOPICS: tuple[tuple[Topic, str], ...] = (
    (
        "cancellation",
        any_of(
            "(?:can|could|may) (?:i|we|it|that|this|they) (?:still |also |be )?(?:cancel\\w*|undo\\w*)",
            "what (?:if|happens (?:if|when)) (?:i|we) cancel",
            "cancel\\w* (?:for free|free of charge|fees?|terms?|policy)",
            "cancellation (?:fees?|terms?|policy|cost|conditions?|deadline)",
            "(?:cost|costs|fee|charge) (?:to|of|for) cancel\\w*",
            "(?:is|are) (?:it|they|that|this|the \\w+) (?:still )?(?:refundable|cancellable|cancelable|changeable)",
            "get (?:my|our|the) money back, do i get (?:a refund|anything back)",
            "how (?:do|can|would) (?:i|we) cancel",
            "until when can (?:i|we) cancel, refund policy, is there a fee, late to cancel",
        ),
    ),
    (
        "receipt",
        any_of(
            "receipts?, invoices?, bill, proof of (?:payment|purchase|booking)",
            "(?:send|e-?mail|mail|text) (?:me|us|it|them)",
            "e-?tickets?, boarding pass(?:es)?, vouchers?, paperwork, documents?, papers, itinerary, calendar",
            "ics, pdf, print",
            "confirmation (?:e-?)?mail, tickets? (?:please|by (?:e-?)?mail)",
            "where (?:are|is) (?:my|our|the) tickets?",
        ),
    ),
    (
        "flight_number",
        any_of(
            "flight (?:number|no|code), number of (?:the|my|our) flight, which flight(?: is it| number|$)",
            "gate, terminal",
        ),
    ),
    (
        "confirmation",
        any_of(
            "(?:confirmation|booking|reservation|reference|ref) ?(?:number|no|code|id|reference|#)",
            "confirmation, reference",
            "pnr, record locator, booking ids?",
        ),
    ),
    (
        "price",
        any_of(
            "how much, how expensive, total, the damage, price, sum, amount",
            "what (?:is|was) the (?:\\w+ )?(?:cost|fare|rate|bill)",
            f"what (?:did|does|do|will|would|have|has|was|am|is) (?:i|we|it|that|this|the \\w+|my \\w+|all that)"
            f"(?: \\w+){{0,2}} {_PAID}",
            f"(?:was|were|am|have) (?:i|we) (?:\\w+ )?(?:charged|billed|debited), did (?:i|we) {_PAID}",
            "my card, costs?",
            f"have (?:i|we) (?:already )?(?:{_PAID}), fares?, expensive",
        ),
    ),
    (
        "hotel_name",
        any_of(
            "hotel's (?:name|address|phone|number)",
            "(?:name|address|location|phone number) of (?:the|my|our) (?:hotel|place|room)",
            "(?:which|what) (?:hotel|place)(?! did you book for), (?:what is|what's) (?:the|my|our) hotel",
            "hotel called",
            "what(?:'s| is) (?:the|my|our) (?:hotel|place) called",
            "where (?:am|are|do|will) (?:i|we) (?:be )?(?:stay|staying|sleep|sleeping)",
            "(?:the|my|our) hotel name, hotel name, hotel address, where is (?:the|my|our) hotel, how many stars",
        ),
    ),
    (
        "company",
        any_of(
            "(?:which|what) (?:airline|carrier|company|supplier|agency|plane|car|model|rental company|car company)",
            "(?:airline|carrier|company)'s name",
            "name of (?:the|my|our) (?:airline|carrier|company|car company), airline\\?",
            "who (?:do|am|are|is|will|does) (?:i|we|it|that|the \\w+|my \\w+)? ?"
            "(?:fly|flying|operat\\w+|rent\\w*|hir\\w*|with)",
            "who (?:operates|runs|flies), with (?:whom|which airline|what airline|which company)",
            "what kind of car, airline name",
            "what make is",
        ),
    ),
    (
        "times",
        any_of(
            "what time, at what hour",
            "(?:departure|arrival|check-?in|check-?out|pick-?up|take-?off|landing|boarding) times?",
            "when (?:do|does|is|am|are|will|can|should) (?:i|we|it|the|my|our)(?: \\w+){0,2} "
            "(?:leav\\w+|depart\\w*|land\\w*|arriv\\w+|tak\\w+ off|check (?:in|out)|pick|board\\w*|collect|be at)",
            "how early, which hour, how late, morning or",
        ),
    ),
    (
        "dates",
        any_of(
            "(?:what|which) (?:day|date|dates|days|week)s?, on which, when (?:is|was|are|does|do|did|will) "
            "(?:it|that|this|the|my|our|i|we), from when, until when, how long, how many (?:nights|days)",
            "when (?:am|are|do) (?:i|we), the dates?, when exactly, when again, when$, when (?=\\?)",
        ),
    ),
    (
        "bookings",
        any_of(
            "what (?:have|has|did|do) (?:i|we|you) (?:\\w+ )?(?:book|booked|reserve|reserved|got|have)",
            "what(?:'s| is) booked",
            "(?:list|show|see|view|check|give|tell|repeat|summari[sz]e)(?: me)? (?:all )?(?:of )?(?:my|our|the) "
            "(?:bookings?|trips?|reservations?|flights?|hotels?|plans?|order)",
            "(?:my|our) (?:bookings|trips|reservations)",
            "which (?:trips|bookings|reservations), summary, sum up, overview, remind me what, details",
        ),
    ),
    (
        "place",
        any_of(
            "where (?:is|was|are|to|am|did|do|does|will), (?:which|what) (?:city|town|place|airport|country)",
            "(?:what|which) destination",
        ),
    ),
    (
        "status",
        any_of(
            "(?:did|has|have) (?:that|it|this|everything|the \\w+|my \\w+|they)(?: all)? "
            "(?:work|worked|go|gone|went|succeed|succeeded|get|been|happen\\w*)",
            f"(?:is|was|are|were) {_IT}(?: (?:all|now|really|already|actually|still|in)){{0,3}} "
            "(?:booked|confirmed|done|set|ok|okay|fine|final|reserved|through|good|sorted|safe|valid|on|active|paid|ready)",
            "(?:did|have|are|were) you (?:\\w+ )?(?:book|booked|reserve|reserved|done|manage|able|sure|finish\\w*)",
            "(?:am|are) (?:i|we) (?:all |now |really |still ){0,3}(?:booked|set|confirmed|good|done|in|going)",
            "status, any news",
            "(?:what|how) (?:is|was|about|are|happened|does)(?: \\w+){0,3} "
            "(?:status|happening|going|to it|my \\w+|our \\w+)",
            "what happened, all (?:good|set|done|ok|okay|fine|sorted|booked)",
            "everything (?:ok|okay|fine|booked|set|alright)",
            "(?:it|that) worked, so (?:it|that) is booked, ^booked, ^done, ^confirmed, success",
            "went through, go through",
            "still (?:on|valid|booked), (?:really|actually) booked, are we good, how did (?:it|that) go",
        ),
    ),
)
TOPICS: tuple[tuple[Topic, re.Pattern[str]], ...] = tuple(
    (topic, re.compile(rf"\b(?:{phrases})\b")) for topic, phrases in _PHRASES_OF_TOPICS
)
"""In this order: `can I cancel for free` asks about cancelling, although it names a price as well."""

CANCELS = re.compile(
    r"\b"
    + any_of(
        f"(?:cancel|undo|annul|revoke|scrap|call off|drop|delete|remove|reverse|get rid of|void|forget|scratch) {_IT}",
        f"call {_IT} off, ^cancel, cancel(?:lation)? please, please cancel, (?:want|need|like|have) to cancel",
        f"take {_IT} back",
        f"(?:do not|don't|dont) (?:want|need) {_IT} (?:any ?more|any longer|after all), no longer (?:want|need) {_IT}",
        "changed my mind, changed our minds, (?:want|like|get) (?:a|my) (?:refund|money back), cancel\\b[^?]{0,20}$",
    )
    + r"\b|^undo\b"
)
CANCELS_NOTHING = re.compile(r"\b(?:cancelled|canceled|was cancel\w*|cancelling|if (?:i|we) cancel)\b")
AGAIN = re.compile(
    r"\b"
    + any_of(
        "same again, the same, same (?:thing|one|trip|hotel|flight|car|for|to|in|on), ditto, likewise",
        "once (?:more|again)",
        "(?:book|do|repeat|reserve|order) (?:it|that|this|the same|the trip) (?:again|once more|for|to|in)",
        "another (?:one|1)",
        "(?:one|1) more of (?:these|those|them|the same), (?:a|1) (?:2nd|second) one, do (?:that|it) again, ^again",
        "and (?:now )?(?:one )?for \\w+ too, repeat (?:it|that|this), copy (?:it|that)",
    )
    + r"\b"
)
CHANGES = re.compile(
    r"\b"
    + any_of(
        "make (?:it|that|this|them|the \\w+), change, move, shift, postpone, reschedule",
        "bring (?:it|that|the \\w+) forward",
        "extend, prolong, shorten, lengthen, push (?:it|that|the \\w+|back), switch, modify, amend, adjust, delay",
        "rebook, swap",
        "instead, rather, i meant?, no wait, wait, actually, sorry, oops, correction, my mistake, earlier, later",
        "longer, shorter",
        "should (?:be|have been), was supposed to be, was meant to be, stay(?: on)?, add, more, extra, less",
        "fewer, another night",
        "turn (?:it|that) into, put (?:it|that) (?:on|to|back), set (?:it|that) to, not",
    )
    + r"\b|(?:^|[!.,] )(?:no|nope|nah|oh|shift)\b"
)
CHANGES_BY_NAME = re.compile(
    r"\b(?:change|modify|amend|reschedule|postpone|rebook|adjust|move) (?:it|that|this|them|the|my|our)\b"
)
_COUNT = r"(?P<{name}>\d+|an?|another|one)"
_UNITS = "(?P<{name}>night|day|week)s?"
SHIFT = re.compile(
    rf"\b{_COUNT.format(name='count')} (?:full )?{_UNITS.format(name='unit')} "
    r"(?P<way>later|earlier|sooner|after|before)\b"
    r"|\b(?:postpone|delay|move|push|shift|bring)\b[^.!?]{0,30} by "
    rf"{_COUNT.format(name='by')} {_UNITS.format(name='by_unit')}(?P<back> (?:back|earlier|forward))?"
)
LONGER = re.compile(
    rf"\b{_COUNT.format(name='count')} (?:more |extra |additional |further )?{_UNITS.format(name='unit')} "
    "(?P<way>longer|more|extra|less|fewer|shorter)"
    r"|\b(?P<add>add|extend|prolong|shorten|cut|another|1 more|1 extra|an extra|1 less|1 fewer|plus)\b"
    rf"[^.!?]{{0,20}}?(?:by |for )?(?P<by>\d+|an?|another|one)? ?(?:more |extra |additional )?"
    r"(?P<by_unit>night|day|week)s?\b"
)
BACKWARD = frozenset({"earlier", "sooner", "before", "less", "fewer", "shorter", "shorten", "cut", "1 less", "1 fewer"})
"""Words of a shift or an extension that make it go the other way."""
LEADS_TO_PLACE = frozenset({"for", "to", "in"})
CORRECTS = re.compile(r"^(?:no|nope|nah|oh|wait|sorry|oops)\b|\b(?:i meant?|instead)\b")
"""Words that mend what was booked rather than ask for more."""
