"""What the ledger's entries say of each component of a trip, as the audit needs it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from domain.components import ComponentKind, Effect
from domain.ids import effect_key
from domain.money import Money
from domain.outcomes import BookResult, CancelResult, PayResult
from stores.ledger import Entry

Expected = Literal["never", "active", "inactive", "unknown"]
"""How a company's book must have an effect; `unknown` while an intent of it lacks its outcome."""


@dataclass
class ComponentAccount:
    """One component: which effects were intended, and what came of them."""

    component: str
    kind: ComponentKind
    intended: set[Effect] = field(default_factory=set[Effect])
    keys: dict[Effect, str] = field(default_factory=dict[Effect, str])
    book_result: BookResult | None = None
    pay_result: PayResult | None = None
    cancel_result: CancelResult | None = None
    charge_asked: Money | None = None

    @property
    def booking(self) -> Expected:
        return self._expected("book", self.book_result is not None, self.confirmation is not None)

    @property
    def payment(self) -> Expected:
        return self._expected("charge", self.pay_result is not None, self.payment_id is not None)

    @property
    def cancelled(self) -> bool:
        return self.cancel_result is not None

    @property
    def confirmation(self) -> str | None:
        return self.book_result.confirmation if self.book_result else None

    @property
    def agreed(self) -> Money | None:
        return self.book_result.amount if self.book_result else None

    @property
    def payment_id(self) -> str | None:
        return self.pay_result.payment if self.pay_result else None

    @property
    def charged(self) -> Money | None:
        """What the charge asked for."""
        return self.charge_asked or self.agreed

    @property
    def captured(self) -> Money | None:
        """What the ledger knows to have been taken; a charge whose answer was lost is known by its refund."""
        return self.charged if self.payment_id is not None else self.refunded

    @property
    def refunded(self) -> Money | None:
        return self.cancel_result.refunded if self.cancel_result else None

    @property
    def book_key(self) -> str:
        return self.keys.get("book") or effect_key(self.component, "book")

    @property
    def charge_key(self) -> str:
        return self.keys.get("charge") or effect_key(self.component, "charge")

    def _expected(self, effect: Effect, concluded: bool, done: bool) -> Expected:
        if effect not in self.intended:
            return "never"
        if self.cancelled:
            return "inactive"
        if not concluded or "cancel" in self.intended:
            return "unknown"
        return "active" if done else "inactive"


def component_accounts(entries: Iterable[Entry]) -> dict[str, ComponentAccount]:
    """The accounts by component id, in the order in which the components were begun."""
    accounts: dict[str, ComponentAccount] = {}
    for entry in entries:
        if entry.component is None or entry.kind is None or entry.effect is None or entry.key is None:
            continue
        account = accounts.setdefault(entry.component, ComponentAccount(entry.component, entry.kind))
        if entry.event == "intent":
            account.intended.add(entry.effect)
            account.keys[entry.effect] = entry.key
            if entry.effect == "charge" and entry.data:
                account.charge_asked = _money(entry.data.get("amount"))
        elif entry.event == "outcome":
            _conclude(account, entry)
    return accounts


def _conclude(account: ComponentAccount, entry: Entry) -> None:
    if entry.effect == "book":
        account.book_result = BookResult.model_validate(entry.data)
    elif entry.effect == "charge":
        account.pay_result = PayResult.model_validate(entry.data)
    else:
        account.cancel_result = CancelResult.model_validate(entry.data)


def _money(value: object) -> Money | None:
    return Money.model_validate(value) if isinstance(value, dict) else None
