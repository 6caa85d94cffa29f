"""The budget of a trip as one text, such as `900 USD`: the total, and the suppliers' currency."""

import re
from dataclasses import dataclass
from typing import Literal

from domain.amount import Money

SUPPLIERS_CURRENCY = "USD"
"""The currency in which all suppliers name their prices."""
BudgetFault = Literal["unclear", "currency", "per_unit"]

# Nobody has a budget of more digits, and a longer number may be a card's.
_BUDGET = re.compile(
    r"(?P<units>[0-9]{1,7})(?:\.(?P<cents>[0-9]{2}))? (?P<currency>[A-Z]{3})(?P<per> per [a-z]{1,10})?"
)


@dataclass(frozen=True)
class BadBudget:
    """A budget that cannot be kept, with the reason.

    - `unclear`: it is no amount with a currency, or nothing.
    - `currency`: it is in another currency than the suppliers' prices.
    - `per_unit`: it is a price for a night, a day or a person, and no total.
    """

    fault: BudgetFault


def read_budget(text: str) -> Money | BadBudget:
    """Return the amount of a text such as `900 USD` or `899.50 USD`, or the reason why it is no budget."""
    match = _BUDGET.fullmatch(text)
    if match is None:
        return BadBudget("unclear")
    minor = int(match["units"]) * 100 + int(match["cents"] or 0)
    faults: dict[BudgetFault, bool] = {
        "unclear": minor == 0,
        "per_unit": match["per"] is not None,
        "currency": match["currency"] != SUPPLIERS_CURRENCY,
    }
    for fault, applies in faults.items():
        if applies:
            return BadBudget(fault)
    return Money(currency=SUPPLIERS_CURRENCY, minor=minor)


def budget_text(budget: Money) -> str:
    """Return the text from which `read_budget` reads this amount."""
    units, cents = divmod(budget.minor, 100)
    number = f"{units}.{cents:02d}" if cents else f"{units}"
    return f"{number} {budget.currency}"
