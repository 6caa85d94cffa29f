"""States in which a supplier's book may have one revision of a component, by the ledger's marks.

While an effect's outcome is unknown, the book may be on either side of it. A hold that expired still counts as held,
because expiry writes no rows.
"""

from collections.abc import Iterable

from domain.trip.marks import ENDED, UNSURE, Mark
from domain.trip.revisions import Revision

_SENT: tuple[Mark, ...] = (*UNSURE, "done")

NONE = "none"
"""The supplier has nothing under the key."""

States = frozenset[str]
_NOTHING: States = frozenset({NONE})


def booking_states(revision: Revision) -> States:
    """Return the statuses of `suppliers.ports.Booking` that agree with the ledger, and `NONE` where that does."""
    held = _after(revision.hold, _NOTHING, "held")
    confirmed = _after(revision.confirm, held, "confirmed")
    if revision.cancel == "none":
        return confirmed
    if revision.cancel == "done":
        return _cancelled_states(revision)
    # Also an operator's decision leaves open what became of the cancel at the supplier.
    return confirmed | {"released", "cancelled"}


def _cancelled_states(revision: Revision) -> States:
    states = {"cancelled"}
    if revision.confirm != "done":
        # A booking that never was confirmed is released, not cancelled.
        states.add("released")
    if revision.hold != "done":
        # A hold that never arrived leaves only a tombstone, which is no line of the book.
        states.add(NONE)
    return frozenset(states)


def payment_states(revision: Revision) -> States:
    """Return the statuses of `suppliers.ports.Payment` that agree with the ledger, and `NONE` where that does.

    A payment refunded in full counts as captured.
    """
    # Money may be captured without a capture that is done: voiding can find that it was taken after all.
    if revision.capture == "done" or revision.captured:
        return frozenset({"captured"})
    authorized = _after(revision.authorize, _NOTHING, "authorized")
    if revision.void == "done":
        return (authorized - {"authorized"}) | {"voided"}
    captured = _after(revision.capture, authorized, "captured")
    if revision.void == "none":
        return captured
    # Also an operator's decision leaves open what became of the authorization at the provider.
    return captured | {"voided"}


def _after(mark: Mark, before: States, status: str) -> States:
    """Return the states after an effect that leads to `status`: only that one if it is done, both if nobody knows."""
    if mark == "done":
        return frozenset({status})
    if mark in UNSURE:
        return before | {status}
    return before


def booking_concluded(revision: Revision) -> bool:
    """Return whether the booking's state is certain: each call was answered, or what it did has been undone."""
    return _is_concluded(revision.cancel, forward=(revision.hold, revision.confirm))


def payment_concluded(revision: Revision) -> bool:
    """Return whether the payment's state is certain: each call was answered, or what it did has been undone."""
    is_captured = revision.captured != 0
    return _is_concluded(revision.void, forward=(revision.authorize, revision.capture), is_certain=is_captured)


def _is_concluded(undo: Mark, forward: Iterable[Mark], *, is_certain: bool = False) -> bool:
    if undo in UNSURE:
        return False
    is_undone = undo in ENDED
    is_answered = set(UNSURE).isdisjoint(forward)
    return is_certain or is_undone or is_answered


def left_held(revision: Revision) -> bool:
    """Return whether by the ledger the booking is still held, neither confirmed nor given up."""
    was_sent = revision.hold in _SENT
    is_confirmed = revision.confirm == "done"
    return was_sent and not is_confirmed and revision.cancel == "none"


def left_authorized(revision: Revision) -> bool:
    """Return whether by the ledger money is still authorized, neither captured nor voided."""
    was_sent = revision.authorize in _SENT
    is_captured = revision.captured != 0
    return was_sent and not is_captured and revision.void == "none"
