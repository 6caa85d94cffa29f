"""The services of the HTTP functions, opened once for each process from the settings."""

import logging
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
    """The settings, stores and clock of the handlers. The durable client comes with each request instead."""

    settings: Settings
    stores: Stores
    clock: Callable[[], datetime]

    @property
    def policy(self) -> SagaPolicy:
        """Return the policy that sagas started here follow."""
        return SagaPolicy.model_validate(self.settings, from_attributes=True)

    @property
    def is_ledger_shared(self) -> bool:
        """Return whether all instances of the app see this ledger. On Azure a SQLite file is local to one machine."""
        return self.settings.website_instance_id is None or self.stores.name != "sqlite"


log = logging.getLogger(__name__)

_lock = threading.Lock()
_opened: list[ApiServices] = []


def services() -> ApiServices:
    """Return the services of this process, opened on first use. Raise `SettingsError`."""
    with _lock:
        if not _opened:
            opened = ApiServices(settings(), process.stores(), lambda: datetime.now(UTC))
            _tell_if_nobody_can_sign_in(opened.settings)
            _opened.append(opened)
        # The last one: `serving` may have put a replacement above those of the process.
        return _opened[-1]


def _tell_if_nobody_can_sign_in(settings: Settings) -> None:
    """Log that a deployed app neither signs people in nor knows a key: it has no operators, and at most sessions."""
    if not settings.knows_anybody:
        log.warning("nobody_can_sign_in hint=%r", "Turn on App Service Authentication, or set API_KEYS.")


@contextmanager
def serving(replacement: ApiServices) -> Generator[None]:
    """Let the handlers use other services while the context lasts. For tests."""
    _opened.append(replacement)
    try:
        yield
    finally:
        _opened.remove(replacement)
