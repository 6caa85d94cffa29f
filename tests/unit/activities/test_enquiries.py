"""Every answer to an enquiry leads to what `docs/enquiries.md` says, in each of the places where it decides."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activities import keyed, supplier_calls
from activities.attention import decide
from activities.services import ActivityServices
from activities.supplier_calls import Calls
from domain.amount import Money
from domain.attention.decisions import DecisionAnswer, DecisionOrder
from domain.components import Effect
from domain.ids import effect_key
from domain.trip.effect_outcomes import Cancelled, Captured, Refused, Voided
from domain.trip.effects import AuthorizeOrder, CancelOrder, CaptureOrder, ConfirmOrder, HoldOrder
from domain.trip.outcomes import Refusal
from domain.trip.revisions import Refund
from stores.ledger import EffectKey
from suppliers.opening import Suppliers
from suppliers.ports import (
    Booking,
    Enquiry,
    KeyConflictError,
    Payment,
    Request,
    SupplierFault,
    authorize_request,
    confirm_request,
    hold_request,
    refund_request,
)
from support.orchestrations.installation import MemoryInstallation, quick_folder
from support.orchestrations.services import RealActivities, open_scripted
from support.stores.ledgers import new_trip

TABLE = Path(__file__).resolve().parents[3] / "docs" / "enquiries.md"
TRIP = "trip-1"
DAY = date(2026, 3, 2)
SOON = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=30)
PRICE = Money(currency="USD", minor=45_000)
HOLD, AUTHORIZE = effect_key(TRIP, "hold", 1), effect_key(TRIP, "authorize", 1)
HELD = hold_request(HOLD, "Paris", DAY, None)
AUTHORIZED = authorize_request(AUTHORIZE, PRICE, "FL-1")
BOOKING = Booking(HOLD, "flight", "FL-1", PRICE, {}, "held", SOON, destination="Paris", date=DAY)
PAYMENT = Payment(AUTHORIZE, "PAY-1", PRICE, PRICE, Money.zero("USD"), "captured", SOON, "FL-1")
NO = Refusal(code="no", message="No.")
CLOSED = Refusal(code="cancelled_before_arrival", message="Too late.")
CONFLICT = "key_conflict"

Scripted = Enquiry | Exception


@dataclass
class ScriptedSupplier:
    """A supplier with both ports: the script answers enquiries, and `response` everything that is sent."""

    script: dict[str, Scripted]
    response: Any = None
    sent: list[str] = field(default_factory=list[str])

    def find(self, key: str) -> Enquiry:
        scripted = self.script[key]
        if isinstance(scripted, Exception):
            raise scripted
        return scripted

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def send(*arguments: Any) -> Any:
            self.sent.append(operation)
            if isinstance(self.response, Exception):
                raise self.response
            return self.response

        return send

    def suppliers(self) -> Suppliers:
        port: Any = self
        return Suppliers({"flight": port, "hotel": port, "car_hire": port}, port)


@dataclass(frozen=True)
class EnquiryCase:
    """One effect with its calls, the request behind its key, and the supplier's record once it is done."""

    effect: Effect
    calls: Callable[[Suppliers], Calls]
    request: Request
    done: Booking | Payment
    undone: Booking | Payment | None = None
    """The record once it has been undone, or None for an effect that undoes something itself."""

    @property
    def key(self) -> str:
        return effect_key(TRIP, self.effect, 1)

    def enquiry(self, state: str, item: Booking | Payment | None, request: Request | None) -> Enquiry:
        return Enquiry(
            state,  # type: ignore[arg-type]
            booking=item if isinstance(item, Booking) else None,
            payment=item if isinstance(item, Payment) else None,
            refusal=NO if state == "refused" else None,
            request=request,
        )


def named(effect: Effect) -> dict[str, Any]:
    key = effect_key(TRIP, effect, 1)
    return {"trip": TRIP, "component": TRIP, "kind": "flight", "revision": 1, "epoch": 1, "key": key}


HOLDING = HoldOrder(**named("hold"), destination="Paris", date=DAY, units=None, booked_at=SOON)
AUTHORIZING = AuthorizeOrder(**named("authorize"), amount=PRICE, confirmation="FL-1")
CONFIRMING = ConfirmOrder(**named("confirm"), price=PRICE)
CAPTURING = CaptureOrder(**named("capture"))
CANCELLING = CancelOrder(**named("cancel"), fee_agreed=0)
REFUND = Refund(number=1, revision=1, amount=PRICE.minor, mark="none")

