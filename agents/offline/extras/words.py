"""The words that name travellers, a flight back and a budget."""

import re

from agents.offline.patterns import any_of
from domain.components import ToolName

_YOUNG = any_of("kids?, children, child, infants?, bab(?:y|ies), toddlers?, teens?, teenagers?, sons?, daughters?")
_OLD = any_of("friends?, mates?, colleagues?, coworkers?, co-workers?, relatives?, cousins?, others?, more people")
_PEOPLE = any_of(
    "people, persons?, adults?, travell?ers?, passengers?, guests?, pax, tourists?, of us, grown-ups?, seniors?",
    "students?, pensioners?, men, women, girls, boys, guys, ladies, friends, colleagues, family members",
    "(?:(?:return|open|single|one-way|round-trip|plane|air|airline|flight|economy) ){0,3}(?:tickets?|seats?)",
)
_SIZE = any_of("small, young, little, older, grown-up, teenage, other, good, close, best")
_MORE_YOUNG = rf"(?: ?(?:, and|,|and|plus|with|\+|&) (?:(?:my|our|the) )?{{n}} (?:{_SIZE} )?{_YOUNG})?"
_WITH_YOUNG = _MORE_YOUNG.format(n=r"(?P<b>\d+)") + _MORE_YOUNG.format(n=r"(?P<c>\d+)")
_NO_LENGTH = (
    r"(?![\d.,:/%-])(?! ?(?:[$€£%/+-]|(?:(?!for |in |to |on |from )[a-z-]+ ){0,2}"
    r"(?:nights?|days?|weeks?|months?|years?|hours?|fortnights?|weekends?)\b"
    r"|or \d|to \d|dollars?|euros?|pounds?|usd|eur|gbp|bucks|k\b|am\b|pm\b|o'clock|-?stars?\b|rooms?\b|cars?\b))"
)
COUNTED = re.compile(
    rf"(?<!\S)(?P<a>\d+)(?: -)? (?:{_SIZE} )?{_PEOPLE}(?!\S){_WITH_YOUNG}"
    rf"|\b(?:family|group|party|team) of (?P<d>\d+)\b{_NO_LENGTH}"
    rf"|\b(?:we are|we're|we will be|we'll be|there are|there'll be|us) (?P<e>\d+)\b{_NO_LENGTH}"
)
"""A number of travellers with a word that says so; children are counted with the adults before them."""
FOR_SO_MANY = re.compile(rf"\bfor (?P<a>\d{{1,2}}){_NO_LENGTH}")
"""A number of travellers without such a word: `a room for 2`."""
ONLY_NUMBER = re.compile(
    r"\W*(?:(?:just|only|we are|we're|for|make it|ok|okay|say|it's|there are) ){0,6}(?P<a>\d+)\b\W*"
)
ONE = re.compile(r"\b(?:just|only) (?:for )?me\b|\bby myself\b|\bon my own\b|\bfor myself\b|\bsolo\b")
PIECES: dict[ToolName, re.Pattern[str]] = {
    "book_hotel": re.compile(r"(?<!\S)(?P<a>[2-9]) (?:(?:hotel|double|single|twin|separate|extra|more) ){0,2}rooms\b"),
    "book_car_hire": re.compile(r"(?<!\S)(?P<a>[2-9]) (?:(?:hire|rental|small|big|large|separate) ){0,2}cars\b"),
}
"""A number of rooms or cars, which follows from that of the travellers."""
PAIR = re.compile(
    r"\b(?:both of us|us both|as a couple|for a couple(?! of)|a couple(?= who| that| from| looking| wanting| needs?\b))"
)
YOUNG_ONE = re.compile(rf"\ban? (?=(?:{_SIZE} )?{_YOUNG}\b)")
_MEMBER = (
    r"(?:my|our|a|an|the|his|her) (?:\w+ )?"
    + any_of(
        "wife, husband, partner, girlfriend, boyfriend, fianc[eé]e?, spouse, mum, mom, mother, dad, father, sister",
        "brother, son, daughter, friend, boss, colleague, mate, grandma, grandmother, grandpa, grandfather, aunt",
        "uncle, cousin, nephew, niece, better half, other half, kid, child, baby, toddler, buddy, assistant, roommate",
        "flatmate",
        "mother-in-law, father-in-law",
    )
    + r"\b"
)
_MEMBERS = rf"(?:(?:my|our|the) )?\d+ (?:{_SIZE} )?(?:{_YOUNG}|{_OLD})\b"
_ITEM = rf"(?:{_MEMBER}|{_MEMBERS})"
_ITEMS = rf"{_ITEM}(?:(?: ,)?(?: and| plus| &| with)? {_ITEM}){{0,5}}"
_SELF = r"(?:i|me|myself)\b"
TOGETHER = re.compile(
    rf"\b{_ITEMS}(?: ,)? (?:and|plus|&) {_SELF}|\b{_SELF}(?: ,)? (?:and|plus|&|with) {_ITEMS}"
    rf"|\b(?:with|bringing|joined by|accompanied by) {_ITEMS}"
)
"""The speaker with others: `my wife and I`, `with a friend`, `me, my husband and our 2 kids`."""
ONE_OF_THEM = re.compile(_MEMBER)
SEVERAL_OF_THEM = re.compile(r"\d+")

