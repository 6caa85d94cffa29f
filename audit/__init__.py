"""Compares the ledger with the suppliers' own books and recounts the money; reads only."""
