"""What operators see and do over HTTP: open items, decisions, the ledger."""
