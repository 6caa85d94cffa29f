"""Lists of words that the rules share."""


def words(*lines: str) -> frozenset[str]:
    """Return the words of some lines as a set."""
    return frozenset(word for line in lines for word in line.split())


PARTICLES = words(
    "de da do dos das del della di du des la le les el al am an der den of on upon sur sul y e i van ben bin the"
)
"""Small words that may stand inside a place's name; lower case there."""

NAME_STARTS = words(
    "new san santa santo sankt saint st st. ste sta. los las la el le rio cape fort ft port puerto porto "
    "punta playa costa",
    "kuala buenos hong tel abu sri south north east west united isle isla lake mount mt mt. salt sierra "
    "ho da phnom addis",
    "dar são sao key palm palma monte villa bora cabo ciudad chiang koh ko grand great las bad baden ras "
    "sharm siem luang",
    "santiago cote côte são half upper lower central el-",
)
"""First words of names that go on: after them a small word still belongs to the name."""

PAIRED_NAMES = words(
    "trinidad bosnia antigua turks kitts nevis vincent tomé tome saint sao são tyne herzegovina wallis st."
)
"""Names with `and` inside: Trinidad and Tobago, Turks and Caicos."""

KEPT_ARTICLES = words("hague gambia")
"""Places that keep their `The`."""

NICKNAMES = {
    "nyc": "New York",
    "la": "Los Angeles",
    "sf": "San Francisco",
    "uk": "UK",
    "usa": "USA",
    "us": "USA",
    "uae": "UAE",
    "kl": "Kuala Lumpur",
    "dc": "Washington, D.C.",
}

REGIONS = words(
    "afghanistan alabama alaska albania algeria andorra angola argentina arizona arkansas armenia "
    "australia austria azerbaijan",
    "bahamas bahrain bangladesh barbados bavaria belarus belgium belize bolivia botswana brazil brittany "
    "bulgaria california",
    "cambodia canada catalonia chile china colombia colorado connecticut cornwall crete croatia cuba "
    "cyprus czechia denmark",
    "delaware ecuador egypt england estonia ethiopia fiji finland florida france georgia germany ghana "
    "greece guatemala hawaii",
    "honduras hungary iceland idaho illinois india indiana indonesia iowa iran iraq ireland israel italy "
    "jamaica japan jordan",
    "kansas kentucky kenya kuwait laos latvia lebanon lithuania louisiana luxembourg madagascar maine "
    "malaysia maldives malta",
    "manitoba maryland massachusetts mauritius mexico michigan minnesota mississippi missouri monaco mongolia montana",
    "montenegro morocco mozambique myanmar namibia nebraska nepal netherlands nevada newfoundland "
    "nicaragua nigeria normandy",
    "norway ohio oklahoma oman ontario oregon pakistan panama paraguay pennsylvania peru philippines "
    "poland portugal provence",
    "qatar quebec québec romania russia rwanda sardinia scotland senegal serbia sicily singapore slovakia "
    "slovenia spain",
    "sweden switzerland taiwan tanzania tasmania tennessee texas thailand tobago tunisia turkey tuscany "
    "uganda ukraine uruguay",
    "utah vermont vietnam virginia wales washington wisconsin wyoming yorkshire zambia zimbabwe alberta "
    "andalusia kerala bali",
    "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc "
    "nd oh ok or pa ri sc",
    "sd tn tx ut vt va wa wv wi wy dc uk usa u.s. u.s.a. d.c. uae bc nsw",
)
REGION_PHRASES = words(
    "new-york new-zealand new-jersey new-mexico south-africa north-carolina south-carolina south-korea"
) | words(
    "british-columbia costa-rica sri-lanka saudi-arabia united-kingdom united-states nova-scotia "
    "new-brunswick west-virginia",
    "south-australia western-australia south-dakota north-dakota new-hampshire rhode-island "
    "northern-ireland puerto-rico",
    "dominican-republic czech-republic el-salvador",
)
"""Countries, states and provinces that may follow a town after a comma."""

