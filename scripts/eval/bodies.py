"""The parts of the app's responses that an evaluation reads."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from devhost.testing import Answer


class ConversationError(Exception):
    """The app did not answer as its API says, so that the conversation cannot go on."""


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SessionBody(_Body):
    """A session that was begun."""

    token: str


class LinkBody(_Body):
    """A trip or a quote as a reply names it."""

    id: str


class ReplyBody(_Body):
    """The final answer to a message."""

    conversation_id: str
    reply: str
    trips: tuple[LinkBody, ...]
    quote: LinkBody | None = None


class RequestBody(_Body):
    """One request of an offer."""

    tool: str
    arguments: dict[str, object]


class OfferBody(_Body):
    """The newest offer of a quote."""

    requests: tuple[RequestBody, ...]


class QuoteBody(_Body):
    """A quote as it is now."""

    status: str
    offer: OfferBody


class TripBody(_Body):
    """A trip as it is now."""

    kind: str
    status: str
    request: dict[str, object]


class HandOverBody(_Body):
    """A conversation that waits for the staff."""

    conversation: str


class HandOversBody(_Body):
    """The list of the conversations that wait for the staff."""

    items: tuple[HandOverBody, ...]


_B = TypeVar("_B", bound=_Body)


def read_body(kind: type[_B], answered: Answer, *statuses: int) -> _B:
    """Return the body of an answer. Raise `ConversationError` if it has another status or another form."""
    if answered.status not in statuses:
        raise ConversationError(f"the app answered {answered.status} {answered.text[:300]}")
    try:
        return kind.model_validate_json(answered.body)
    except ValidationError as error:
        fields = [".".join(map(str, problem["loc"])) for problem in error.errors()]
        raise ConversationError(f"the app's answer has no usable {', '.join(fields)}") from None
