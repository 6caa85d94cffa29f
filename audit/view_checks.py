"""Comparison of the app's views of a trip with a recount from the suppliers' books. Pure.

Every field of every view is compared here or in `audit.offers`, by code that shares nothing with the functions that
make the views.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audit.findings import Difference, Side
from audit.offers import item_differences, terms_differences
from audit.prose import Prose
from audit.recount import Part, Recount
from audit.rows import DECIDED, activity_of
from audit.views import TripViews
from domain.components import IN_BOOKING_ORDER, ComponentKind
from domain.trip.command_bodies import ChangeBody
from domain.trip.entry_data import ChangeEnd, Expired
from domain.trip.outcomes import Compensation, ProblemNote, TripOutcome, TripStatus
from domain.trip.privacy import FORGOTTEN
from domain.trip.status import BookingView, TripView


def view_differences(views: TripViews, recount: Recount, status: TripStatus) -> Iterator[Difference]:
    """Yield the fields of the views that differ; `status` is that of an unfinished trip by its rows."""
    checks = _ViewChecks(recount, Prose(recount), status)
    yield from checks.trip(views.view)
    yield from checks.components(views.parts)
    if views.outcome:
        yield from checks.outcome(views.outcome)
    if views.reply is not None:
        yield from checks.reply(views.reply)
    yield from terms_differences(views.terms, recount)
    yield from item_differences(views.items, recount, checks.prose)


@dataclass(frozen=True)
class _ViewChecks:
    """Comparisons of one trip's views, each of which yields the differences."""

    recount: Recount
    prose: Prose
    status: TripStatus

    def trip(self, view: TripView) -> Iterator[Difference]:
        """Compare the view of the whole trip."""
        count, row = self.recount, self.recount.row
        yield from self._same("the trip's id", view.id, row.id)
        yield from self._same("the trip's kind", view.kind, row.kind)
        yield from self._same("the request", view.request, _request(count, None))
        yield from self._same("when it was asked for", view.created, row.created)
        yield from self._same("when it last changed", view.updated, row.updated)
        yield from self._status(view)
        yield from self._total(view, count.parts)
        yield from self._bookings(view.bookings, count.parts)
        yield from self._error("the error", view.error, self._code(view.status), count.kept)
        yield from self._cancels(view.compensations, self._begun(count.parts))
        yield from self._timeline(view, (*count.entries, *count.commands))

    def components(self, views: Sequence[TripView]) -> Iterator[Difference]:
        """Compare the view of each component."""
        count = self.recount
        if count.row.kind == "travel":
            yield from self._same("the components", [view.id for view in views], [part.rows.id for part in count.parts])
        for view, part in zip(views, count.parts, strict=False):
            own = [entry for entry in count.entries if entry.component == part.rows.id]
            yield from self._same(f"the kind of {view.id}", view.kind, part.rows.kind)
            yield from self._same(f"the request of {view.id}", view.request, _request(count, part.rows.kind))
            yield from self._same(f"the times of {view.id}", (view.created, view.updated), (own[0].at, own[-1].at))
            yield from self._same(f"the status of {view.id}", view.status, self._alone(part), part)
            yield from self._total(view, (part,))
            yield from self._bookings(view.bookings, (part,))
            yield from self._cancels(view.compensations, self._begun((part,)))
            yield from self._timeline(view, own)
            code = part.rows.failure(1) if view.status not in ("cancelled", "confirmed") else None
            code = "needs_attention" if code and view.status == "needs_attention" else code
            yield from self._error(f"the error of {view.id}", view.error, code, part.kept, part)

    def outcome(self, outcome: TripOutcome) -> Iterator[Difference]:
        """Compare the outcome that the saga returned and the ledger keeps."""
        # In a stored outcome, what an operator closed counts as done; its form is part of old histories.
        count = self.recount
        yield from self._same("the outcome's trip", (outcome.id, outcome.kind), (count.row.id, count.row.kind))
        yield from self._same("the outcome's status", outcome.status, self._end())
        kept = count.kept - count.written_off
        yield from self._same("what the outcome keeps", outcome.kept, count.money(kept))
        yield from self._same("what the outcome has not paid back", outcome.not_paid_back, None)
        yield from self._error("the outcome's error", outcome.error, self._code(outcome.status, stored=True), kept)
        yield from self._cancels(outcome.compensations, _in_reverse(count.parts), stored=True)
        component_ids = [component.id for component in outcome.components]
        yield from self._same("the outcome's components", component_ids, [part.rows.id for part in count.parts])
        for component, part in zip(outcome.components, count.parts, strict=False):
            line, status = part.line(part.counted), part.booking_status()
            expected = ("cancelled" if status in DECIDED else status, part.rows.kind)
            what = f"the outcome of {part.rows.id}"
            yield from self._same(what, (component.status, component.kind), expected, part, "booking")
            names = (component.confirmation, component.amount)
            yield from self._same(what, names, (line.confirmation, line.amount) if line else (None, None), part)
            yield from self._error(what, component.error, part.rows.failure(1), kept, part)
            yield from self._prose(what, self.prose.wrong(component.text))

    def reply(self, reply: str) -> Iterator[Difference]:
        """Compare the reply in the chat."""
        row = self.recount.row
        ended = row.box == "closed" and not self.recount.commands
        yield from self._prose("the reply", self.prose.wrong_reply(reply, as_it_ended=ended))

    def _status(self, view: TripView) -> Iterator[Difference]:
        row = self.recount.row
        is_open = any(part.rows.open_items for part in self.recount.parts)
        stranded = any(entry.event == "stranded" for entry in self.recount.entries)
        asked = row.options.on_failure == "ask_me" and not any(c.kind == "answer" for c in self.recount.commands)
        expected = self._end() if row.box == "closed" else self.status
        yield from self._same("the status", view.status, expected)
        if row.box == "closed":
            return
        if view.status == "needs_attention" and not (is_open or stranded):
            yield self._differs("the status is needs_attention, but nothing is open for a person")
        elif view.status == "waiting" and not asked:
            yield self._differs("the status is waiting, but nobody was asked")

    def _end(self) -> str:
        """Return how the trip has ended by the books."""
        confirmed = sum(1 for part in self.recount.parts if part.staying and part.staying.status == "confirmed")
        if confirmed:
            complete = len(IN_BOOKING_ORDER) if self.recount.row.kind == "travel" else 1
            return "confirmed" if confirmed == complete else "partly_confirmed"
        return "cancelled" if self.recount.cancelled else "failed"

    def _alone(self, part: Part) -> str:
        if part.rows.open_items:
            return "needs_attention"
        if part.staying:
            return "confirmed" if part.staying.status == "confirmed" else "running"
        return "cancelled" if self.recount.cancelled else "failed"

    def _total(self, view: TripView, parts: Sequence[Part]) -> Iterator[Difference]:
        # While an effect on money waits for an operator, the books may be ahead of the view, by its amount only.
        expected = self.recount.money(sum(part.kept - part.unreported for part in parts))
        yield from self._same(f"the total of {view.id}", view.total, expected)

    def _bookings(self, bookings: Sequence[BookingView], parts: Sequence[Part]) -> Iterator[Difference]:
        yield from self._same("the bookings", [b.id for b in bookings], [part.rows.id for part in parts])
        for booking, part in zip(bookings, parts, strict=False):
            what, line = f"the booking {part.rows.id}", part.line(part.counted)
            yield from self._same(f"the kind of {what}", booking.kind, part.rows.kind)
            yield from self._same(f"the status of {what}", booking.status, part.booking_status(), part, "booking")
            confirmation, amount = (line.confirmation, line.amount) if line else (None, None)
            yield from self._same(f"the confirmation of {what}", booking.confirmation, confirmation, part, "booking")
            yield from self._same(f"the amount of {what}", booking.amount, amount, part, "booking")
            if self.recount.row.request.destination != FORGOTTEN:
                details = line.details if line else {}
                yield from self._same(f"the details of {what}", booking.details, details, part, "booking")
            yield from self._payment(booking, part)

    def _payment(self, booking: BookingView, part: Part) -> Iterator[Difference]:
        what, payment, status = f"the payment of {part.rows.id}", booking.payment, part.payment_status()
        yield from self._same(what, payment and payment.status, status, part, "payment")
        if payment is None or status is None:
            return
        line = part.payments.get(part.paying) if part.rows.answered("authorize", part.paying) else None
        yield from self._same(f"the number of {what}", payment.id, line and line.id, part, "payment")
        lost = self.recount.money(part.written_off) if part.written_off else None
        yield from self._same(f"what was not paid back of {what}", payment.not_paid_back, lost, part, "payment")

    def _begun(self, parts: Sequence[Part]) -> list[tuple[Part, int]]:
        """Return every cancel in the order in which they began."""
        by_id = {part.rows.id: part for part in parts}
        begun = [e for e in self.recount.entries if e.event == "intent" and e.effect == "cancel"]
        return [(by_id[e.component], e.revision) for e in begun if e.component in by_id and e.revision]

    def _cancels(
        self, cancels: Sequence[Compensation], begun: Sequence[tuple[Part, int]], *, stored: bool = False
    ) -> Iterator[Difference]:
        yield from self._same("the number of cancels", len(cancels), len(begun))
        for cancel, (part, number) in zip(cancels, begun, strict=False):
            line, status = part.line(number), part.cancel_status(number)
            status = "cancelled" if stored and status in DECIDED else status
            expected = (activity_of(part.rows.kind), line and line.confirmation, status)
            actual = (cancel.activity, cancel.confirmation, cancel.status)
            yield from self._same(f"a cancel of {part.rows.id}", actual, expected, part)

    def _timeline(self, view: TripView, rows: Sequence[object]) -> Iterator[Difference]:
        times = sorted(getattr(row, "at") for row in rows)  # noqa: B009 - entries and commands share no base
        yield from self._same(f"the times of the timeline of {view.id}", [m.at for m in view.timeline], times)
        for moment in view.timeline:
            yield from self._prose(f"the timeline of {view.id}", self.prose.wrong(moment.text))

    def _code(self, status: str, *, stored: bool = False) -> str | None:
        """Return the code of the error that belongs to this status, or None."""
        if status in ("needs_attention", "waiting"):
            return "needs_attention" if status == "needs_attention" else "choice_wanted"
        if status in ("confirmed", "partly_confirmed") and not stored and self._change_failed():
            return "not_changed"
        if status in ("confirmed", "cancelled"):
            return None
        expired = next((e.data.reason for e in self.recount.entries if isinstance(e.data, Expired)), None)
        failures = (part.rows.failure(1) for part in self.recount.parts)
        return next((code for code in failures if code), expired)

    def _change_failed(self) -> bool:
        last = next((command for command in reversed(self.recount.commands) if command.kind == "change"), None)
        if last is None or not isinstance(last.body, ChangeBody):
            return False
        body, end = last.body, ChangeEnd(command=last.number)
        if not any(entry.event == "not_changed" and entry.data == end for entry in self.recount.entries):
            return False
        parts = (part for part in self.recount.parts if part.rows.kind == body.kind)
        return any(part.rows.failure(body.revision) for part in parts)

    def _error(
        self, what: str, error: ProblemNote | None, code: str | None, kept: int, part: Part | None = None
    ) -> Iterator[Difference]:
        yield from self._same(what, error and error.code, code, part)
        if error:
            yield from self._prose(what, self.prose.wrong_error(error.message, kept))

    def _prose(self, what: str, wrong: Iterator[str]) -> Iterator[Difference]:
        yield from (self._differs(f"{what} {mistake}") for mistake in wrong)

    def _same(
        self, what: str, actual: object, expected: object, part: Part | None = None, side: Side | None = None
    ) -> Iterator[Difference]:
        if actual != expected:
            component = part.rows.id if part else None
            text = f"{what} is told as {actual}, and is {expected}"
            yield Difference(self.recount.row.id, component, "told_differs", text, side)

    def _differs(self, text: str) -> Difference:
        return Difference(self.recount.row.id, None, "told_differs", text)


def _in_reverse(parts: Sequence[Part]) -> list[tuple[Part, int]]:
    """Return every cancel in exact reverse of the booking order."""
    numbers = ((part, number) for part in reversed(parts) for number in sorted(part.rows.revisions, reverse=True))
    return [(part, number) for part, number in numbers if part.rows.state("cancel", number)]


def _request(recount: Recount, kind: ComponentKind | None) -> dict[str, str | int]:
    """Return the request as a view shows it, or the part of it that concerns one component."""
    request = recount.row.request
    fields: dict[str, str | int] = {"destination": request.destination, "date": request.date.isoformat()}
    length = request.nights if request.nights is not None else request.days
    unit = {"flight": None, "hotel": "nights", "car_hire": "days"}[kind] if kind else None
    if kind is None:
        unit = "nights" if request.nights is not None else "days"
    return fields | ({unit: length} if unit and length is not None else {})
