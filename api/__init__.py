"""The HTTP functions and timers of the app, and its port to the durable client."""
