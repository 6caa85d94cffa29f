"""The only place with side effects: every activity is keyed and safe to run twice, also at the same moment."""