CASES = {
    "hold": EnquiryCase(
        "hold", lambda s: supplier_calls.hold(s, HOLDING), HELD, BOOKING, replace(BOOKING, status="cancelled")
    ),
    "authorize": EnquiryCase(
        "authorize",
        lambda s: supplier_calls.authorize(s, AUTHORIZING),
        AUTHORIZED,
        replace(PAYMENT, status="authorized"),
        replace(PAYMENT, status="voided"),
    ),
    "confirm": EnquiryCase(
        "confirm",
        lambda s: supplier_calls.confirm(s, CONFIRMING),
        confirm_request(HOLD, PRICE),
        replace(BOOKING, status="confirmed"),
        replace(BOOKING, status="cancelled"),
    ),
    "capture": EnquiryCase(
        "capture",
        lambda s: supplier_calls.capture(s, CAPTURING),
        Request("capture", AUTHORIZE),
        PAYMENT,
        replace(PAYMENT, status="refunded"),
    ),
    "cancel": EnquiryCase(
        "cancel",
        lambda s: supplier_calls.cancel(s, CANCELLING, HELD),
        Request("cancel", HOLD),
        replace(BOOKING, status="cancelled"),
    ),
    "void": EnquiryCase(
        "void",
        lambda s: supplier_calls.void(s, CANCELLING, AUTHORIZED),
        Request("void", AUTHORIZE),
        replace(PAYMENT, status="voided"),
    ),
    "refund": EnquiryCase(
        "refund",
        lambda s: supplier_calls.refund(s, CANCELLING, REFUND, "USD"),
        refund_request(AUTHORIZE, PRICE),
        replace(PAYMENT, status="refunded"),
    ),
}
DONE = {
    "hold": "held",
    "authorize": "authorized",
    "confirm": "confirmed",
    "capture": "captured",
    "cancel": "cancelled",
    "void": "voided",
    "refund": "refunded",
}
OTHERS = Request("hold", HOLD, ("Oslo", DAY.isoformat(), None))


@pytest.fixture(scope="module")
def desk() -> Iterator[ActivityServices]:
    """Open a ledger, to hold one trip for each attempt at an effect."""
    with quick_folder() as folder:
        yield open_scripted(folder, key_lease_seconds=0.05)


def sent_again(
    desk: ActivityServices, case: EnquiryCase, scripted: Scripted, response: Any, trip: str
) -> tuple[keyed.Ended, ScriptedSupplier]:
    """Do an effect whose first delivery brought no answer. Return its outcome and the supplier that was asked."""
    desk.ledger.open(new_trip(trip, "flight"))
    key = EffectKey(trip, trip, "flight", case.effect, 1, effect_key(trip, case.effect, 1))
    port = ScriptedSupplier({case.key: scripted}, response)
    calls = case.calls(port.suppliers())
    effect = keyed.KeyedEffect(key, calls.arguments, 1, ask=lambda: None, act=_fails)
    # This leaves the intent in the ledger, so that the second delivery asks before it acts.
    with pytest.raises(SupplierFault):
        keyed.run(desk.ledger, effect, desk.timeouts)
    ended = keyed.run(desk.ledger, replace(effect, ask=calls.ask, act=calls.act), desk.timeouts)
    assert isinstance(ended, keyed.Ended)
    return ended, port


def code_of(ended: keyed.Ended) -> str | None:
    return ended.end.refusal.code if isinstance(ended.end, Refused) else None


def _fails() -> Any:
    raise SupplierFault("no answer")


@pytest.mark.parametrize("effect", CASES)
class TestAnEffectThatIsSentAgain:
    def run(self, desk: ActivityServices, effect: str, state: str, scripted: Scripted, response: Any = None) -> Any:
        return sent_again(desk, CASES[effect], scripted, response, f"again-{effect}-{state}")

    def test_done(self, desk: ActivityServices, effect: str) -> None:
        case = CASES[effect]
        ended, port = self.run(desk, effect, "done", case.enquiry("done", case.done, case.request))
        assert (ended.end.status, port.sent) == (DONE[effect], [])

    def test_undone_since(self, desk: ActivityServices, effect: str) -> None:
        case = CASES[effect]
        if case.undone is None:
            assert effect in ("cancel", "void", "refund")
            return
        refusal = Refusal(code="cancelled", message="It has been cancelled.")
        ended, port = self.run(desk, effect, "undone", case.enquiry("done", case.undone, case.request), refusal)
        assert (code_of(ended), port.sent) == ("cancelled", [effect])

    def test_refused(self, desk: ActivityServices, effect: str) -> None:
        ended, port = self.run(desk, effect, "refused", CASES[effect].enquiry("refused", None, CASES[effect].request))
        assert (code_of(ended), port.sent) == ("no", [])

    @pytest.mark.parametrize("state", ["pending", "not_found"])
    def test_pending_or_not_found(self, desk: ActivityServices, effect: str, state: Any) -> None:
        ended, port = self.run(desk, effect, state, Enquiry(state), CASES[effect].done)
        assert (ended.end.status, port.sent) == (DONE[effect], [effect])

    def test_closed(self, desk: ActivityServices, effect: str) -> None:
        ended, port = self.run(desk, effect, "closed", Enquiry("closed"), CLOSED)
        assert (code_of(ended), port.sent) == (CLOSED.code, [effect])

    def test_no_answer(self, desk: ActivityServices, effect: str) -> None:
        with pytest.raises(SupplierFault):
            self.run(desk, effect, "silent", SupplierFault("no answer"))
        key = f"again-{effect}-silent"
        assert [entry.event for entry in desk.ledger.entries(key)] == ["opened", "intent"]

    @pytest.mark.parametrize("way", ["asked", "sent"])
    def test_known_with_other_arguments(self, desk: ActivityServices, effect: str, way: str) -> None:
        enquiry = CASES[effect].enquiry("done", CASES[effect].done, OTHERS)
        scripted = enquiry if way == "asked" else Enquiry("not_found")
        ended, port = self.run(desk, effect, f"conflict-{way}", scripted, KeyConflictError("other arguments"))
        nothing_to_undo = effect in ("cancel", "void")
        assert ended.end.status == (DONE[effect] if nothing_to_undo else "refused")
        assert code_of(ended) == (None if nothing_to_undo else CONFLICT)
        assert port.sent == ([] if way == "asked" else [effect])


