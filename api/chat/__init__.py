"""Chat over HTTP: requests, turns, answers, and forgetting a conversation."""
