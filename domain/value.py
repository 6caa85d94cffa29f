"""The base class of all values."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value with strict fields that travels as plain JSON (`model_dump(mode="json")`)."""

    # Forbidden, so that a misspelt field fails where it comes in and is not lost.
    model_config = ConfigDict(frozen=True, extra="forbid")


def is_none(value: object) -> bool:
    """Return whether a field is left out of JSON, as `Field(exclude_if=is_none)`.

    A field that was added later uses it, so that rows stored before stay the same to the byte.
    """
    return value is None
