"""What a trip costs: postings, cancellation terms, and the ledger as operators see it."""
