"""Turns of a conversation, and the values between the orchestration of a turn and its activities."""
