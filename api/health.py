"""The health of the app: its model, its ledger, and whether both can be reached."""

import asyncio
import logging
from contextlib import suppress
from typing import Literal
from urllib.parse import urlsplit

import azure.functions as func

from api.json_response import json_response
from api.services import ApiServices, services
from api.threads import in_thread
from domain.value import Value
from settings import VERSION, Settings, SettingsError
from stores.errors import StorageError

log = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 2.0
_OPENAI = "https://api.openai.com"


class ModelHealth(Value):
    """The model in use, and whether its endpoint takes connections."""

    name: str
    source: Literal["azure", "openai", "offline"]
    reachable: bool


class LedgerHealth(Value):
    """The ledger in use, and whether it can be read."""

    name: str
    reachable: bool


class Health(Value):
    """The body of `GET /api/health`. `degraded`: something cannot be reached, so some requests will fail."""

    status: Literal["ok", "degraded", "misconfigured"]
    version: str = VERSION
    model: ModelHealth | None = None
    ledger: LedgerHealth | None = None
    error: str | None = None


async def check(services: ApiServices) -> Health:
    """Return the health of model and ledger. They are asked at the same time, for two seconds at most."""
    model, ledger = await asyncio.gather(_model(services.settings), _ledger(services))
    if not services.is_ledger_shared:
        return Health(status="degraded", model=model, ledger=ledger, error="ledger_not_shared")
    is_reachable = model.reachable and ledger.reachable
    status = "ok" if is_reachable else "degraded"
    return Health(status=status, model=model, ledger=ledger)


async def _model(settings: Settings) -> ModelHealth:
    endpoints = {
        "azure": settings.azure_openai_endpoint,
        "openai": settings.openai_base_url or _OPENAI,
        "offline": None,
    }
    endpoint = endpoints[settings.model_source]
    # A connection is enough: a request to the model would cost money on an anonymous route.
    reachable = endpoint is None or await _takes_connections(endpoint)
    return ModelHealth(name=settings.model_name, source=settings.model_source, reachable=reachable)


async def _takes_connections(endpoint: str) -> bool:
    with suppress(OSError, ValueError, TimeoutError):
        url = urlsplit(endpoint)
        port = url.port or (80 if url.scheme == "http" else 443)
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            _, writer = await asyncio.open_connection(url.hostname, port)
        writer.close()
        return True
    return False


async def _ledger(services: ApiServices) -> LedgerHealth:
    try:
        await asyncio.wait_for(in_thread(services.stores.ledger.ping), _TIMEOUT_SECONDS)
    except (StorageError, TimeoutError) as error:
        log.error("ledger_unreachable error=%r", str(error))
        return LedgerHealth(name=services.stores.name, reachable=False)
    return LedgerHealth(name=services.stores.name, reachable=True)


async def get_health() -> func.HttpResponse:
    """Return 200 while requests can be served, and 503 where neither chat nor status could answer."""
    try:
        health = await check(services())
    except SettingsError as error:
        return json_response(Health(status="misconfigured", error=str(error)), status=503)
    is_serving = health.ledger is not None and health.ledger.reachable
    return json_response(health, status=200 if is_serving else 503)
