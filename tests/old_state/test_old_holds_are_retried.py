"""A hold that commit 487b96e claimed is the same call today, so that sending it again finishes it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from activities import effects
from activities.services import open_services
from domain.components import ComponentKind
from domain.ids import effect_key
from domain.trip.effects import HoldOrder
from domain.trip.entry_data import HoldArguments
from domain.trip.records import Entry, TripRow
from stores.clock import Clock
from stores.ledger import EffectKey, Ledger
from stores.opening import open_stores
from support.app.old_state import OldState

LEASE = 30.0


def holds_of(ledger: Ledger) -> Iterator[tuple[TripRow, Entry]]:
    """Yield the intent of each first hold of the trips whose traveller was not forgotten."""
    for row in ledger.trips():
        for entry in ledger.entries(row.id):
            match entry:
                case Entry(event="intent", effect="hold", revision=1, data=HoldArguments(destination=str())):
                    yield row, entry
                case _:
                    pass


def key_of(entry: Entry) -> EffectKey:
    assert entry.component
    assert entry.kind
    return EffectKey(entry.trip, entry.component, entry.kind, "hold", 1, effect_key(entry.component, "hold", 1))


def order_of(row: TripRow, entry: Entry) -> HoldOrder:
    """Return the order that a saga of today makes for the first revision."""
    key, kind = key_of(entry), entry.kind
    assert kind
    return HoldOrder(
        trip=row.id,
        component=key.component,
        kind=kind,
        revision=1,
        key=key.key,
        epoch=row.epoch,
        destination=row.request.destination,
        date=row.request.date,
        units=row.request.units_of(kind),
        booked_at=entry.at,
        shape=row.request.shape_of(kind),
    )


def later(old: OldState) -> Clock:
    """Return a clock at which the leases of the killed process have run out and its holds are still valid."""
    return lambda: old.made_at + timedelta(minutes=2)


def test_no_digest_of_an_old_hold_differs_today(old_on_sqlite: OldState) -> None:
    ledger = open_stores(old_on_sqlite.settings, later(old_on_sqlite)).ledger
    claimed = 0
    for row, entry in list(holds_of(ledger)):
        order = order_of(row, entry)
        arguments = HoldArguments(destination=order.destination, date=order.date, units=order.units, shape=order.shape)
        # Raises `KeyReusedError` if the digest is another one.
        ledger.claim(key_of(entry), arguments, row.epoch, LEASE)
        claimed += 1
    assert claimed > 60


def test_a_hold_that_was_claimed_is_finished_under_its_key(old_on_sqlite: OldState) -> None:
    clock = later(old_on_sqlite)
    stores = open_stores(old_on_sqlite.settings, clock)
    services = replace(open_services(old_on_sqlite.settings, stores), clock=clock)
    kinds: list[ComponentKind] = []
    for row, entry in list(holds_of(stores.ledger)):
        outcomes = {done.key for done in stores.ledger.entries(row.id) if done.event in ("outcome", "given_up")}
        if entry.key in outcomes:
            continue
        order = order_of(row, entry)
        answer = effects.hold(services, order)
        booked = answer.facts.component(order.kind)
        assert (answer.status, booked and booked.first.hold) in (("done", "done"), ("refused", "refused"))
        kinds.append(order.kind)
    assert kinds == ["hotel", "hotel"]
