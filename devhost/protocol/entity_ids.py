"""The ids of entities, `@name@key`."""


def entity_id(scheduler_id: str) -> str:
    """Return the id with its name in lower case, as entities are stored; keys differ by case."""
    name, key = split_id(scheduler_id)
    return f"@{name.lower()}@{key}"


def split_id(entity_id: str) -> tuple[str, str]:
    """Return name and key of `@name@key`; the key may contain `@` itself."""
    name, _, key = entity_id[1:].partition("@")
    return name, key
