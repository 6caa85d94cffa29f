"""A recount of a trip from the suppliers' books, by code that the app does not use."""
