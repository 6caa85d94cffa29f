"""Airline, hotel, car hire and payments: each behind a port, simulated with a book of its own."""
