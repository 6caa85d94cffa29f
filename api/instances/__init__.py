"""Orchestrations as requests and timers deal with them: start, wake, purge."""
