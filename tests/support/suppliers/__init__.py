"""The suppliers' simulators for tests."""
