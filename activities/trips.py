"""The record of a trip as a whole: how it ended."""

import logging

from activities.services import Services
from domain.outcomes import SagaInput, TripOutcome
from domain.turns import Recorded
from stores.ledger import TripUnknownError

log = logging.getLogger(__name__)


def recall(services: Services, saga: SagaInput) -> Recorded:
    """How the trip has ended, if it has. Raises `TripUnknownError`, before any effect, when it has no row."""
    row = services.ledger.trip(saga.trip)
    if row is None:
        raise TripUnknownError(f"There is no trip {saga.trip} in the ledger; nothing was booked or charged.")
    return Recorded(outcome=row.outcome)


def close(services: Services, outcome: TripOutcome) -> TripOutcome:
    """Record how the trip ended; what was recorded first stands."""
    stands = services.ledger.close(outcome)
    log.info("trip_closed trip=%s status=%s", stands.id, stands.status)
    return stands
