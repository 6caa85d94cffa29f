"""Double entry: what each outcome and each decision moves, from which account to which.

A posting takes the same amount from one account (credit) to another (debit), so the balances of a trip always sum to
zero. Two of them can be held against the books of others: `payments` is what the payment provider has captured and not
given back, `suppliers` what companies have kept. `traveller` ends, with its sign turned, as the price of what stays
booked: captured - refunded - fees + write-offs.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from domain.amount import Money
from domain.components import Effect
from domain.trip.facts import Item

Account = Literal["payments", "traveller", "suppliers", "losses", "elsewhere"]
"""Balances are debit less credit. `losses`: what the house bears. `elsewhere`: money that moved by other ways."""

What = Literal["capture", "refund", "fee", "write_off", "settled"]


@dataclass(frozen=True)
class Posting:
    """One movement, made by row `sequence` of its trip."""

    sequence: int
    what: What
    debit: Account
    credit: Account
    amount: Money


def of_outcome(sequence: int, effect: Effect, answer: dict[str, Any], fee_agreed: int = 0) -> Iterator[Posting]:
    """What the outcome of an effect moves; nothing for holds, releases, confirmations, authorizations and refusals.

    Of a supplier's fee the traveller bears no more than was agreed; the rest is written off.
    """
    match answer:
        case {"status": "captured", "amount": amount} if effect in ("capture", "void"):
            yield from _moved(sequence, "capture", "payments", "traveller", Money.model_validate(amount))
        case {"status": "refunded", "amount": amount} if effect == "refund":
            yield from _moved(sequence, "refund", "traveller", "payments", Money.model_validate(amount))
        case {"status": "cancelled", "fee": dict() as given} if effect == "cancel":
            fee = Money.model_validate(given)
            beyond = Money(currency=fee.currency, minor=max(0, fee.minor - fee_agreed))
            yield from _moved(sequence, "fee", "traveller", "suppliers", fee)
            yield from _moved(sequence, "write_off", "losses", "traveller", beyond)
        case _:
            return


def of_decision(sequence: int, item: Item, decision: str) -> Iterator[Posting]:
    """What a person's decision moves.

    A refund that was settled reached the traveller by another way; one that was written off never will. A booking that
    stays with the supplier since its cancelling was written off is the house's loss. Whatever else is closed by a
    person has moved no money: the trip goes on without it.
    """
    match item.effect, decision:
        case "refund", "settled":
            yield from _moved(sequence, "settled", "traveller", "elsewhere", item.amount)
        case "refund", "written_off":
            yield from _moved(sequence, "write_off", "traveller", "losses", item.amount)
        case "cancel", "written_off":
            yield from _moved(sequence, "write_off", "losses", "suppliers", item.amount)
        case _:
            return


def balances(postings: Sequence[Posting]) -> dict[Account, Money]:
    """Each account's balance in the trip's one currency; they sum to zero.

    Raises `ValueError` if the postings have several currencies, or if one moves nothing or nowhere.
    """
    found: Counter[Account] = Counter()
    for posting in postings:
        if posting.amount.minor <= 0 or posting.debit == posting.credit:
            raise ValueError(f"Row {posting.sequence} posts {posting.amount} from {posting.credit} to {posting.debit}.")
        found[posting.debit] += posting.amount.minor
        found[posting.credit] -= posting.amount.minor
    currencies = sorted({posting.amount.currency for posting in postings})
    if len(currencies) > 1:
        raise ValueError(f"The postings of one trip have several currencies: {', '.join(currencies)}.")
    return {account: Money(currency=currencies[0], minor=minor) for account, minor in found.items()}


def _moved(sequence: int, what: What, debit: Account, credit: Account, amount: Money) -> Iterator[Posting]:
    if amount.minor:
        yield Posting(sequence, what, debit, credit, amount)
