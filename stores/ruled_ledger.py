"""The part of the ledger port that is the same for every storage: each write lets one rule fill a unit of work."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Literal, TypeVar

from domain.components import ComponentKind
from domain.trip.command_bodies import CommandBody, CommandKind
from domain.trip.effect_outcomes import Outcome
from domain.trip.entry_data import Arguments
from domain.trip.facts import TripFacts
from domain.trip.folding import TripRows
from domain.trip.outcomes import TripOutcome
from domain.trip.records import Command, TripRow
from stores import effect_rules, trip_rules
from stores.ledger import Busy, CommandsWaiting, Conclusion, Done, EffectKey, KeyClaim, PivotVerdict, Superseded
from stores.texts import PURGED, purge_key
from stores.unit_of_work import UnitOfWork

_T = TypeVar("_T")


class RuledLedger(ABC):
    """Writes by the rules. A storage adds reading the stored trip and writing the unit of work."""

    @abstractmethod
    def _write(self, trip: str, rule: Callable[[UnitOfWork], _T]) -> _T:
        """Let the rule fill a unit of work, write it whole or not at all, and return the rule's result.

        The rule may run several times, each time on the rows of that moment. Raises `TripUnknownError`.
        """

    @abstractmethod
    def rows(self, trip: str) -> TripRows:
        """Return the rows; see `Ledger.rows`."""

    @abstractmethod
    def keep_text(self, key: str, text: str) -> str:
        """Keep a text; see `Ledger.keep_text`."""

    @abstractmethod
    def text(self, key: str) -> str | None:
        """Return a text; see `Ledger.text`."""

    def facts(self, trip: str) -> TripFacts:
        return self.rows(trip).facts

    def note_purge(self, trip: str, version: int) -> None:
        self.keep_text(purge_key(trip, version), PURGED)

    def is_purged(self, trip: str, version: int) -> bool:
        return self.text(purge_key(trip, version)) is not None

    def claim(
        self, effect: EffectKey, arguments: Arguments, epoch: int, lease: float
    ) -> KeyClaim | Done | Busy | Superseded:
        effect_rules.check(effect)
        return self._write(effect.trip, lambda work: effect_rules.claim(work, effect, arguments, epoch, lease))

    def renew(self, claim: KeyClaim, lease: float) -> KeyClaim:
        return self._write(claim.effect.trip, lambda work: effect_rules.renew(work, claim, lease))

    def release(self, claim: KeyClaim) -> None:
        self._write(claim.effect.trip, lambda work: effect_rules.release(work, claim))

    def conclude(self, claim: KeyClaim, outcome: Outcome, text: str | None = None) -> Conclusion:
        def rule(work: UnitOfWork) -> Conclusion:
            stored = effect_rules.conclude(work, claim, outcome, text)
            return Conclusion(stored, work.finished_rows)

        return self._write(claim.effect.trip, rule)

    def give_up(self, effect: EffectKey, epoch: int, fee_agreed: int | None = None) -> None:
        effect_rules.check(effect)
        self._write(effect.trip, lambda work: effect_rules.give_up(work, effect, epoch, fee_agreed))

    def lose(self, trip: str, component: str, kind: ComponentKind, epoch: int) -> None:
        self._write(trip, lambda work: trip_rules.lose(work, component, kind, epoch))

    def pivot(
        self, trip: str, epoch: int, commands_read: int, verdict: PivotVerdict
    ) -> Literal["done"] | CommandsWaiting | Superseded:
        return self._write(trip, lambda work: trip_rules.pivot(work, epoch, commands_read, verdict))

    def end_change(self, trip: str, epoch: int, command: int, done: bool) -> None:
        self._write(trip, lambda work: trip_rules.end_change(work, epoch, command, done))

    def close(
        self, outcome: TripOutcome, epoch: int, commands_read: int, version: int | None = None
    ) -> TripOutcome | CommandsWaiting | Superseded:
        return self._write(outcome.id, lambda work: trip_rules.close(work, outcome, epoch, commands_read, version))

    def accept(  # noqa: PLR0913 - the parts of one command
        self, trip: str, kind: CommandKind, command_id: str, by: str, body: CommandBody, version: int
    ) -> Command:
        request = trip_rules.CommandRequest(command_id, kind, by, body)
        return self._write(trip, lambda work: trip_rules.accept(work, request, version))

    def take_over(self, trip: str, version: int) -> TripRow:
        return self._write(trip, lambda work: trip_rules.take_over(work, version))

    def strand(self, trip: str, version: int) -> None:
        self._write(trip, lambda work: trip_rules.strand(work, version))
