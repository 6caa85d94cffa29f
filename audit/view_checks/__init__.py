"""Comparison of what the app tells of a trip with what it must tell."""
