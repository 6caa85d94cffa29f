"""Comparison of the ledger with the suppliers' own books, and a recount of the money; reads only."""
