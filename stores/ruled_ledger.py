"""The writing half of the ledger port, the same for every storage: each call lets one rule draft what is written."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Literal, TypeVar

from domain.components import ComponentKind
from domain.trip.outcomes import TripOutcome
from domain.trip.records import Command, CommandKind, Data, TripRow
from stores import effect_rules, trip_rules
from stores.draft import Draft
from stores.ledger import Busy, Claim, CommandsWaiting, Done, EffectKey, PivotVerdict, Superseded

_T = TypeVar("_T")


class RuledLedger(ABC):
    """What a storage has to add is how a draft gets its trip and is written."""

    @abstractmethod
    def _write(self, trip: str, rule: Callable[[Draft], _T]) -> _T:
        """Let the rule draft, and write that whole or not at all. Raises `TripUnknownError`.

        The rule may run several times, each time on what stands by then.
        """

    def claim(self, effect: EffectKey, arguments: Data, epoch: int, lease: float) -> Claim | Done | Busy | Superseded:
        effect_rules.check(effect)
        return self._write(effect.trip, lambda draft: effect_rules.claim(draft, effect, arguments, epoch, lease))

    def renew(self, claim: Claim, lease: float) -> Claim:
        return self._write(claim.effect.trip, lambda draft: effect_rules.renew(draft, claim, lease))

    def release(self, claim: Claim) -> None:
        self._write(claim.effect.trip, lambda draft: effect_rules.release(draft, claim))

    def conclude(self, claim: Claim, answer: Data) -> Data:
        return self._write(claim.effect.trip, lambda draft: effect_rules.conclude(draft, claim, answer))

    def give_up(self, effect: EffectKey, epoch: int, fee_agreed: int | None = None) -> None:
        effect_rules.check(effect)
        self._write(effect.trip, lambda draft: effect_rules.give_up(draft, effect, epoch, fee_agreed))

    def lose(self, trip: str, component: str, kind: ComponentKind, epoch: int) -> None:
        self._write(trip, lambda draft: trip_rules.lose(draft, component, kind, epoch))

    def pivot(
        self, trip: str, epoch: int, seen: int, verdict: PivotVerdict
    ) -> Literal["done"] | CommandsWaiting | Superseded:
        return self._write(trip, lambda draft: trip_rules.pivot(draft, epoch, seen, verdict))

    def end_change(self, trip: str, epoch: int, command: int, done: bool) -> None:
        self._write(trip, lambda draft: trip_rules.end_change(draft, epoch, command, done))

    def close(
        self, outcome: TripOutcome, epoch: int, seen: int, version: int | None = None
    ) -> TripOutcome | CommandsWaiting | Superseded:
        return self._write(outcome.id, lambda draft: trip_rules.close(draft, outcome, epoch, seen, version))

    def accept(self, trip: str, kind: CommandKind, command_id: str, by: str, body: Data, version: int) -> Command:
        return self._write(trip, lambda draft: trip_rules.accept(draft, kind, command_id, by, body, version))

    def take_over(self, trip: str, version: int) -> TripRow:
        return self._write(trip, lambda draft: trip_rules.take_over(draft, version))

    def strand(self, trip: str, version: int) -> None:
        self._write(trip, lambda draft: trip_rules.strand(draft, version))
