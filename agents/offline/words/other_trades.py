"""Things of other trades, which are asked for like ours and cannot be booked here."""

import re

from agents.offline.patterns import any_of

_EVENT = any_of(
    r"match(?:es)?, games?, concerts?, operas?, ballets?, musicals?, gigs?, festivals?, finals?, derby, plays?",
    r"theatres?",
    "theaters?, cinemas?, movies?, films?, shows?, museums?, gallery, galleries, exhibitions?, zoo, aquarium",
    "stadium, arena",
    "world cup, olympics, cup, league, race, grand prix, circus, premiere, party, ball, tower, palace, castle",
    "cathedral",
    "eurostar, tgv, trains?, bus, coach, ferry, tram",
    "louvre, colosseum, vatican, uffizi, prado, alhambra, park, fair, expo, tournament, wrestling, boxing, raffle",
    "lottery",
)
THING = re.compile(
    r"\b"
    + any_of(
        "(?:train|rail|railway|bus|coach|ferry|tram|metro|subway|eurostar|interrail) (?:tickets?|pass(?:es)?|seats?)",
        r"trains?, bus(?:es)?, coach(?:es)?(?! class), ferry, ferries, trams?, cruises?, taxis?, cabs?, ubers?",
        r"limo service",
        r"boats?, yachts?, sailboats?, kayaks?, canoes?, jet-?skis?, bikes?(?! (?:trip|holiday|tour)), bicycles?",
        r"e-bikes?",
        "scooters?, mopeds?, motorbikes?, motorcycles?, vespas?, helicopters?, private jets?, balloons?, segways?",
        "horses?",
        "(?:ski|lift) pass(?:es)?, skis, snowboards?, surfboards?, visas?, passports?, insurance, vaccinations?",
        "restaurants?, tables?, dinner, lunch, brunch, pizzas?, burgers?, sushi, food, takeaway, groceries",
        "catering, coffee",
        "babysitters?, nann(?:y|ies), tour guides?, (?:guided|walking|city|day|boat|bus|wine|food|bike) tours?",
        "massages?",
        r"(?:boat|(?<!\d )(?<!\d - )day|bus|balloon|school|field|shopping) trips?, safari jeep",
        "whale watching, bungee jump, skydive",
        "spa (?:day|treatment|visit|appointment)s?, haircuts?, hairdressers?, manicures?, facial, doctors?",
        "dentists?, vets?",
        "appointments?, parking(?: (?:space|spot|place)s?)?",
        "(?:meeting|conference|escape|function|board|party|class|karaoke|exam) ?rooms?",
        "ballrooms?, venues?, offices?, desks?, cowork\\w*, tennis courts?, squash courts?, courts?, tee times?",
        "(?:zoo|museum|concert|opera|theatre|theater|football|match|cinema|movie|film|festival|circus) tickets?",
        "seats? (?:at|in|for) (?:the|a|an) \\w+, flowers, roses, cakes?, gifts?, presents?, parcels?, letters?",
        "laptops?",
        "phones?, sim cards?, e-?sims?, currency, translators?, photographers?, plumbers?, electricians?",
        "cleaners?, movers?",
        "concerts?, operas?, ballets?, musicals?, gigs?, match(?:es)?, lessons?, course, classes, workshops?",
        "conference",
        "storage, lockers?, houses? to buy, loans?, mortgages?, jobs?, dog sitters?, shoes",
        "songs?, jokes?, poems?, stor(?:y|ies), recipes?, homework, essays?, code, reminders?, alarms?, wake-up call",
    )
    + r"\b"
)
TICKETS_TO_EVENT = re.compile(
    rf"\btickets? (?:for|to|at) (?:(?:the|a|an|this|tonight's) )?(?:[\w'.-]{{1,20}} ){{0,4}}?{_EVENT}\b"
    r"|\btickets? for (?!me|us|my|our|the|him|her|them|both|all|everyone|\d|a |two|three|four|five)[\w'.-]{1,20}"
    r"(?: [\w'.-]{1,20}){0,3} (?:in|at) "
)
OURS = re.compile(
    r"\b"
    + any_of(
        "flights?, fly, plane, planes, hotels?, motels?, rooms?, suites?, cars?, vehicles?, vans?, trips?, holidays?",
        "vacations?, getaways?, honeymoon, accommodation, apartments?, villas?, hire cars?, rental",
    )
    + r"\b"
)
"""Things of ours. One that is named before a thing of another trade is what is asked for."""
BESIDE = re.compile(
    r"\b"
    + any_of(
        "for, near, nearby, to, at, by, from, of, after, before, with, in, on, without, no, not, beside, during, via"
    )
    + r"(?: (?:the|a|an|my|our|his|her|their|some|any|this|that|local|next|nearest))?(?: [\w'-]{1,20}){0,1} $"
)
"""The words before a thing that only says where or why: `near the `."""
UNKNOWN_THING = re.compile(
    "^(?:(?:please|can|could|would|will|you|i|we|need|needs|want|wants|like|would|to|book|reserve|rent|hire|get|buy"
    "|order|find|arrange|organi[sz]e|make|give|send|bring|have|sort|out|fix|purchase|me|us|him|her|them|for|also|just"
    "|looking|after) )*+"
    r"(?:a|an|some|another) (?P<thing>[a-z][a-z'-]{1,20})\b"
)
"""Words that ask for something by an article: `rent a kayak …`."""
TIMES_AND_PRAISE = re.compile(
    any_of(
        "nights?, days?, weeks?, weekends?, fortnight, months?, couple, few, bit, lot, short, long, quick, nice",
        "lovely, good",
        "great, beautiful, romantic, relaxing, quiet, little, wonderful, sunny, perfect, proper, total, whole",
        "full, half, solid",
        "relaxed, cosy, cozy, fun, family, single, double, minimum, maximum, extended, much-needed, well-deserved",
        "dozen, busy",
        r"\d+(?:-\w+)?, stopover",
    )
)
"""Words after an article that name no thing."""
