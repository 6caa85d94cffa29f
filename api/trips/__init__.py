"""Trips over HTTP: their status, and commands to them."""