CURRENCIES = {
    **dict.fromkeys(("$", "us $", "usd", "us dollars", "us dollar", "dollars", "dollar", "bucks"), "USD"),
    **dict.fromkeys(("€", "eur", "euros", "euro"), "EUR"),
    **dict.fromkeys(("£", "gbp", "pounds", "pound", "quid"), "GBP"),
    **dict.fromkeys(("¥", "jpy", "yen"), "JPY"),
    **dict.fromkeys(("chf", "francs", "swiss francs"), "CHF"),
    **dict.fromkeys(("cad", "canadian dollars"), "CAD"),
    **dict.fromkeys(("aud", "australian dollars"), "AUD"),
    **dict.fromkeys(("inr", "rupees"), "INR"),
    **dict.fromkeys(("sek", "kronor"), "SEK"),
    **dict.fromkeys(("aed", "dirhams"), "AED"),
    **dict.fromkeys(("zar", "rand"), "ZAR"),
}
"""The code of a currency by the signs and words for it."""
_CURRENCY = "|".join(map(re.escape, sorted(CURRENCIES, key=len, reverse=True)))
_NUMBER = r"(?P<{0}number>\d+(?:[.,]\d+){{0,3}})(?P<{0}k> k\b)?"
_LIMIT = any_of(
    "under, below, (?:no|not|nothing) (?:more|over|above)(?: than)?, less than, cheaper than, up to, at most, within",
    "max(?:imum)?(?: of)?, not exceeding, around, about, roughly, spend",
)
_STRICT_LIMIT = any_of(
    "under, below, (?:no|not|nothing) (?:more|over|above)(?: than)?, less than, cheaper than, maximum of, not exceeding"
)
_TOTAL = any_of("in total, total, altogether, all in, all together, for everything, for all of it, all inclusive")
AMOUNT = re.compile(
    rf"(?<!\S)(?P<before>{_CURRENCY}) {_NUMBER.format('')}"
    rf"|(?<!\S){_NUMBER.format('plain_')}(?: (?P<after>{_CURRENCY})(?!\S))?"
)
BUDGET = re.compile(
    rf"(?<!\S)(?:(?:{_CURRENCY}) \d\S*(?: k\b)?|\d\S*(?: k)? (?:{_CURRENCY}))(?!\S)"
    rf"|\bbudget (?:(?:of|is|was|:|,|limit|max|would be|will be|around|about|for \w+(?: \w+)?|at) ){{0,3}}"
    rf"(?:(?:{_CURRENCY}) )?\d\S*(?: k\b)?(?: (?:{_CURRENCY})(?!\S))?"
    rf"|\b{_LIMIT} \d\S*(?: k\b)? {_TOTAL}"
    rf"|\b{_STRICT_LIMIT} \d[\d.,]+(?: k\b)?(?= (?:[,.;!]|please|for|altogether|per|a|each|to|in)(?!\S)|$)"
)
"""An amount of money, or a number that is said to be a budget."""
PER = re.compile(
    r"(?: max(?:imum)?| at most| tops)? (?:(?:a|an|per|each|every|/|for each|for every|by the) )?"
    r"(?P<unit>night|nightly|day|week|person|head|pp|each|traveller|passenger|room|ticket|seat)s?(?!\S)"
)

RETURN_TICKET = re.compile(
    r"\b(?:return|round[ -]trip|roundtrip|two-way|2-way)(?: \w+)? (?:flights?|tickets?|seats?|fares?|airfare|plane)\b"
    r"|\bround[ -]trip\b|\broundtrip\b|\bthere and back\b|\bboth ways\b"
    r"|\b(?:flights?|tickets?) (?:with )?(?:a )?returns?\b(?! to)"
    r"|\b(?:fly|flying|flight|flights) (?:back|home)(?!\S)(?! (?:to|from) )|\b(?:and|&) back(?!\S)(?! to)"
)
"""A flight back is wanted, whether or not its day is named; `a flight back to London` is none."""
COMES_BACK = re.compile(r"\b(?:return(?:s|ing)?|back|home)\b")
