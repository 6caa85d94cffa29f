"""Comparison of the terms of cancelling and of the open items with a recount from the books. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from audit.findings import Check, Difference, amount_of, failed
from audit.money import minor_of
from audit.recounted.recount import Part, Recount
from audit.view_checks.prose import Prose
from domain.amount import Money
from domain.attention.open_items import OpenItem
from domain.components import COMPONENTS, Effect
from domain.money.terms import CancelTerm, CancelTerms
from domain.trip.outcomes import TripStatus

_NOTED: tuple[TripStatus, ...] = ("cancelled", "failed", "cancelling", "compensating")
"""Statuses in which nothing is left to cancel, which the terms must say."""

Terms = tuple[str | None, Money, Money]
"""Confirmation, fee and refund of one component."""


def terms_differences(terms: CancelTerms, recount: Recount, status: TripStatus, prose: Prose) -> Iterator[Difference]:
    """Yield terms that are not what cancelling now would cost and give back; `status` is that of the trip's view."""
    trip = recount.row.id
    terms_of = {term.kind: term for term in terms.components}
    yield from failed(trip, None, _sum_checks(terms, recount, status, prose))
    for part in recount.parts:
        # Taken out, so that what is left at the end was never attempted.
        offered = _offered(terms_of.pop(part.rows.kind, None))
        expected = _expected_terms(part, recount)
        text = f"the terms of {part.rows.id} are told as {offered}, and are {expected}"
        check = Check(
            holds=offered == expected,
            code="told_differs",
            text=text,
        )
        yield from failed(trip, part.rows.id, [check])
    for kind in terms_of:
        yield Difference(
            trip=trip,
            component=None,
            code="told_differs",
            text=f"the terms name a {kind} that was never attempted",
        )


def _sum_checks(terms: CancelTerms, recount: Recount, status: TripStatus, prose: Prose) -> Iterator[Check]:
    kinds = {term.kind for term in terms.components}
    fee = recount.money(sum(term.fee.minor for term in terms.components))
    refund = recount.money(sum(term.refund.minor for term in terms.components))
    expected = (recount.row.id, status, fee, refund)
    yield Check(
        holds=(terms.id, terms.status, terms.fee, terms.refund) == expected,
        code="told_differs",
        text=f"the terms of {terms.id} are not the sum of their parts",
    )
    yield Check(
        holds=len(kinds) == len(terms.components),
        code="told_differs",
        text="the terms name a component twice",
    )
    yield from _note_checks(terms, recount, prose)


def _note_checks(terms: CancelTerms, recount: Recount, prose: Prose) -> Iterator[Check]:
    """Yield the checks of the money that is owed already, and of the note that says so."""
    owed = recount.money(sum(part.owed for part in recount.parts))
    yield Check(
        holds=terms.owed == owed,
        code="told_differs",
        text=f"the terms tell that {terms.owed} is owed, and it is {owed}",
    )
    note = str(terms.note)
    yield Check(
        holds=terms.note is not None or terms.status not in _NOTED,
        code="told_differs",
        text=f"the terms do not say that the trip is {terms.status}",
    )
    yield Check(
        holds=str(owed) in note or owed.minor == 0,
        code="told_differs",
        text=f"the note of the terms does not say that {owed} is owed",
    )
    mistakes = list(prose.wrong(note))
    yield Check(
        holds=not mistakes,
        code="told_differs",
        text=f"the note of the terms {' and '.join(mistakes)}",
    )


def _offered(term: CancelTerm | None) -> Terms | None:
    return (term.confirmation, term.fee, term.refund) if term else None


def _expected_terms(part: Part, recount: Recount) -> Terms | None:
    """Return confirmation, fee and refund, or None if nothing is booked."""
    line = part.staying
    if line is None:
        return None
    is_paid = line.status == "confirmed" and part.taken > 0
    fee = minor_of(line.cancel_fee) if is_paid else 0
    return line.confirmation, recount.money(fee), recount.money(max(0, part.left - part.owed - fee))


@dataclass(frozen=True)
class _Open:
    """One effect that waits for an operator, by the rows."""

    part: Part
    effect: Effect
    number: int


