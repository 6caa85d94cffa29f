"""Quotes over HTTP: ask for a price, read it, and decide about it."""
