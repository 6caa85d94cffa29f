"""Turns of a conversation, and what the orchestration of a turn hands to its activities."""
