"""Regular expressions made of phrases, so that long lists of them can be read."""


def any_of(*lines: str) -> str:
    """Return a pattern that matches one of the phrases, which commas part; the first that fits is taken."""
    phrases = [phrase for line in lines for phrase in line.split(", ")]
    return f"(?:{'|'.join(phrases)})"
