"""The ledger and the conversations in Azure Table Storage."""
