"""The races for one trip: who comes first is left to the threads, and whoever it is, no promise is broken."""

from collections.abc import Callable
from typing import Any

from activities.services import serving
from api.problems import ApiProblem
from domain.attention.decisions import Decision
from domain.options import SagaPolicy
from support.chaos.arena import MOST_ROUNDS, Arena
from support.orchestrations.invariant import require_invariant

PIVOT = "record_pivot_activity"


class RaceError(AssertionError):
    """Somebody got an answer that the trip does not keep."""


Race = Callable[[Arena], str]
_STEPS_OF_A_STAY = ("process_hotel_payment", "confirm_hotel_activity", "close_trip_activity")
_STEPS_OF_A_CHANGE = (*_STEPS_OF_A_STAY, "capture_hotel_payment", "cancel_hotel_activity", "end_change_activity")


def cancel_against_pivot(arena: Arena) -> str:
    got = arena.during(PIVOT, arena.cancels)
    arena.book("travel" if arena.dice.random() < 0.1 else "hotel")
    _require(arena.settle() == "cancelled", "a cancel was accepted, and the trip is not cancelled", got)
    _require(got[1] == 202, "the cancel was not accepted", got)
    return "pivot won" if arena.house.facts(arena.trip).pivot == "recorded" else "cancel won"


def change_against_cancel(arena: Arena) -> str:
    """At the trip's end, or at some step of a change."""
    arena.book()
    arena.settle()
    if arena.dice.random() < 0.5:
        got = arena.contend(lambda: arena.changes(7), arena.cancels)
        accepted = arena.commands("change")
        first = "change" if accepted and accepted[0].number < arena.commands("cancel")[0].number else "cancel"
        won = f"{first} won"
    else:
        got = arena.during(arena.dice.choice(_STEPS_OF_A_CHANGE), arena.cancels)
        arena.changes(7)
        arena.settle()
        if not got:
            arena.cancels()
        won = "cancelled on the change's way" if got else "cancelled after the change"
    _require(arena.settle() == "cancelled", "a cancel was accepted, and the trip is not cancelled", got)
    _require(len(arena.commands("cancel")) == 1, "one cancel was accepted", got)
    return won


def two_cancels(arena: Arena) -> str:
    arena.book()

    def both() -> list[Any]:
        return arena.contend(lambda: arena.cancels("first"), lambda: arena.cancels("second"))

    if arena.dice.random() < 0.5:
        arena.settle()
        got = both()
    else:
        got = arena.during(arena.dice.choice(_STEPS_OF_A_STAY), both)
    _require(arena.settle() == "cancelled", "a cancel was accepted, and the trip is not cancelled", got)
    _require(len(arena.commands("cancel")) == 1, "two cancels are one", got)
    return f"{arena.commands('cancel')[0].by} won"


def two_changes(arena: Arena) -> str:
    arena.book()
    arena.settle()
    lengths = arena.dice.sample((1, 2, 3, 4, 6, 7, 8, 9), 2)
    got = arena.contend(*(lambda units=units: arena.changes(units) for units in lengths))
    refused = [each for each in got if isinstance(each, ApiProblem)]
    _require(len(refused) == 1 and refused[0].problem.code == "change_in_progress", "one of two changes is made", got)
    _require(arena.settle() == "confirmed", "the trip stays confirmed", got)
    kept = arena.house.facts(arena.trip).components[0].revisions[-1].units
    _require(kept == lengths[got.index(None)], "the change that was accepted is made", got)
    return f"{'first' if got[0] is None else 'second'} won"


def answer_against_deadline(arena: Arena) -> str:
    arena.schedule.refusing = frozenset({"car/hold"})
    got = arena.during(PIVOT, lambda: arena.answers("keep"), when=lambda given: given["give_up"])
    arena.book("travel", "ask_me", SagaPolicy(ask_me_seconds=60))
    status = arena.settle()
    arena.schedule.refusing = frozenset()
    _require(bool(got), "the deadline came", got)
    accepted = not isinstance(got[1], Exception)
    _require(accepted == (len(arena.commands("answer")) == 1), "an answer is stored or refused", got)
    _require(status == ("partly_confirmed" if accepted else "failed"), f"the answer counts, if taken: {status}", got)
    return "answer won" if accepted else "deadline won"


def attention_against_retry(arena: Arena) -> str:
    """Two operators decide on one item; or one does, while the round of another's retry runs."""
    effect = arena.dice.choice(("cancel", "refund"))
    arena.schedule.stuck = frozenset({f"hotel/{effect}"})
    arena.book()
    arena.settle()
    arena.cancels()
    _require(arena.settle() == "needs_attention", "the trip is parked", [])
    version, [item] = arena.house.row(arena.trip).version, arena.house.facts(arena.trip).items
    arena.schedule.mend()
    closing: Decision = arena.dice.choice(("settled", "written_off"))
    if arena.dice.random() < 0.5:
        got = arena.contend(
            lambda: arena.decides("retry", version, item.id), lambda: arena.decides(closing, version, item.id)
        )
        _require(got.count("accepted") + got.count("already_done") == 1, "one of two decisions counts", got)
        won = "retry won" if got[0] == "accepted" else "the other decision won"
    else:
        arena.decides("retry", version, item.id)
        now = arena.house.row(arena.trip).version
        got = arena.during("cancel_hotel_activity", lambda: arena.decides(closing, now, item.id))
        won = "decided while the retry ran"
    arena.house.wake(arena.trip)
    for _ in range(MOST_ROUNDS):
        if arena.settle() != "needs_attention":
            break
        open_item = arena.house.facts(arena.trip).items[0]
        arena.decides("written_off", arena.house.row(arena.trip).version, open_item.id)
        arena.house.wake(arena.trip)
    _require(arena.settle() == "cancelled", f"the trip comes to its end: {arena.settle()}", got)
    return won


RACES: dict[str, Race] = {
    "cancel against pivot": cancel_against_pivot,
    "change against cancel": change_against_cancel,
    "two cancels": two_cancels,
    "two changes": two_changes,
    "answer against deadline": answer_against_deadline,
    "attention against retry": attention_against_retry,
}
WINNERS: dict[str, tuple[str, ...]] = {
    "cancel against pivot": ("cancel won", "pivot won"),
    "change against cancel": ("change won", "cancel won", "cancelled on the change's way"),
    "two cancels": ("first won", "second won"),
    "two changes": ("first won", "second won"),
    "answer against deadline": ("answer won", "deadline won"),
    "attention against retry": ("retry won", "the other decision won", "decided while the retry ran"),
}
"""What comes of each race now and then, when it is run often enough."""


def run_race(arena: Arena, race: Race, name: str) -> str:
    """Run one race for a fresh trip and require the invariant; who won. Raises `AssertionError` with its timeline."""
    arena.trip = name
    with serving(arena.house.services):
        try:
            won = race(arena)
            arena.schedule.arrive()
            require_invariant(arena.house, name)
            return won
        except Exception as error:
            moments = [f"  {m.at:%H:%M:%S.%f} {m.event}: {m.text}" for m in arena.house.view(name).timeline]
            raise AssertionError("\n".join([str(error), *moments])) from error


def _require(kept: bool, promise: str, got: list[Any]) -> None:
    if not kept:
        raise RaceError(f"{promise}; they got {got}")
