"""What is promised of commands and of open items, counted anew from a trip's rows and from the companies' books.

A command that was accepted acts exactly once; a trip that needs attention lists exactly what is open.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from domain.components import Effect
from domain.ids import effect_key
from domain.trip.entry_data import ChangeEnd
from domain.trip.facts import ComponentFacts, Item, Revision, TripFacts
from domain.trip.keeping import all_goes
from domain.trip.marks import Mark
from domain.trip.records import Command, Entry
from suppliers.ports import Booking, Payment

DECIDED = ("settled", "written_off")
"""A person closed it."""
_OVER = ("done", *DECIDED)
_Listed = tuple[str, str, int, int]
"""Component, effect, revision (of a refund its number), amount."""


def unheard(facts: TripFacts, entries: Sequence[Entry], commands: Sequence[Command], status: str) -> Iterator[str]:
    """Accepted commands of a trip at rest that did nothing, or did it twice."""
    if facts.cancel is not None and status not in ("cancelled", "needs_attention"):
        yield f"a cancel was accepted, and the trip is {status}"
    ended = [entry.data.command for entry in entries if isinstance(entry.data, ChangeEnd)]
    wanted = [command.number for command in commands if command.kind == "change"]
    if facts.cancel is None and status != "needs_attention" and sorted(map(str, ended)) != sorted(map(str, wanted)):
        yield f"the changes {wanted} were accepted, through or undone are {ended}"
    if facts.choice == "undo" and status not in ("failed", "cancelled", "needs_attention"):
        yield f"the traveller chose to undo, and the trip is {status}"


def misplaced_items(facts: TripFacts, listed: Sequence[Item]) -> Iterator[str]:
    """What is listed and not open, or open and not listed, by the marks of the trip's effects."""
    found = sorted((item.component, item.effect, item.revision, item.amount.minor) for item in listed)
    wanted = sorted(each for component in facts.components for each in _given_up(component))
    if found != wanted:
        yield f"listed as open are {found}, open are {wanted}"


def unlisted(
    facts: TripFacts, bookings: Sequence[Booking], payments: Sequence[Payment], now: datetime
) -> Iterator[str]:
    """What binds somebody, or whose money is kept, although it is to go and no open item says so."""
    for component in facts.components:
        items = [item for item in facts.items if item.component == component.id]
        for revision in component.revisions:
            if _goes(facts, revision):
                yield from _bound(component, revision, items, (*bookings, *payments), now)
        if all_goes(facts) or any(item.effect == "refund" for item in items):
            yield from _kept(facts, component, items, bookings, payments)


def _given_up(component: ComponentFacts) -> Iterator[_Listed]:
    for revision in component.revisions:
        effects = {
            "confirm": (revision.confirm, revision.cancel, revision.cost),
            "capture": (revision.capture, revision.void, revision.cost),
            "cancel": (revision.cancel, "none", revision.cost),
            "void": (revision.void, "none", revision.authorized),
        }
        for effect, (mark, undone, amount) in effects.items():
            if mark == "given_up" and undone not in _OVER:
                yield component.id, effect, revision.number, amount
    for refund in component.refunds:
        if refund.mark == "given_up":
            yield component.id, "refund", refund.number, refund.amount


def _goes(facts: TripFacts, revision: Revision) -> bool:
    return all_goes(facts) or revision.failed


def _bound(
    component: ComponentFacts,
    revision: Revision,
    items: Sequence[Item],
    lines: Sequence[Booking | Payment],
    now: datetime,
) -> Iterator[str]:
    """A booking or an authorization of the revision that stands, with nobody told to undo it."""
    listed = {item.effect for item in items if item.revision == revision.number}
    sides: tuple[tuple[Effect, Mark, set[str]], ...] = (
        ("hold", revision.cancel, {"cancel", "confirm"}),
        ("authorize", revision.void, {"void", "capture"}),
    )
    for effect, undone, saying in sides:
        key = effect_key(component.id, effect, revision.number)
        for line in lines:
            stands = line.status == "confirmed" or (line.status in ("held", "authorized") and now < line.expires)
            if line.key == key and stands and undone not in DECIDED and not listed & saying:
                yield f"{key} is {line.status} and is to go, and no open item says so"


def _kept(
    facts: TripFacts,
    component: ComponentFacts,
    items: Sequence[Item],
    bookings: Sequence[Booking],
    payments: Sequence[Payment],
) -> Iterator[str]:
    """What is kept beyond price, fees and decisions is what the open items say; less is never kept."""
    mine = [line for line in payments if line.key.startswith(f"{component.id}/")]
    taken = sum(line.captured.minor - line.refunded.minor for line in mine)
    staying = {effect_key(component.id, "hold", r.number) for r in component.revisions if not _goes(facts, r)}
    agreed = [line.amount.minor for line in bookings if line.key in staying and line.status == "confirmed"]
    settled = sum(refund.amount for refund in component.refunds if refund.mark in DECIDED)
    beyond = taken - (max(agreed, default=0) + component.fees + settled)
    uncertain = [item.amount.minor for item in items if item.effect in ("refund", "capture", "void")]
    if beyond > sum(uncertain) or (beyond < 0 and not uncertain):
        yield f"{component.id}: {taken} is kept, {beyond} more than agreed, and open items say {uncertain}"
