"""Readings of the traveller's own words that hold behind every model: consent, and conditions no tool can keep."""
