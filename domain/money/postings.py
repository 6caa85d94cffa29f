"""Double entry: the postings of each outcome and each decision.

A posting moves one amount from an account (credit) to another (debit), so the balances of a trip always sum to zero.
Two accounts can be compared with the suppliers' books: `payments` is what the payment provider captured and did not
refund, `suppliers` is what suppliers kept. The negative balance of `traveller` ends as the price of what stays booked:
captured - refunded - fees + write-offs.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.amount import Money
from domain.components import Effect
from domain.trip.effect_outcomes import Cancelled, Captured, Outcome, Refunded
from domain.trip.facts import Item

Account = Literal["payments", "traveller", "suppliers", "losses", "elsewhere"]
"""An account; its balance is debit less credit. `losses`: our losses. `elsewhere`: money that moved by other ways."""

What = Literal["capture", "refund", "fee", "write_off", "settled"]


@dataclass(frozen=True)
class Posting:
    """One movement of money, made by row `sequence` of its trip."""

    sequence: int
    what: What
    debit: Account
    credit: Account
    amount: Money


def of_outcome(sequence: int, effect: Effect, outcome: Outcome, fee_agreed: int = 0) -> Iterator[Posting]:
    """Yield the postings of an effect's outcome; only captures, refunds and cancellations with a fee have any.

    `fee_agreed` is in minor units: the traveller bears no more of a supplier's fee, and the rest is written off.
    """
    match outcome:
        # A void may come too late: its outcome is then that the money was captured.
        case Captured(amount=amount) if effect in ("capture", "void"):
            yield from _moved(
                sequence=sequence,
                what="capture",
                debit="payments",
                credit="traveller",
                amount=amount,
            )
        case Refunded(amount=amount) if effect == "refund":
            yield from _moved(
                sequence=sequence,
                what="refund",
                debit="traveller",
                credit="payments",
                amount=amount,
            )
        case Cancelled(fee=Money() as fee) if effect == "cancel":
            # The supplier keeps its whole fee. What the traveller did not agree to is our loss.
            loss = Money(currency=fee.currency, minor=max(0, fee.minor - fee_agreed))
            yield from _moved(
                sequence=sequence,
                what="fee",
                debit="traveller",
                credit="suppliers",
                amount=fee,
            )
            yield from _moved(
                sequence=sequence,
                what="write_off",
                debit="losses",
                credit="traveller",
                amount=loss,
            )
        case _:
            return


def of_decision(sequence: int, item: Item, decision: str) -> Iterator[Posting]:
    """Yield the postings of an operator's decision.

    A refund that was settled reached the traveller by another way; one that was written off never will. A booking whose
    cancelling was written off stays with the supplier, and is our loss. Every other decision moves no money.
    """
    match item.effect, decision:
        case "refund", "settled":
            yield from _moved(
                sequence=sequence,
                what="settled",
                debit="traveller",
                credit="elsewhere",
                amount=item.amount,
            )
        case "refund", "written_off":
            yield from _moved(
                sequence=sequence,
                what="write_off",
                debit="traveller",
                credit="losses",
                amount=item.amount,
            )
        case "cancel", "written_off":
            yield from _moved(
                sequence=sequence,
                what="write_off",
                debit="losses",
                credit="suppliers",
                amount=item.amount,
            )
        case _:
            return


def balances(postings: Sequence[Posting]) -> dict[Account, Money]:
    """Return the balance of each account in the trip's one currency; the balances sum to zero.

    Raises `ValueError` if the postings have several currencies, or if one has no amount or only one account.
    """
    minor_units: Counter[Account] = Counter()
    for posting in postings:
        _require_movement(posting)
        minor_units[posting.debit] += posting.amount.minor
        minor_units[posting.credit] -= posting.amount.minor
    currencies = sorted({posting.amount.currency for posting in postings})
    if len(currencies) > 1:
        raise ValueError(f"The postings of one trip have several currencies: {', '.join(currencies)}.")
    return {account: Money(currency=currencies[0], minor=minor) for account, minor in minor_units.items()}


def _require_movement(posting: Posting) -> None:
    moves_nothing = posting.amount.minor <= 0
    goes_nowhere = posting.debit == posting.credit
    if moves_nothing or goes_nowhere:
        raise ValueError(f"Row {posting.sequence} posts {posting.amount} from {posting.credit} to {posting.debit}.")


def _moved(sequence: int, what: What, debit: Account, credit: Account, amount: Money) -> Iterator[Posting]:
    # A fee or a loss of nothing has no posting: `balances` refuses one without an amount.
    if amount.minor:
        yield Posting(sequence, what, debit, credit, amount)
