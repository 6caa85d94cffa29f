"""The budget of a trip as one text, such as `900 USD`: the total, and the suppliers' currency."""

import re
from dataclasses import dataclass
from typing import Literal

from domain.amount import Money

SUPPLIERS_CURRENCY = "USD"
"""The currency in which all suppliers name their prices."""
BudgetFault = Literal["unclear", "currency", "per_unit"]

_BUDGET = re.compile(
    r"(?P<units>[1-9][0-9]{0,6})(?:\.(?P<cents>[0-9]{2}))? (?P<currency>[A-Z]{3})(?P<per> per [a-z]{1,10})?"
)
"""A number of more digits is no budget, and may be a card's."""
_FAULTS: dict[tuple[bool, bool], BudgetFault] = {
    (True, False): "currency",
    (False, True): "per_unit",
    (False, False): "per_unit",
}
"""The fault of a budget by whether it is a total, and whether it is in the suppliers' currency."""


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
    form = (match["per"] is None, match["currency"] == SUPPLIERS_CURRENCY)
    if form in _FAULTS:
        return BadBudget(_FAULTS[form])
    parts = match.groupdict("00")
    return Money(currency=SUPPLIERS_CURRENCY, minor=int(parts["units"]) * 100 + int(parts["cents"]))


def budget_text(budget: Money) -> str:
    """Return the text from which `read_budget` reads this amount."""
    units, cents = divmod(budget.minor, 100)
    number = f"{units}.{cents:02d}".removesuffix(".00")
    return f"{number} {budget.currency}"
