"""Texts are kept with the trip that their key names, so that they can be forgotten with it."""

from domain.ids import split_component_id


def trip_of_text(key: str) -> str:
    """The trip of `<trip>/…` and of `<component>/…`."""
    owner = key.partition("/")[0]
    component = split_component_id(owner)
    return component[0] if component else owner
