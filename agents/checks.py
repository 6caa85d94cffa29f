"""Whether words of a model may be shown: they can only be worse than the facts, so anything doubtful is dropped."""

import re
from collections.abc import Set

from domain.trip.effects import BookResult
from domain.trip.notes import NOTHING_CHARGED
from domain.trip.outcomes import TripStatus

LONGEST_SENTENCE = 300
LONGEST_OPENING = 400
_URL = re.compile(
    r"https?:|www\.|\b[\w-]+\.(?:com|net|org|io|co|info|biz|example|test)\b|/api/|[<>\[\]{}@`]", re.IGNORECASE
)
_ID = re.compile(r"\b(?:FL|HT|CR|PAY|PM|TRIP|CHAT)[-–#_ ]?\d[\w-]*|\btrip-\w+", re.IGNORECASE)
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
_ABOUT_MONEY = re.compile(r"\b(?:refund\w*|reimburs\w*|credited|charg\w+|paid|money|owe\w*)\b", re.IGNORECASE)
_DENIAL = re.compile(r"\b(?:not|no|nothing|never|none|cannot|unable|if|once|until)\b|n['’]t\b", re.IGNORECASE)


def acceptable_talk(text: str) -> bool:
    """Whether words of a turn that books nothing claim nothing: no booking, change, refund, id or address."""
    sentences = _SENTENCE_END.split(text)
    claims = any(_CLAIM.search(each) and not _DENIAL.search(each) for each in sentences)
    return not claims and not _URL.search(text) and not _ID.search(text)


def acceptable_sentence(text: str, facts: str, result: BookResult) -> bool:
    """Whether a component agent's words are one sentence that says what happened and nothing beyond the facts."""
    if not 10 <= len(text) <= LONGEST_SENTENCE or _sentences(text) != 1 or not _only_facts(text, facts):
        return False
    if result.status == "booked":
        return (result.confirmation or "") in text and not _BAD_NEWS.search(text)
    refusal = result.refusal
    told = refusal is None or refusal.dial is None or ("simulated" in text.lower() and refusal.dial in text)
    return told and bool(_BAD_NEWS.search(text)) and not _GOOD_NEWS.search(text)


def acceptable_opening(text: str, facts: str, statuses: Set[TripStatus]) -> bool:
    """Whether a model's opening may stand before the facts: nothing beyond them, nothing against the trips' ends."""
    if not text or len(text) > LONGEST_OPENING or _sentences(text) > 2 or not _only_facts(text, facts):
        return False
    if statuses == {"confirmed"}:
        return not _BAD_NEWS.search(text)
    # What came back of the money is told by the facts alone, unless there is nothing that could have to.
    nothing_charged = NOTHING_CHARGED in facts and "Total charged" not in facts
    if _ABOUT_MONEY.search(text) and not nothing_charged:
        return False
    return "confirmed" not in statuses and not _GOOD_NEWS.search(text)


def _only_facts(text: str, facts: str) -> bool:
    """No line breaks, addresses, ids, amounts or numbers that the facts don't have."""
    if not text.isprintable() or _URL.search(text):
        return False
    known = set(_NUMBER.findall(facts))
    return (
        all(found.rstrip(".,-") in facts for found in _ID.findall(text))
        and all(found.strip().rstrip(".,") in facts for found in _MONEY.findall(text))
        and all(found in known for found in _NUMBER.findall(text))
    )


def _sentences(text: str) -> int:
    ends = [end for end in _SENTENCE_END.finditer(text) if not _SHORT_FORM.search(text[: end.start() + 1])]
    return len(ends) + (1 if text.rstrip("\"'”’)")[-1:] in ".!?…" else 2)
