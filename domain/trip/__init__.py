"""One trip: its rows, its facts, what it needs next, and how it stands."""
