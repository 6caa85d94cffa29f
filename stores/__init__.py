"""The app's own records outside Durable Functions: the ledger of trips and the conversations, behind two ports."""
