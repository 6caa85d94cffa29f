"""Work without a request: the reconciler, the removal of old histories, and waking a turn."""
