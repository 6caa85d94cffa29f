"""One trip: its rows, its facts, its next step and its status."""
