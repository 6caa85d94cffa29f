"""Operators' routes: open items, decisions, and the ledger of a trip."""
