"""Orchestrations, activities and stores in memory, on a clock that tests move."""
