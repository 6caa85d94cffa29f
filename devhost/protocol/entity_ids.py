"""The ids of entities, `@name@key`."""


def entity_id(given: str) -> str:
    """The scheduler id with its name in lower case; keys differ by case."""
    name, key = split_id(given)
    return f"@{name.lower()}@{key}"


def split_id(entity_id: str) -> tuple[str, str]:
    """Name and key of `@name@key`; the key may hold `@` itself."""
    name, _, key = entity_id[1:].partition("@")
    return name, key
