"""The keys of texts: the trip to which a text belongs, and the text that notes a purge of histories."""

from domain.ids import split_component_id

PURGED = "purged"
"""The text that notes that the histories of a trip are purged."""


def purge_key(trip: str, version: int) -> str:
    """Return the key of the note that the histories of the trip at this version are purged."""
    return f"{trip}/histories/{version}"


def trip_of_text(key: str) -> str:
    """Return the trip of a key `<trip>/…` or `<component>/…`."""
    owner = key.partition("/")[0]
    component = split_component_id(owner)
    return component[0] if component else owner
