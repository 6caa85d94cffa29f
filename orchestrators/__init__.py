"""The sagas and the other durable generators. They name activities and each other by string and do no I/O."""
