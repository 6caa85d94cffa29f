"""Ledgers and conversations for tests, and storage that loses answers."""