def test_another_trips_cancellation_and_its_fee_are_not_this_ones() -> None:
    fee = Money(currency="USD", minor=4_500)
    others = replace(BOOKING, status="cancelled", confirmation="FL-OSLO", destination="Oslo", fee=fee)
    port = ScriptedSupplier({effect_key(TRIP, "cancel", 1): Enquiry("done", others, request=CASES["cancel"].request)})
    assert CASES["cancel"].calls(port.suppliers()).ask() == Cancelled(confirmation=None, fee=None)


class TestAVoidThatFindsThePaymentCaptured:
    def void(self, scripted: Scripted) -> Any:
        captured = Refusal(code="already_captured", message="Refund then.")
        return CASES["void"].calls(ScriptedSupplier({AUTHORIZE: scripted}, captured).suppliers()).act()

    @pytest.mark.parametrize("status", ["captured", "refunded"])
    def test_done_or_undone_since(self, status: Any) -> None:
        enquiry = Enquiry("done", payment=replace(PAYMENT, status=status), request=AUTHORIZED)
        assert self.void(enquiry) == Captured(amount=PRICE)

    @pytest.mark.parametrize(
        "scripted",
        [
            Enquiry("refused", refusal=NO, request=AUTHORIZED),
            Enquiry("pending"),
            Enquiry("not_found"),
            Enquiry("closed"),
            SupplierFault("no answer"),
            Enquiry("done", payment=replace(PAYMENT, captured=Money.zero("USD")), request=AUTHORIZED),
        ],
        ids=str,
    )
    def test_refused_pending_not_found_closed_or_no_answer(self, scripted: Scripted) -> None:
        with pytest.raises(SupplierFault):
            self.void(scripted)

    def test_known_with_other_arguments(self) -> None:
        others = authorize_request(AUTHORIZE, PRICE, "FL-OSLO")
        assert self.void(Enquiry("done", payment=PAYMENT, request=others)) == Voided()


