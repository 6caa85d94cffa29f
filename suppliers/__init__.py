"""Airline, hotel, car hire and payments: each behind a port, with a simulator that keeps its own book."""
