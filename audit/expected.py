"""How a company's book may have what the ledger's rows tell of one booking.

While an effect's outcome is unknown, the book may be on either side of it. Expiry needs no rows: a hold that ended by
itself still counts as held here.
"""

from domain.trip.facts import Mark, Revision

_SENT: tuple[Mark, ...] = ("intended", "given_up", "done")
_UNSURE: tuple[Mark, ...] = ("intended", "given_up")

NONE = "none"
"""The company has nothing under the key."""


def booking_states(revision: Revision) -> frozenset[str]:
    """Statuses of `suppliers.ports.Booking` that agree with the ledger."""
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
    """Statuses of `suppliers.ports.Payment` that agree with the ledger; one refunded in full counts as captured."""
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
    """Whether nothing about the booking is unknown: what was asked was answered, or has been undone since."""
    undone = revision.cancel in ("done", "settled", "written_off")
    sure = revision.hold not in _UNSURE and revision.confirm not in _UNSURE
    return revision.cancel not in _UNSURE and (undone or sure)


def payment_concluded(revision: Revision) -> bool:
    """Whether nothing about the payment is unknown."""
    undone = revision.void in ("done", "settled", "written_off") or bool(revision.captured)
    sure = revision.authorize not in _UNSURE and revision.capture not in _UNSURE
    return revision.void not in _UNSURE and (undone or sure)


def left_held(revision: Revision) -> bool:
    """Whether by the ledger the booking is still held, neither confirmed nor given up."""
    return revision.hold in _SENT and revision.confirm != "done" and revision.cancel == "none"


def left_authorized(revision: Revision) -> bool:
    """Whether by the ledger money is still reserved, neither captured nor voided."""
    return revision.authorize in _SENT and not revision.captured and revision.void == "none"
