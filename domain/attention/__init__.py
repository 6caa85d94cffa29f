"""Open items that an operator has to settle, and decisions on them."""
