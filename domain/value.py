"""The base class of all values."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value with strict fields that travels as plain JSON (`model_dump(mode="json")`)."""

    # Forbidden, so that a misspelt field fails where it comes in and is not lost.
    model_config = ConfigDict(frozen=True, extra="forbid")
