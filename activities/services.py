"""The services that the activities work with, opened once per process from the settings."""

import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import process
from activities.keyed import Patience
from agents.component_agents import AGENTS, ComponentAgent
from agents.opening import open_model
from agents.travel_agent import TravelAgent
from domain.components import ComponentKind
from domain.options import SagaPolicy
from settings import Settings, settings
from stores.conversations import Conversations
from stores.ledger import Ledger
from stores.opening import Stores
from suppliers.opening import Suppliers, open_suppliers


@dataclass(frozen=True)
class ActivityServices:
    """Everything outside that an activity may touch."""

    ledger: Ledger
    conversations: Conversations
    suppliers: Suppliers
    travel_agent: TravelAgent
    clerks: Mapping[ComponentKind, ComponentAgent]
    """The agent for each kind that words its supplier's answers."""
    model_name: str
    patience: Patience
    policy: SagaPolicy
    clock: Callable[[], datetime]


def open_services(given: Settings, stores: Stores) -> ActivityServices:
    """The services that these settings ask for, on these stores."""
    model = open_model(given)
    return ActivityServices(
        ledger=stores.ledger,
        conversations=stores.conversations,
        suppliers=open_suppliers(given),
        travel_agent=TravelAgent(model),
        clerks={kind: agent(model) for kind, agent in AGENTS.items()},
        model_name=model.name,
        patience=Patience(lease=given.key_lease_seconds, call=given.supplier_timeout_seconds),
        policy=SagaPolicy.model_validate(given, from_attributes=True),
        clock=lambda: datetime.now(UTC),
    )


_lock = threading.Lock()
_opened: list[ActivityServices] = []


def services() -> ActivityServices:
    """The services of this process, opened on first use."""
    with _lock:
        if not _opened:
            _opened.append(open_services(settings(), process.stores()))
        return _opened[-1]


@contextmanager
def serving(replacement: ActivityServices) -> Generator[None]:
    """Let the activities work with other services for a while; for tests."""
    _opened.append(replacement)
    try:
        yield
    finally:
        _opened.remove(replacement)
