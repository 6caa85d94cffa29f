"""Open items that a person has to settle, and decisions on them."""
