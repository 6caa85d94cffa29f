"""The trip to which a stored wording belongs, so that it is forgotten together with the trip."""

from domain.ids import split_component_id


def trip_of_text(key: str) -> str:
    """Return the trip of a key `<trip>/…` or `<component>/…`."""
    owner = key.partition("/")[0]
    component = split_component_id(owner)
    return component[0] if component else owner
