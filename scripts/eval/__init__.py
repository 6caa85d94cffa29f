"""The evaluation of the app: conversations and sentences from data files, and how much of them it gets right."""
