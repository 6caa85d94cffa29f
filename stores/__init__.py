"""What the app itself remembers outside Durable: the ledger of trips and the conversations, behind two ports."""
