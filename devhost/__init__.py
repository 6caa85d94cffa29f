"""An embedded, single-process development host for Python Durable Functions apps."""
