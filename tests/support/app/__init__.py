"""The app as a client sees it: a running process, its HTTP functions, the model's server."""
