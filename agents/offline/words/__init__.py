"""The words and patterns of the offline model, apart from its rules."""
