"""Connections to a real model: the `openai` client for Azure OpenAI or any compatible endpoint, made when needed.

Importing this module loads neither library; making a connection takes most of a second the first time and blocks.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from settings import Settings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_AZURE_SCOPE = "https://cognitiveservices.azure.com/.default"


@dataclass(frozen=True)
class Connection:
    """A client, the name to ask for, and how to give everything back."""

    client: "AsyncOpenAI"
    model: str
    close: Callable[[], Awaitable[None]]


def connect(settings: Settings) -> Connection:
    """A new connection. The client never repeats a request by itself: `RemoteModel` decides that."""
    return _connect_azure(settings) if settings.model_source == "azure" else _connect_compatible(settings)


def _connect_compatible(settings: Settings) -> Connection:
    from openai import AsyncOpenAI

    client = AsyncOpenAI(
        base_url=settings.openai_base_url or "https://api.openai.com/v1",
        api_key=settings.openai_api_key.get_secret_value() if settings.openai_api_key else "",
        timeout=settings.model_timeout_seconds,
        max_retries=0,
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
            max_retries=0,
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
        max_retries=0,
    )

    async def close() -> None:
        await client.close()
        await credential.close()

    return Connection(client, settings.model_name, close)
