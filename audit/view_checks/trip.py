"""Comparison of the app's views of a trip with a recount from the suppliers' books. Pure.

Every field of every view is compared in this folder, by code that shares nothing with the functions that make the
views.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from audit.findings import Difference
from audit.recounted.part import Part
from audit.recounted.recount import Recount
from audit.recounted.statuses import booking_status
from audit.recounted.verdict import code_in_outcome, code_in_part, code_in_view, end_of, end_of_part
from audit.view_checks.bookings import BookingChecks, as_stored, ids, shown
from audit.view_checks.comparer import Comparer
from audit.view_checks.days import DayChecks
from audit.view_checks.offers import item_differences, terms_differences
from audit.view_checks.prose import Prose
from audit.views import TripViews
from domain.amount import Money
from domain.components import COMPONENTS, ComponentKind, has_parts
from domain.options import SagaPolicy
from domain.trip.outcomes import ComponentOutcome, TripOutcome, TripStatus
from domain.trip.privacy import FORGOTTEN
from domain.trip.records import Command, Entry
from domain.trip.requests import TripRequest
from domain.trip.status import TripView

_WISHES = ("travellers", "origin", "return_date", "budget")
_WISHES_OF_PART: dict[ComponentKind, tuple[str, ...]] = {"flight": ("travellers", "origin", "return_date")}


def view_differences(
    views: TripViews, recount: Recount, status: TripStatus, policy: SagaPolicy | None = None
) -> Iterator[Difference]:
    """Yield the fields of the views that differ; `status` is that of an unfinished trip by its rows."""
    checks = _ViewChecks(recount, Comparer(recount.row.id, Prose(recount)), status, policy or SagaPolicy())
    yield from checks.trip(views.view)
    yield from checks.components(views.parts)
    if views.outcome:
        yield from checks.outcome(views.outcome)
    if views.reply is not None:
        yield from checks.reply(views.reply)
    yield from terms_differences(views.terms, recount, views.view.status, checks.compare.words)
    yield from item_differences(views.items, recount, checks.compare.words)


@dataclass(frozen=True)
class _ViewChecks:
    """Comparisons of one trip's views, each of which yields the differences."""

    recount: Recount
    compare: Comparer
    status: TripStatus
    policy: SagaPolicy

    @cached_property
    def _of_bookings(self) -> BookingChecks:
        return BookingChecks(self.recount, self.compare)

    def trip(self, view: TripView) -> Iterator[Difference]:
        """Compare the view of the whole trip."""
        count, row, same = self.recount, self.recount.row, self.compare.same
        yield from same("the trip's id", actual=view.id, expected=row.id)
        yield from same("the trip's kind", actual=view.kind, expected=row.kind)
        yield from same("the request", actual=view.request, expected=_whole_request(row.request, count.parts))
        yield from same("when it was asked for", actual=view.created, expected=row.created)
        yield from same("when it last changed", actual=view.updated, expected=row.updated)
        yield from self._status(view)
        yield from self._total(view, count.parts)
        yield from self._of_bookings.bookings(view.bookings, count.parts)
        yield from self.compare.error(
            "the error", error=view.error, code=code_in_view(count, view.status), kept=count.kept
        )
        yield from self._of_bookings.cancels_in_view(view.compensations, count.parts)
        yield from self._days(view, count.parts)
        yield from self._timeline(view, count.entries, count.commands)

    def components(self, views: Sequence[TripView]) -> Iterator[Difference]:
        """Compare the view of each component."""
        count = self.recount
        if has_parts(count.row.kind):
            yield from self.compare.same(
                "the components", actual=[view.id for view in views], expected=ids(count.parts)
            )
        for view, part in zip(views, count.parts, strict=False):
            yield from self._component(view, part)

    def _component(self, view: TripView, part: Part) -> Iterator[Difference]:
        count, same = self.recount, self.compare.same
        kind = part.rows.kind
        entries = count.rows_of_component(part.rows.id)
        times = (entries[0].at, entries[-1].at)
        yield from same(f"the kind of {view.id}", actual=view.kind, expected=kind)
        yield from same(f"the request of {view.id}", actual=view.request, expected=_request_of(count.row.request, part))
        yield from same(f"the times of {view.id}", actual=(view.created, view.updated), expected=times)
        yield from same(f"the status of {view.id}", actual=view.status, expected=end_of_part(count, part), part=part)
        yield from self._total(view, (part,))
        yield from self._of_bookings.bookings(view.bookings, (part,))
        yield from self._of_bookings.cancels_in_view(view.compensations, (part,))
        yield from self._days(view, (part,))
        yield from self._timeline(view, entries, ())
        code = code_in_part(part, view.status)
        yield from self.compare.error(f"the error of {view.id}", error=view.error, code=code, kept=part.kept, part=part)

    def outcome(self, outcome: TripOutcome) -> Iterator[Difference]:
        """Compare the outcome that the saga returned and the ledger keeps."""
        count, same = self.recount, self.compare.same
        # In a stored outcome, what an operator closed counts as done; its form is part of old histories.
        kept = count.kept - count.written_off
        code = code_in_outcome(count, outcome.status)
        yield from same(
            "the outcome's trip", actual=(outcome.id, outcome.kind), expected=(count.row.id, count.row.kind)
        )
        yield from same("the outcome's status", actual=outcome.status, expected=end_of(count))
        yield from same("what the outcome keeps", actual=outcome.kept, expected=count.money(kept))
        yield from same("what the outcome has not paid back", actual=outcome.not_paid_back, expected=None)
        yield from self.compare.error("the outcome's error", error=outcome.error, code=code, kept=kept)
        yield from self._of_bookings.cancels_in_outcome(outcome.compensations)
        component_ids = [component.id for component in outcome.components]
        yield from same("the outcome's components", actual=component_ids, expected=ids(count.parts))
        for component, part in zip(outcome.components, count.parts, strict=False):
            yield from self._component_outcome(component, part, kept)

    def _component_outcome(self, component: ComponentOutcome, part: Part, kept: int) -> Iterator[Difference]:
        what, same = f"the outcome of {part.rows.id}", self.compare.same
        expected = (as_stored(booking_status(part)), part.rows.kind)
        yield from same(what, actual=(component.status, component.kind), expected=expected, part=part, side="booking")
        line = shown(part.line(part.counted))
        names = (component.confirmation, component.amount)
        yield from same(what, actual=names, expected=(line.confirmation, line.amount), part=part)
        yield from self.compare.error(what, error=component.error, code=part.rows.failure(1), kept=kept, part=part)
        yield from self.compare.prose(what, self.compare.words.wrong(component.text))

    def reply(self, reply: str) -> Iterator[Difference]:
        """Compare the reply in the chat."""
        row = self.recount.row
        # Commands after the end may have changed the trip since the reply was written.
        as_it_ended = row.box == "closed" and not self.recount.commands
        mistakes = self.compare.words.wrong_reply(reply, as_it_ended=as_it_ended)
        yield from self.compare.prose("the reply", mistakes)

    def _status(self, view: TripView) -> Iterator[Difference]:
        if self.recount.row.box == "closed":
            yield from self.compare.same("the status", actual=view.status, expected=end_of(self.recount))
            return
        yield from self.compare.same("the status", actual=view.status, expected=self.status)
        if view.status == "needs_attention":
            yield from self._needs_a_person()
        if view.status == "waiting":
            yield from self._waits_for_the_traveller()

    def _needs_a_person(self) -> Iterator[Difference]:
        open_items = sum(len(part.rows.open_items) for part in self.recount.parts)
        # A stranded trip has no item of a component: its recovery is what waits.
        stranded = len(self.recount.rows_of("stranded"))
        if open_items + stranded == 0:
            yield self.compare.differs("the status is needs_attention, but nothing is open for a person")

    def _waits_for_the_traveller(self) -> Iterator[Difference]:
        answers = self.recount.commands_of("answer")
        if answers or self.recount.row.options.on_failure != "ask_me":
            yield self.compare.differs("the status is waiting, but nobody was asked")

    def _total(self, view: TripView, parts: Sequence[Part]) -> Iterator[Difference]:
        # While an effect on money waits for an operator, the books may be ahead of the view, by its amount only.
        expected = self.recount.money(sum(part.kept - part.unreported for part in parts))
        yield from self.compare.same(f"the total of {view.id}", actual=view.total, expected=expected)
        fees = self.recount.money(sum(part.fees for part in parts))
        yield from self.compare.same(f"the fees of {view.id}", actual=view.fees, expected=fees)

    def _days(self, view: TripView, parts: Sequence[Part]) -> Iterator[Difference]:
        checks = DayChecks(self.recount, self.compare, self.policy)
        yield from checks.warnings(view, parts)
        yield from checks.limit(view)

    def _asked(self, status: TripStatus, asked: Sequence[datetime]) -> Sequence[datetime]:
        """Return when the traveller was asked; `asked` are the times that the view names."""
        if self.recount.row.options.on_failure != "ask_me":
            return []
        if status == "waiting":
            return [self.recount.entries[-1].at]
        # Once a choice was made or missed, only the app's own fold of the rows tells at which of them it was asked.
        times = {entry.at for entry in self.recount.entries}
        return list(times.intersection(asked))

    def _timeline(self, view: TripView, entries: Sequence[Entry], commands: Sequence[Command]) -> Iterator[Difference]:
        what = f"the timeline of {view.id}"
        # No row says that the traveller is asked: it is told with the row that left nothing else to do.
        asked = [moment.at for moment in view.timeline if moment.event == "waiting"]
        yield from self.compare.same(f"the waiting in {what}", actual=asked, expected=self._asked(view.status, asked))
        times = [*(row.at for row in (*entries, *commands)), *asked]
        times_in_view = [moment.at for moment in view.timeline]
        yield from self.compare.same(f"the times of {what}", actual=times_in_view, expected=sorted(times))
        for moment in view.timeline:
            yield from self.compare.prose(what, self.compare.words.wrong(moment.text))


