"""Programs, recordings and a host in memory for tests of the interpreter."""
