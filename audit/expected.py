"""States in which a supplier's book may have one revision of a component, by the ledger's marks.

While an effect's outcome is unknown, the book may be on either side of it. A hold that expired still counts as held,
because expiry writes no rows.
"""

from domain.trip.facts import Revision
from domain.trip.marks import Mark

_SENT: tuple[Mark, ...] = ("intended", "given_up", "done")
_UNSURE: tuple[Mark, ...] = ("intended", "given_up")

NONE = "none"
"""The supplier has nothing under the key."""


def booking_states(revision: Revision) -> frozenset[str]:
    """Return the statuses of `suppliers.ports.Booking` that agree with the ledger, and `NONE` where that does."""
    states = {NONE}
    if revision.hold in _SENT:
        states = {"held"} if revision.hold == "done" else {NONE, "held"}
    if revision.confirm == "done":
        states = {"confirmed"}
    elif revision.confirm in _UNSURE:
        states |= {"confirmed"}
    if revision.cancel == "done":
        gone = {"cancelled"} if revision.confirm == "done" else {"released", "cancelled"}
        return frozenset(gone if revision.hold == "done" else gone | {NONE})
    return frozenset(states if revision.cancel == "none" else states | {"released", "cancelled"})


def payment_states(revision: Revision) -> frozenset[str]:
    """Return the statuses of `suppliers.ports.Payment` that agree with the ledger, and `NONE` where that does.

    A payment refunded in full counts as captured.
    """
    states = {NONE}
    if revision.authorize in _SENT:
        states = {"authorized"} if revision.authorize == "done" else {NONE, "authorized"}
    if revision.capture == "done" or revision.captured:
        return frozenset({"captured"})
    if revision.void == "done":
        return frozenset({"voided"} if revision.authorize == "done" else {NONE, "voided"})
    if revision.capture in _UNSURE:
        states |= {"captured"}
    return frozenset(states if revision.void == "none" else states | {"voided"})


def booking_concluded(revision: Revision) -> bool:
    """Return whether the booking's state is certain: each call was answered, or what it did has been undone."""
    is_undone = revision.cancel in ("done", "settled", "written_off")
    is_sure = revision.hold not in _UNSURE and revision.confirm not in _UNSURE
    return revision.cancel not in _UNSURE and (is_undone or is_sure)


def payment_concluded(revision: Revision) -> bool:
    """Return whether the payment's state is certain: each call was answered, or what it did has been undone."""
    is_undone = revision.void in ("done", "settled", "written_off") or bool(revision.captured)
    is_sure = revision.authorize not in _UNSURE and revision.capture not in _UNSURE
    return revision.void not in _UNSURE and (is_undone or is_sure)


def left_held(revision: Revision) -> bool:
    """Return whether by the ledger the booking is still held, neither confirmed nor given up."""
    return revision.hold in _SENT and revision.confirm != "done" and revision.cancel == "none"


def left_authorized(revision: Revision) -> bool:
    """Return whether by the ledger money is still authorized, neither captured nor voided."""
    return revision.authorize in _SENT and not revision.captured and revision.void == "none"