@dataclass
class Answering:
    """The payment provider, with scripted answers to enquiries and to closing, one after another."""

    inner: Any
    finds: list[Scripted]
    closes: list[Scripted] = field(default_factory=list[Scripted])
    closed: int = 0

    def find(self, key: str) -> Enquiry:
        return self._next(self.finds) or self.inner.find(key)

    def close(self, key: str) -> Enquiry:
        self.closed += 1
        return self._next(self.closes) or self.inner.close(key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def _next(self, script: list[Scripted]) -> Enquiry | None:
        scripted = script.pop(0) if script else None
        if isinstance(scripted, Exception):
            raise scripted
        return scripted


@pytest.mark.parametrize("decision", ["settled", "written_off"])
class TestAPersonSettlesOrWritesOff:
    def decide(
        self, house: MemoryInstallation, decision: Any, *finds: Scripted, closes: list[Scripted] | None = None
    ) -> tuple[str, Answering]:
        provider: Any = Answering(house.books.payments, list(finds), closes or [])
        services = replace(house.services, suppliers=replace(house.services.suppliers, payments=provider))
        [item] = house.facts().items
        before = house.row().version
        order = DecisionOrder(
            trip=TRIP,
            item=item.id,
            version=before,
            decision=decision,
            reason="checked",
            reference="wire 1",
            by="somebody",
            command=f"decision-{before}",
        )
        result = decide(services, order)
        if result == DecisionAnswer(status="provider_unavailable"):
            assert (house.row().version, house.facts().items) == (before, (item,)), "nothing is decided"
        return result.status, provider

    def refunded(self, house: MemoryInstallation) -> Enquiry:
        [item] = house.facts().items
        payment = house.books.payments.find("trip-1/authorize/1").payment
        return Enquiry("done", payment=payment, request=refund_request("trip-1/authorize/1", item.amount))

    def test_done(self, house: MemoryInstallation, decision: Any) -> None:
        assert self.decide(house, decision, self.refunded(house))[0] == "already_done"
        assert [refund.mark for refund in house.facts().components[0].refunds] == ["done"]

    def test_undone_since(self, activities: RealActivities, decision: Any) -> None:
        """Settle a confirmation that got no answer, after the supplier has cancelled the booking."""
        with quick_folder() as folder:
            house = MemoryInstallation(folder, activities)
            house.schedule.stuck = frozenset({"flight/confirm"})
            house.book("flight")
            [item] = house.facts().items
            assert item.effect == "confirm"
            airline = house.books.booking["flight"]
            first = house.facts().components[0].revisions[0]
            assert first.price
            airline.confirm("trip-1/confirm/1", "trip-1/hold/1", first.price)
            # Under a key that none of our sagas would use.
            airline.cancel("trip-1/cancel/9", "trip-1/hold/1")
            assert self.decide(house, decision)[0] == "accepted"

    def test_refused(self, house: MemoryInstallation, decision: Any) -> None:
        request = self.refunded(house).request
        assert self.decide(house, decision, Enquiry("refused", refusal=NO, request=request))[0] == "accepted"

    def test_pending(self, house: MemoryInstallation, decision: Any) -> None:
        status, provider = self.decide(house, decision, Enquiry("pending"))
        assert (status, provider.closed) == ("provider_unavailable", 0)
        assert self.decide(house, decision, self.refunded(house))[0] == "already_done"

    @pytest.mark.parametrize(
        ("closes", "then", "status"),
        [
            (Enquiry("closed"), None, "accepted"),
            (Enquiry("done"), Enquiry("pending"), "provider_unavailable"),
            (Enquiry("done"), Enquiry("not_found"), "provider_unavailable"),
            (Enquiry("done"), Enquiry("closed"), "accepted"),
            (Enquiry("pending"), Enquiry("pending"), "provider_unavailable"),
            (Enquiry("refused"), Enquiry("refused", refusal=NO), "accepted"),
            (Enquiry("not_found"), Enquiry("not_found"), "provider_unavailable"),
            (SupplierFault("no answer"), None, "provider_unavailable"),
        ],
        ids=str,
    )
    def test_not_found(
        self, house: MemoryInstallation, decision: Any, closes: Scripted, then: Scripted | None, status: str
    ) -> None:
        finds = [Enquiry("not_found"), *([then] if then else [])]
        assert self.decide(house, decision, *finds, closes=[closes])[0] == status

    def test_not_found_and_done_while_the_key_was_closed(self, house: MemoryInstallation, decision: Any) -> None:
        finds = [Enquiry("not_found"), self.refunded(house)]
        assert self.decide(house, decision, *finds, closes=[Enquiry("done")])[0] == "already_done"

    def test_closed(self, house: MemoryInstallation, decision: Any) -> None:
        status, provider = self.decide(house, decision, Enquiry("closed"))
        assert (status, provider.closed) == ("accepted", 0)

    def test_no_answer(self, house: MemoryInstallation, decision: Any) -> None:
        assert self.decide(house, decision, SupplierFault("no answer"))[0] == "provider_unavailable"

    def test_known_with_other_arguments(self, house: MemoryInstallation, decision: Any) -> None:
        other = replace(
            self.refunded(house), request=refund_request("trip-1/authorize/1", Money(currency="USD", minor=1))
        )
        assert self.decide(house, decision, other)[0] == "accepted"


def test_the_table_has_a_test_for_every_cell_and_no_other() -> None:
    rows = [line.split("|")[1:-1] for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    places = [cell.strip().replace(" ", "") for cell in rows[0][1:]]
    classes = {
        "aneffectissentagain": TestAnEffectThatIsSentAgain,
        "avoidfindsthepaymentcaptured": TestAVoidThatFindsThePaymentCaptured,
        "anoperatorsettlesorwritesoff": TestAPersonSettlesOrWritesOff,
    }
    assert sorted(places) == sorted(classes)
    states = [row[0].strip() for row in rows if not row[0].startswith((" the supplier", " ---"))]
    assert len(states) == 8
    for place in classes.values():
        tested = " ".join(name.replace("_", " ") for name in vars(place) if name.startswith("test_"))
        assert [state for state in states if state not in tested] == []
