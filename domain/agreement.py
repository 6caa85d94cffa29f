"""The price that a traveller agreed to before a trip was opened."""

from domain.amount import Money
from domain.components import ComponentKind
from domain.value import Value


class AgreedLine(Value):
    """The agreed price of one component."""

    kind: ComponentKind
    price: Money


class Agreement(Value):
    """The agreed prices of a trip, with the quote that named them.

    `hash` is that of the offer. It is removed when the traveller is forgotten, since it was made from the request too.
    """

    quote: str
    lines: tuple[AgreedLine, ...]
    hash: str | None = None

    def price_of(self, kind: ComponentKind) -> Money | None:
        """Return the agreed price of a component, None if it is not part of the agreement."""
        prices = {line.kind: line.price for line in self.lines}
        return prices.get(kind)