STOP = words(
    "a an and or but the for from on in at with by to into onto of as if so than then that this these "
    "those there here it its",
    "i you he she we they me us him her them my our your his their who whom which what when where why how "
    "is am are was were",
    "be been being do does did done have has had will would shall should can could may might must not no "
    "nor yes please thanks",
    "thank cheers ok okay asap now soon later today tonight tomorrow only just too also instead again "
    "already still ever never",
    "maybe perhaps starting beginning leaving departing arriving returning going coming flying including "
    "included plus without",
    "near nearby around about until till because since while before after during between within over "
    "under per each every all",
    "any some both either neither another other others own same such very really quite rather much many "
    "more most few less",
    "book booking booked reserve reserved reservation get need want like look looking trip trips flight "
    "flights hotel hotels",
    "room rooms car cars holiday vacation getaway break package honeymoon ticket tickets stay night "
    "nights day days week weeks",
    "weekend month months fortnight return one-way round-trip roundtrip direct nonstop non-stop economy "
    "business first-class",
    "people person persons adults adult children kids child guests guest passengers couple family friends "
    "alone together",
    "hello hi hey good great nice cheap cheapest best preferably ideally possible possibly actually sorry "
    "wait hmm um uh well",
    "right sure fine great lovely perfect super urgently quickly immediately shortly hire rental rent "
    "renting via mate love",
    "sometime anytime whenever whatever wherever however though although otherwise etc dates date length nights: days:",
    "you're i'm i'd i'll i've we'd we're we'll we've it's that's let's don't can't won't isn't aren't doesn't didn't",
    "cost costs price prices sounds look looks seems want wants needs needed wanted ago last next early "
    "late end start begins",
    "accommodation lodging vehicle suv van plane flights: hotel: travel travelling traveling visit visiting see seeing",
    "back dunno idk yep yup nah eh huh ha haha lol wow anyways whoops oops goodbye bye ciao excellent awesome "
    "correct exactly true false",
    "test testing option options something nothing none both surprise choose pick weather visa restaurant "
    "refund cancel sorry",
    "help thx ta pls plz kindly luv mister sir madam everyone honey dear darling buddy pal man dude bro folks guys",
)
"""Words that end a place's name written in small letters."""

NOT_PLACES = words(
    "somewhere anywhere nowhere everywhere there here it them him her me us you this that these those my "
    "our your his their",
    "a an some any every all bed work home sleep town mind advance total cash order general particular "
    "fact case touch time",
    "need love charge english person people two abroad overseas away board hand hurry peace style comfort "
    "luxury school church",
    "dinner lunch breakfast nature business pleasure fun holiday vacation vacations holidays trips "
    "flights hotels cars sum",
    "morning mornings evening evenings afternoon midday noon midnight night dawn addition return "
    "particular seconds minutes",
    "hours euros dollars pounds usd eur gbp details detail short brief question trouble doubt future past "
    "meantime least most",
    "once first last best worst cheap good bad better next friends family mum mom dad kids myself "
    "ourselves yourself someone",
    "anyone everyone nobody nothing something anything everything one both either yes no maybe ok okay "
    "thanks whichever",
    "whatever hell heaven date store shape tears writing person-to-person keeping case spite light view black white",
)
"""Words that never are, or begin, a destination."""

COMMON_THINGS = words(
    "beach airport city centre center sea seaside mountains mountain coast country countryside weekend "
    "morning office conference",
    "wedding end start beginning family kids next whole usual same cheapest best earliest first last "
    "price cost hotel flight car",
    "car-hire trip holiday vacation room station middle meantime area region place places town village "
    "world moon sun snow desert",
    "forest lake river island islands hills woods jungle tropics winter summer spring autumn way other "
    "one two three airport's",
    "future past evening afternoon night day week month year time shops museum museums theatre opera "
    "stadium venue festival",
    "event meeting office branch desk front back top bottom left right side rest details following above "
    "below option options",
    "name phone internet web app website bank doctor dentist gym park pool bar pub restaurant kitchen "
    "kind most moment nearest",
    "closest fastest quickest above latest minute dates length budget max maximum minimum destination "
    "question request offer",
    "south north east west",
)
"""Words after `the` that name no place."""

VERBS = words(
    "go be book get fly travel visit see stay spend rent hire find reserve make take have do know ask "
    "check compare hear learn",
    "cancel change modify move postpone reschedule buy pay leave depart arrive come head drive eat drink "
    "sleep relax rest work",
    "meet attend celebrate explore discover enjoy organise organize arrange plan order purchase secure "
    "schedule try help give",
    "keep bring send show tell talk speak think thank say let put pick return start begin finish end look "
    "listen understand",
    "figure sort set fix add remove include exclude use need want like love hate prefer choose decide "
    "consider dream wish hope",
    "escape unwind swim ski surf dive hike walk run climb sail cycle camp fish golf shop dance party join "
    "follow call phone",
    "email write read watch wait stop avoid save bother confirm complete continue proceed discuss share "
    "surprise propose marry",
    "live move retire study teach train play win lose bear feel become seem remember forget mention point "
    "clarify explain grab",
    "experience accompany catch treat tour wander switch swap upgrade extend shorten pop nip hop jet "
    "whisk crash kick have",
    "cost happen refund complain report review rate recommend suggest answer reply respond wash carry park",
)
"""Base forms that make a `to` before them an infinitive and not a direction."""

DESCRIBING = words(
    "sunny beautiful lovely gorgeous wonderful amazing downtown central greater old historic rainy snowy "
    "nearby romantic",
    "magical exotic charming glorious fabulous good nice little big",
)
"""Words before a place's name that are no part of it."""
