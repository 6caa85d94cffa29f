"""Facts for the views of a trip that no single row has: worked out from all of its rows."""
