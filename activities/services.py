"""The services that the activities work with, opened once per process from the settings."""

import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import process
from activities.keyed import Timeouts
from agents.component_agents import AGENTS, ComponentAgent
from agents.opening import open_model
from agents.travel_agent import TravelAgent
from domain.components import ComponentKind
from domain.options import SagaPolicy
from settings import Settings
from settings import settings as settings_of_process
from stores.conversations import Conversations
from stores.ledger import Ledger
from stores.opening import Stores
from stores.quotes import Quotes
from suppliers.opening import Suppliers, open_suppliers


@dataclass(frozen=True)
class ActivityServices:
    """Everything outside of it that an activity may use."""

    ledger: Ledger
    conversations: Conversations
    quotes: Quotes
    suppliers: Suppliers
    travel_agent: TravelAgent
    component_agents: Mapping[ComponentKind, ComponentAgent]
    """The agents that word the suppliers' answers, by kind of component."""
    model_name: str
    timeouts: Timeouts
    policy: SagaPolicy
    auto_approve_limit: int
    """Minor units up to which the bookings of one message are made without a quote."""
    quote_hours: float
    clock: Callable[[], datetime]


def open_services(settings: Settings, stores: Stores) -> ActivityServices:
    """Return the services that the settings name, on these stores."""
    model = open_model(settings)
    suppliers = open_suppliers(settings)
    return ActivityServices(
        ledger=stores.ledger,
        conversations=stores.conversations,
        quotes=stores.quotes,
        suppliers=suppliers,
        travel_agent=TravelAgent(model),
        component_agents={kind: agent(model) for kind, agent in AGENTS.items()},
        model_name=model.name,
        timeouts=Timeouts(
            lease=settings.key_lease_seconds,
            call=None if suppliers.answer_at_once else settings.supplier_timeout_seconds,
        ),
        policy=SagaPolicy.model_validate(settings, from_attributes=True),
        auto_approve_limit=settings.auto_approve_limit,
        quote_hours=settings.quote_hours,
        clock=lambda: datetime.now(UTC),
    )


_lock = threading.Lock()
_opened: list[ActivityServices] = []


def services() -> ActivityServices:
    """Return the services of this process, opened on first use."""
    with _lock:
        if not _opened:
            _opened.append(open_services(settings_of_process(), process.stores()))
        # The last one: `serving` may have put a replacement above those of the process.
        return _opened[-1]


@contextmanager
def serving(replacement: ActivityServices) -> Generator[None]:
    """Let the activities use other services while the context lasts. For tests."""
    _opened.append(replacement)
    try:
        yield
    finally:
        _opened.remove(replacement)
