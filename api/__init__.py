"""The HTTP edge: requests in, domain values and problems out, and the one small port to the durable client."""
