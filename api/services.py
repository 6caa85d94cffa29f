"""What the HTTP functions work with, opened once per process from the settings."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import process
from domain.options import SagaPolicy
from settings import Settings, settings
from stores.opening import Stores


@dataclass(frozen=True)
class ApiServices:
    """Everything outside that a handler may touch, besides the durable client of its request."""

    settings: Settings
    stores: Stores
    clock: Callable[[], datetime]

    @property
    def policy(self) -> SagaPolicy:
        """What sagas that start here go by."""
        return SagaPolicy.model_validate(self.settings, from_attributes=True)

    @property
    def is_ledger_shared(self) -> bool:
        """False on Azure with a ledger that only this machine can see."""
        return self.settings.website_instance_id is None or self.stores.name != "sqlite"


_lock = threading.Lock()
_opened: list[ApiServices] = []


def services() -> ApiServices:
    """The services of this process, opened on first use. Raises `SettingsError`."""
    with _lock:
        if not _opened:
            _opened.append(ApiServices(settings(), process.stores(), lambda: datetime.now(UTC)))
        return _opened[-1]


@contextmanager
def serving(replacement: ApiServices) -> Generator[None]:
    """Let the handlers work with other services for a while; for tests."""
    _opened.append(replacement)
    try:
        yield
    finally:
        _opened.remove(replacement)
