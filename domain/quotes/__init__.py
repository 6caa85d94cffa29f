"""Quotes: a price that a traveller is asked about before anything is booked."""