def _whole_request(request: TripRequest, parts: Sequence[Part]) -> dict[str, str | int]:
    """Return the request as the view of a trip shows it."""
    unit = "days" if request.nights is None else "nights"
    shown = _shown_request(request, unit) | _shown_wishes(request, _WISHES)
    return _with_changes(shown, parts)


def _request_of(request: TripRequest, part: Part) -> dict[str, str | int]:
    """Return the part of a request that concerns one component, with its length in the component's own unit."""
    kind = part.rows.kind
    shown = _shown_request(request, COMPONENTS[kind].unit) | _shown_wishes(
        request, _WISHES_OF_PART.get(kind, ("travellers",))
    )
    return _with_changes(shown, (part,))


def _shown_wishes(request: TripRequest, names: Sequence[str]) -> dict[str, str | int]:
    """Return those of the optional arguments that the traveller named, as a view shows them."""
    shown: dict[str, str | int | None] = {
        "travellers": request.travellers,
        "origin": request.origin,
        "return_date": request.return_date and str(request.return_date),
        "budget": request.budget and _budget(request.budget),
    }
    return {name: value for name, value in shown.items() if name in names and value is not None}


def _budget(amount: Money) -> str:
    # `$1,900.00` is shown as `1900 USD`.
    number = str(amount).strip("$").replace(",", "")
    return f"{number.removesuffix('.00')} {amount.currency}"


def _with_changes(fields: dict[str, str | int], parts: Sequence[Part]) -> dict[str, str | int]:
    """Return a request with the day of the first component and the lengths that changes have made."""
    for part in parts:
        changed, unit = part.last_made, COMPONENTS[part.rows.kind].unit
        # The day of a request is gone once its traveller was forgotten.
        if changed is None or "date" not in fields:
            continue
        if part is parts[0]:
            fields["date"] = str(changed.date)
        if unit in fields:
            fields[unit] = changed.units or 0
    return fields


def _shown_request(request: TripRequest, unit: str | None) -> dict[str, str | int]:
    fields: dict[str, str | int] = {"destination": request.destination}
    if request.destination != FORGOTTEN:
        fields["date"] = request.date.isoformat()
    length = request.days if request.nights is None else request.nights
    # A flight has no unit, and a request for a flight alone has no length.
    if unit is not None and length is not None:
        fields[unit] = length
    return fields
