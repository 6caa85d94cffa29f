"""The ledger and the conversations in one SQLite file."""
