"""Kills, races, repeated deliveries and lost answers, and what must hold after them."""
