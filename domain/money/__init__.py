"""The money of a trip: postings, cancellation terms, and the ledger as operators see it."""
