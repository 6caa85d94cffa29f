"""Connections to a real model: the `openai` client for Azure OpenAI or any compatible endpoint.

The libraries are imported when the first connection is made, which blocks for most of a second. An app with the offline
model never loads them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from settings import Settings

if TYPE_CHECKING:
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient

# `RemoteModel` repeats a request itself: only it knows how much of the time is left.
_REPEATS = 0
_AZURE_SCOPE = "https://cognitiveservices.azure.com/.default"


@dataclass(frozen=True)
class Connection:
    """A client, the name of the model to ask for, and the function that gives everything back."""

    client: "AsyncOpenAI"
    model: str
    close: Callable[[], Awaitable[None]]


def connect(settings: Settings) -> Connection:
    """Make a new connection."""
    if settings.model_source == "azure":
        return _connect_azure(settings)
    return _connect_compatible(settings)


def _connect_compatible(settings: Settings) -> Connection:
    from openai import AsyncOpenAI

    key = settings.openai_api_key
    client = AsyncOpenAI(
        base_url=settings.openai_base_url or "https://api.openai.com/v1",
        api_key=key.get_secret_value() if key else "",
        timeout=settings.model_timeout_seconds,
        max_retries=_REPEATS,
        http_client=_http_client(settings),
    )
    return Connection(client, settings.model_name, client.close)


def _connect_azure(settings: Settings) -> Connection:
    from openai import AsyncAzureOpenAI

    endpoint = settings.azure_openai_endpoint or ""
    version = settings.azure_openai_api_version
    if settings.azure_openai_api_key:
        client = AsyncAzureOpenAI(
            azure_endpoint=endpoint,
            azure_deployment=settings.model_name,
            api_version=version,
            api_key=settings.azure_openai_api_key.get_secret_value(),
            timeout=settings.model_timeout_seconds,
            max_retries=_REPEATS,
            http_client=_http_client(settings),
        )
        return Connection(client, settings.model_name, client.close)

    from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider

    credential = DefaultAzureCredential()
    client = AsyncAzureOpenAI(
        azure_endpoint=endpoint,
        azure_deployment=settings.model_name,
        api_version=version,
        azure_ad_token_provider=get_bearer_token_provider(credential, _AZURE_SCOPE),
        timeout=settings.model_timeout_seconds,
        max_retries=_REPEATS,
        http_client=_http_client(settings),
    )

    async def close() -> None:
        # The credential has a connection to the sign-in service, apart from the client's.
        await client.close()
        await credential.close()

    return Connection(client, settings.model_name, close)


def _http_client(settings: Settings) -> "DefaultAsyncHttpxClient":
    from openai import DefaultAsyncHttpxClient

    # A redirect would carry the traveller's whole conversation to a host that nobody configured.
    return DefaultAsyncHttpxClient(follow_redirects=False, timeout=settings.model_timeout_seconds)