def item_differences(items: Sequence[OpenItem], recount: Recount, prose: Prose) -> Iterator[Difference]:
    """Yield open items that are not what waits for an operator."""
    effects = _open_effects(recount)
    # The recovery of a whole trip has no effect in the rows that could be listed here.
    listed = [item.item for item in items if item.effect != "recovery"]
    text = f"the open items are told as {listed}, and are {list(effects)}"
    check = Check(
        holds=sorted(listed) == sorted(effects),
        code="told_differs",
        text=text,
    )
    yield from failed(recount.row.id, None, [check])
    for item in items:
        if item.effect == "recovery":
            yield from failed(recount.row.id, None, [_recovery_check(item, recount)])
        if item.item in effects:
            checks = _item_checks(item, effects[item.item], recount, prose)
            yield from failed(recount.row.id, None, checks)


def _open_effects(recount: Recount) -> Mapping[str, _Open]:
    """Return the effects that wait for an operator, by the names of their items."""
    effects: dict[str, _Open] = {}
    for part in recount.parts:
        suffix = COMPONENTS[part.rows.kind].suffix
        for effect, number in part.rows.open_items:
            effects[f"{suffix}-{effect}-{number}"] = _Open(part, effect, number)
    return effects


def _item_checks(item: OpenItem, waiting: _Open, recount: Recount, prose: Prose) -> Iterator[Check]:
    row, part, effect = recount.row, waiting.part, waiting.effect
    actual = (item.trip, item.component, item.kind, item.effect, item.amount, item.etag)
    amount = recount.money(_amount_at_stake(part, effect, waiting.number))
    required = (row.id, part.rows.id, part.rows.kind, effect, amount, f'"{row.version}"')
    yield Check(
        holds=actual == required,
        code="told_differs",
        text=f"the open item is told as {actual}, and is {required}",
    )
    key = f"{part.rows.id}/{effect}/{waiting.number}"
    yield _particulars_check(item, waiting)
    yield _work_check(item, key, recount)
    times = [entry.at for entry in recount.entries if entry.key == key and entry.event != "intent"]
    yield Check(
        holds=item.opened_at in times,
        code="told_differs",
        text=f"{item.item} was not opened at {item.opened_at}",
    )
    for wrong in prose.wrong(item.reason):
        yield Check(
            holds=False,
            code="told_differs",
            text=f"the reason of {item.item} {wrong}",
        )


def _work_check(item: OpenItem, key: str, recount: Recount) -> Check:
    """Return the check of the attempts at an effect, of its failed rounds, and of who decided on it last."""
    actual = (item.attempts, item.given_up, item.by)
    given_up = [entry for entry in recount.rows_of("given_up") if entry.key == key]
    required = (recount.claims.get(key, 0), len(given_up), _last_decider(recount, key))
    return Check(
        holds=actual == required,
        code="told_differs",
        text=f"the work on {item.item} is told as {actual}, and was {required}",
    )


def _recovery_check(item: OpenItem, recount: Recount) -> Check:
    """Return the check of a trip that has to be recovered: its sagas, the times it was stranded, who decided last."""
    actual = (item.trip, item.attempts, item.given_up, item.allowed, item.by)
    sagas, stranded = len(recount.rows_of("taken_over")), len(recount.rows_of("stranded"))
    required = (recount.row.id, sagas, stranded, ("retry",), _last_decider(recount, None))
    return Check(
        holds=actual == required,
        code="told_differs",
        text=f"the recovery is told as {actual}, and is {required}",
    )


def _last_decider(recount: Recount, key: str | None) -> str | None:
    """Return who gave the command with the last decision on an item, or None before any decision."""
    names = [command.by for _, command in recount.decisions[key]]
    return names[-1] if names else None


def _particulars_check(item: OpenItem, waiting: _Open) -> Check:
    """Return the check of the ids in the books and of the decisions that an item takes."""
    part, revision = waiting.part, waiting.number
    if waiting.effect == "refund":
        revision = part.rows.refunds[waiting.number].revision
    booking, payment = part.line(revision), part.payment(revision)
    actual = (item.confirmation, item.payment, item.allowed)
    required = (
        booking.confirmation if booking else None,
        payment.id if payment else None,
        ("retry", "settled", "written_off"),
    )
    return Check(
        holds=actual == required,
        code="told_differs",
        text=f"{item.item} is told with {actual}, and has {required}",
    )


def _amount_at_stake(part: Part, effect: Effect, number: int) -> int:
    """Return the amount of a refund or of an authorization, or the price of a booking."""
    match effect:
        case "refund":
            return part.rows.refunds[number].amount
        case "void":
            return amount_of(part.payment(number))
        case _:
            return amount_of(part.line(number))
