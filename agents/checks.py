"""Checks on words of a model before they are shown.

Code's own words are true and complete, so whatever is doubtful about a model's words is reason enough to drop them.
"""

import re
from collections.abc import Iterable, Set

from agents.contacts import names_contact, speaks_of_payment
from domain.ids import CONFIRMATION_PREFIXES
from domain.trip.effects import BookResult
from domain.trip.outcomes import Refusal, TripStatus

SHORTEST_SENTENCE = 10
LONGEST_SENTENCE = 300
LONGEST_OPENING = 400
MOST_OPENING_SENTENCES = 2
BOOKED: frozenset[TripStatus] = frozenset({"confirmed"})
DID_NOTHING: frozenset[TripStatus] = frozenset({"failed", "cancelled"})
"""The ends of a trip after which nothing of it is booked."""
_ID = re.compile(rf"\b(?:{CONFIRMATION_PREFIXES}|PAY|PM|TRIP|CHAT)[-–#_ ]?\d[\w-]*|\btrip-\w+", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_MONEY = re.compile(
    r"[$€£¥₹]\s?\d[\d.,]*|\b(?:USD|EUR|GBP|JPY)\s?\d[\d.,]*|\b\d[\d.,]*\s?(?:dollars?|euros?|pounds?|USD|EUR|GBP|JPY)\b|"
    r"\b(?:dollars?|euros?|pounds?|free of charge|discount)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)]*\s+(?=[A-Z0-9\"“'])")
_SHORT_FORM = re.compile(r"\b(?:St|Mt|Ft|Dr|Mr|Mrs|Ms|No|a\.m|p\.m)\.$")
_BAD_NEWS = re.compile(
    r"\b(?:not|n't|cannot|unable|cancel\w*|reject\w*|declin\w*|refus\w*|refund\w*|fail\w*|sorry|unfortunately|regret\w*|"
    r"sold out|unavailable|pending|waiting)\b|n['’]t\b",
    re.IGNORECASE,
)
_GOOD_NEWS = re.compile(
    r"\b(?:confirmed|congratulations|great news|good news|enjoy|all set|all booked|(?:is|are|been|have) booked|"
    r"successful\w*|reserved for you|is ready|bon voyage|looking forward)\b",
    re.IGNORECASE,
)
_CLAIM = re.compile(
    r"\b(?:I|we|I['’]ve|we['’]ve|have|has|is|are|was|were|been)\s+(?:\w+ly\s+|now\s+|just\s+|all\s+)*"
    r"(?:booked|rebooked|reserved|confirmed|cancell?ed|refunded|credited|changed|modified|charged|issued)\b",
    re.IGNORECASE,
)
_DENIAL = re.compile(r"\b(?:not|no|nothing|never|none|cannot|unable|if|once|until)\b|n['’]t\b", re.IGNORECASE)


def acceptable_talk(text: str) -> bool:
    """Return whether the words of a turn that books nothing are free of claims, ids, amounts and contacts.

    Claims are found in English only. So code adds its own line to words that are accepted.
    """
    sentences = _SENTENCE_END.split(text)
    return all(
        [
            _is_free_of_contacts(text),
            not _ID.search(text),
            not _MONEY.search(text),
            not any(map(_is_claim, sentences)),
        ]
    )


def acceptable_sentence(text: str, facts: str, result: BookResult) -> bool:
    """Return whether a component agent's words are one sentence that says what happened and nothing else."""
    # The length comes first: the other checks are only as quick as the text is short.
    if not SHORTEST_SENTENCE <= len(text) <= LONGEST_SENTENCE:
        return False
    return all(
        [
            _sentence_count(text) == 1,
            _keeps_to(facts, text),
            _says_what_happened(text, result),
        ]
    )


def acceptable_opening(text: str, facts: str, statuses: Set[TripStatus]) -> bool:
    """Return whether a model's opening may come before the facts.

    It says nothing beyond them, and nothing against how the trips ended.
    """
    if not 0 < len(text) <= LONGEST_OPENING:
        return False
    return all(
        [
            _sentence_count(text) <= MOST_OPENING_SENTENCES,
            _keeps_to(facts, text),
            _has_the_right_tone(text, statuses),
        ]
    )


def _is_claim(sentence: str) -> bool:
    """Return whether the sentence says that something was booked, changed or paid, rather than that it was not."""
    claims = bool(_CLAIM.search(sentence))
    return claims and not _DENIAL.search(sentence)


def _says_what_happened(text: str, result: BookResult) -> bool:
    has_bad_news = bool(_BAD_NEWS.search(text))
    if result.status == "booked":
        names_booking = (result.confirmation or "") in text
        return names_booking and not has_bad_news
    has_good_news = bool(_GOOD_NEWS.search(text))
    return all([has_bad_news, not has_good_news, _names_simulator_setting(text, result.refusal)])


def _names_simulator_setting(text: str, refusal: Refusal | None) -> bool:
    """Return whether a simulated refusal is said to be one, with its setting, so that nobody takes it for real."""
    setting = refusal.dial if refusal else None
    if setting is None:
        return True
    return "simulated" in text.lower() and setting in text


def _has_the_right_tone(text: str, statuses: Set[TripStatus]) -> bool:
    """Return whether the words fit the end of all trips; no words fit a mixed end, or one that is still open."""
    if statuses == BOOKED:
        return not _BAD_NEWS.search(text)
    if statuses <= DID_NOTHING:
        return not _GOOD_NEWS.search(text)
    return False


def _is_free_of_contacts(text: str) -> bool:
    """Return whether the words are free of addresses, phone numbers and payment, with which a model could phish."""
    return not names_contact(text) and not speaks_of_payment(text)


def _keeps_to(facts: str, text: str) -> bool:
    """Return whether the facts have every id, amount and number of the text, and it has no contact or line break."""
    # Numbers are compared whole: 5 is not among the facts because 450 is.
    numbers = set(_NUMBER.findall(facts))
    return all(
        [
            text.isprintable(),
            _is_free_of_contacts(text),
            numbers.issuperset(_NUMBER.findall(text)),
            _has_all(facts, _ID.findall(text)),
            _has_all(facts, _MONEY.findall(text)),
        ]
    )


def _has_all(facts: str, parts: Iterable[str]) -> bool:
    # The dot that ends the sentence is no part of the id or amount before it.
    return all(part.strip().rstrip(".,-") in facts for part in parts)


def _sentence_count(text: str) -> int:
    """Count the sentences; words that no full stop, exclamation or question mark ends count as one too many."""
    count = 0
    for end in _SENTENCE_END.finditer(text):
        up_to_dot = text[: end.start() + 1]
        # The dot of "St. John's" ends no sentence.
        if not _SHORT_FORM.search(up_to_dot):
            count += 1
    last = text.rstrip("\"'”’)")[-1:]
    return count + 1 if last in ".!?…" else count + 2
