"""The form of a clause: a request, or one of the many things that book nothing."""

from typing import Literal

from agents.offline.lexicon import VERBS
from agents.offline.words import clause_words, form_words, other_trades
from agents.offline.words.phrases import FILLERS, plain

Form = Literal["request", "fragment", "negated", "withdrawn", "maybe", "past", "question", "price", "cannot", "tale"]


def classify(clause: str, *, is_question: bool) -> Form:
    """Return the form of a clause in the plain forms of its tokens.

    `is_question` says that its sentence ends in a question mark.
    """
    if clause_words.THANKS_FOR.match(clause):
        return "tale"
    words = plain(clause)
    # First, because `I was wondering if you could book` sounds like doubt and like the past.
    if polite := form_words.POLITE_MAYBE.search(words):
        return _of_polite_wish(polite["verb"])
    if form_words.WITHDRAWN.search(words):
        return "withdrawn"
    if form_words.PRICE.search(words):
        return "price"
    if _is_negated(words):
        return "negated"
    if form_words.MAYBE.search(words):
        return "maybe"
    if form_words.PAST.search(words) and not form_words.POLITE_PAST.search(words):
        return "past"
    return _of_statement(words, is_question=is_question)


def _of_polite_wish(verb: str) -> Form:
    is_action = bool(form_words.ONE_VERB.fullmatch(verb))
    return "request" if is_action or verb.endswith("ed") else "question"


def _is_negated(words: str) -> bool:
    if form_words.NEGATED_START.match(words):
        return True
    # `Could you not …` is a polite question.
    return bool(form_words.NEGATED.search(words)) and not form_words.POLITE_NEGATION.match(words)


def _of_statement(words: str, *, is_question: bool) -> Form:
    words = FILLERS.sub("", form_words.LEAD.sub("", words))
    if _is_of_other_trade(words):
        return "cannot"
    if form_words.ASKS_HOW.match(words):
        return "question"
    if ask := form_words.MODAL_ASK.search(words):
        return _of_polite_question(words[: ask.start("rest")], ask["rest"])
    if desire := form_words.DESIRE.search(words):
        return _of_wish(words[desire.end() :].strip())
    if form_words.IMPERATIVE.search(words):
        return _request_or_question(words)
    if form_words.CANNOT.match(words):
        return "cannot"
    if form_words.QUESTION.search(words):
        return "question"
    if _is_tale(words):
        return "tale"
    return "question" if is_question else "fragment"


def _is_of_other_trade(words: str) -> bool:
    """Return whether the thing asked for is none of ours: `two tickets for the match`, `a boat in Split`."""
    if other_trades.TICKETS_TO_EVENT.search(words):
        return True
    thing = None if clause_words.HAS_ALREADY.match(words) else other_trades.THING.search(words)
    if thing is None or other_trades.BESIDE.search(words[: thing.start()]):
        return False
    ours = other_trades.OURS.search(words)
    # A compound such as `meeting room` begins before the word of ours in it.
    return ours is None or thing.start() <= ours.start()


def _of_polite_question(opening: str, action: str) -> Form:
    """Return the form of `can you book …`, of which `action` is what is to be done."""
    asks_about_oneself = bool(form_words.SPEAKER.search(opening))
    # `Can I bring my dog` asks for permission.
    if asks_about_oneself and form_words.NOT_FOR_ME.match(action):
        return "question"
    return _of_action(action)


def _of_action(action: str) -> Form:
    """Return the form of what follows `can you`: an action of ours, one that we cannot take, or a question."""
    action = form_words.GERUND.sub("book", action)
    names_thing = bool(form_words.ARTICLE.match(action))
    if not names_thing and not form_words.ACTION.match(action):
        return "cannot" if form_words.CANNOT.match(action) else "question"
    if form_words.IDLE_ACTION.match(action):
        return "question"
    return _request_or_question(action)


def _of_wish(wish: str) -> Form:
    """Return the form of what follows `I would like`: a thing, or `to` do something."""
    infinitive = form_words.INFINITIVE.match(wish)
    if infinitive is None:
        return "cannot" if form_words.CANNOT.match(wish) else _request_or_question(wish)
    action = infinitive["what"]
    if form_words.ACTION.match(action):
        return _request_or_question(action)
    return "cannot" if form_words.CANNOT.match(action) else _of_direction(action)


def _of_direction(words: str) -> Form:
    """Return the form of what follows a `to` that is no action of ours.

    A place makes a request, as in `I want to Paris`; another verb does not.
    """
    first_word = words.split(" ")[0]
    is_other_verb = not words or first_word in VERBS or bool(form_words.THING_WITH_OFFERS.search(words))
    return "tale" if is_other_verb else "request"


def _request_or_question(words: str) -> Form:
    return "question" if _seeks_information(words) else "request"


def _seeks_information(words: str) -> bool:
    """Return whether information is asked for rather than a booking: `send me prices of flights`."""
    before_thing = form_words.THING_WITH_OFFERS.split(words, maxsplit=1)[0]
    if clause_words.SEARCHES.match(words):
        return True
    names_information = bool(form_words.INFORMATION.search(before_thing))
    return names_information and not form_words.LOOKS_FOR.match(words)


def _is_tale(words: str) -> bool:
    """Return whether the words tell of something, even if they look like a noun phrase: `someone booked a flight`."""
    if relative := clause_words.RELATIVE.search(words):
        # `a hotel that takes dogs` tells nothing: its verb describes the hotel.
        words = words[: relative.start("tail")].rstrip()
    if (
        form_words.FINITE.search(words)
        or form_words.TELLING_SUBJECT.match(words)
        or form_words.VERB_INSIDE.search(words)
    ):
        return True
    before_thing = form_words.THING.split(words, maxsplit=1)[0]
    if form_words.TELLING_HEAD.search(before_thing) or form_words.TELLING_TAIL.search(words):
        return True
    first_word = words.split(" ")[0]
    return first_word in VERBS and first_word not in form_words.BARE_VERBS and not form_words.THING.match(words)
