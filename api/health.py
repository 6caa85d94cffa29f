"""Whether the app can do its work: which model and which ledger it has, and whether both can be reached."""

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

_PATIENCE_SECONDS = 2.0
_OPENAI = "https://api.openai.com"


class ModelHealth(Value):
    name: str
    source: Literal["azure", "openai", "offline"]
    reachable: bool


class LedgerHealth(Value):
    name: str
    reachable: bool


class Health(Value):
    """`degraded`: running, but not everything can be reached, so some requests will fail."""

    status: Literal["ok", "degraded", "misconfigured"]
    version: str = VERSION
    model: ModelHealth | None = None
    ledger: LedgerHealth | None = None
    error: str | None = None


async def check(services: ApiServices) -> Health:
    """Ask both, at the same time and for two seconds at most; no model is asked to think."""
    model, ledger = await asyncio.gather(_model(services.settings), _ledger(services))
    error = None if services.is_ledger_shared else "ledger_not_shared"
    fine = model.reachable and ledger.reachable and not error
    return Health(status="ok" if fine else "degraded", model=model, ledger=ledger, error=error)


async def _model(settings: Settings) -> ModelHealth:
    endpoint = {
        "azure": settings.azure_openai_endpoint,
        "openai": settings.openai_base_url or _OPENAI,
        "offline": None,
    }[settings.model_source]
    reachable = endpoint is None or await _listens(endpoint)
    return ModelHealth(name=settings.model_name, source=settings.model_source, reachable=reachable)


async def _listens(endpoint: str) -> bool:
    """Whether something takes connections there."""
    with suppress(OSError, ValueError, TimeoutError):
        url = urlsplit(endpoint)
        port = url.port or (80 if url.scheme == "http" else 443)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            _, writer = await asyncio.open_connection(url.hostname, port)
        writer.close()
        return True
    return False


async def _ledger(services: ApiServices) -> LedgerHealth:
    try:
        await asyncio.wait_for(in_thread(services.stores.ledger.ping), _PATIENCE_SECONDS)
    except (StorageError, TimeoutError) as error:
        log.error("ledger_unreachable error=%r", str(error))
        return LedgerHealth(name=services.stores.name, reachable=False)
    return LedgerHealth(name=services.stores.name, reachable=True)


async def get_health() -> func.HttpResponse:
    """200 while requests can be served; 503 where neither chat nor status could answer."""
    try:
        found = await check(services())
    except SettingsError as error:
        return json_response(Health(status="misconfigured", error=str(error)), status=503)
    return json_response(found, status=200 if found.ledger and found.ledger.reachable else 503)
