"""The ways that a trip can take, as a traveller and an operator go them over HTTP."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from support.app.running import HUB, PARIS
from support.app.running import TOKYO as FLIGHT
from support.chaos.client import PATIENCE, Traveller
from support.chaos.points import Plan
from support.orchestrations.faults import FORWARD, UNDOING
from support.orchestrations.invariant import ENDS
from support.waiting import until

HOTEL = "Book a hotel in Rome for 3 nights"
CAR = "Rent a car in Rome for 4 days"

COMPONENTS = ("flight", "hotel", "car")
ALL = [f"{component}/{effect}/1" for component in COMPONENTS for effect in FORWARD]

PathSteps = Callable[[Traveller], object]


@dataclass(frozen=True)
class Path:
    """One path: what is asked for, what companies do, what is done then, and how it may end."""

    name: str
    ends: tuple[str, ...]
    message: str = PARIS
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    plan: Plan = field(default_factory=Plan)
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    then: PathSteps | None = None

    def go(self, traveller: Traveller) -> None:
        """Take it, and wait until the trip has ended as it may."""
        traveller.asks(self.message, **self.options)
        if self.then:
            self.then(traveller)
        if self.plan.pause is None and self.then is None:
            traveller.is_answered()
        traveller.rests(then=(*ENDS, "needs_attention", "waiting"))
        traveller.is_answered()
        traveller.rests(then=self.ends)


def cancels(traveller: Traveller) -> None:
    got = traveller.sends("DELETE", f"/api/trips/{traveller.trip}/cancel")
    assert got.status in (200, 202), f"cancel: {got.status} {got.text}"


def cancels_later(traveller: Traveller) -> None:
    traveller.rests(then=("confirmed",))
    cancels(traveller)
    traveller.rests(then=("cancelled", "needs_attention"))


def cancels_at_the_pause(traveller: Traveller) -> None:
    traveller.pauses()
    cancels(traveller)
    traveller.goes_on()
    traveller.rests(then=("cancelled", "needs_attention"))


def terminates_at_the_pause(traveller: Traveller) -> None:
    """Terminate all that works for the turn, so that only the reconciler can bring the trip to its end."""
    traveller.pauses()
    for instance in traveller.instances():
        traveller.sends("POST", f"{HUB}/{instance}/terminate?reason=chaos")
    traveller.goes_on()


def changes(**change_order: Any) -> PathSteps:
    def change(traveller: Traveller) -> None:
        traveller.rests(then=("confirmed", "partly_confirmed"))
        _asks_for_change(traveller, change_order)

    return change


def changes_and_cancels(**change_order: Any) -> PathSteps:
    def change(traveller: Traveller) -> None:
        traveller.rests(then=("confirmed",))
        _asks_for_change(traveller, change_order)
        cancels_at_the_pause(traveller)

    return change


def _asks_for_change(traveller: Traveller, change_order: Mapping[str, Any]) -> None:
    """Ask until it is accepted; a change that is under way was accepted before its answer was lost."""

    def accepted() -> bool:
        got = traveller.sends("PUT", f"/api/trips/{traveller.trip}/modify", dict(change_order))
        # The trip may not have closed yet, although it is shown as confirmed.
        if got.status == 409 and got.json().get("code") == "not_confirmed":
            return False
        was_accepted = got.status == 409 and got.json().get("code") in ("change_in_progress", "needs_attention")
        assert got.status == 202 or was_accepted, f"modify: {got.status} {got.text}"
        return True

    until(accepted, PATIENCE)


def answers(choice: str) -> PathSteps:
    def answer(traveller: Traveller) -> None:
        traveller.rests(then=("waiting", *ENDS))
        traveller.is_answered()
        got = traveller.sends("POST", f"/api/trips/{traveller.trip}/answer", {"choice": choice})
        assert got.status in (200, 202, 409), f"answer: {got.status} {got.text}"
        traveller.rests(then=ENDS)

    return answer


def decides(decision: str, first: PathSteps | None = None, ends: tuple[str, ...] = ENDS) -> PathSteps:
    """Decide on each item once the trip needs attention; the companies work again by then."""

    def decide(traveller: Traveller) -> None:
        if first:
            first(traveller)
        traveller.rests(then=("needs_attention",))
        traveller.is_answered()
        traveller.app.change_plan(replace(traveller.app.plan, fates={}))

        def over() -> bool:
            status = traveller.rests(then=("needs_attention", *ENDS, "running", "compensating", "cancelling"))
            if status in ends:
                return True
            # A decision may open the next item, so the list is read again after each round.
            for item in items(traveller):
                _decide(traveller, item, decision)
            return False

        until(over, PATIENCE, 0.1)

    return decide


def items(traveller: Traveller) -> list[Any]:
    """Return the trip's open items, as operations list them."""
    got = traveller.sends("GET", "/api/operations/attention")
    assert got.status == 200, f"attention: {got.status} {got.text}"
    return [item for item in got.json()["items"] if item["trip"] == traveller.trip]


def _decide(traveller: Traveller, item: Any, decision: str) -> None:
    body = {"decision": decision, "reason": "A kill test decides.", "reference": "REF-1"}
    path = f"/api/operations/attention/{traveller.trip}/items/{item['item']}"
    got = traveller.sends("POST", path, body, {"If-Match": item["etag"]})
    assert got.status in (200, 202, 404, 409, 412), f"decision: {got.status} {got.text}"


def _meeting(keys: Iterable[str], *fates: str) -> Plan:
    return Plan(fates={key: list(fates) for key in keys})


BEFORE_PIVOT, AFTER_PIVOT = "ledger claim car/hold/1 after", "ledger claim hotel/capture/1 after"
_CONFIRMED, _FAILED, _CANCELLED, _PARTLY = ("confirmed",), ("failed",), ("cancelled",), ("partly_confirmed",)
_NO_CAR = Plan(refuse=("car/hold/1",))
_UP, _DOWN = changes(component="hotel", nights=7), changes(component="hotel", nights=3)


def _of_one_kind() -> Iterator[Path]:
    ask_me, keeping = {"on_failure": "ask_me"}, {"on_failure": "keep_what_works"}
    expiring = {"SIM_HOLD_SECONDS": "60", "PIVOT_MARGIN_SECONDS": "120"}
    other_day = changes(component="car_hire", date="2027-03-01")
    yield Path("success", _CONFIRMED)
    yield Path("parallel", _CONFIRMED, options={"parallel": True})
    yield Path("each answer faults once", _CONFIRMED, plan=_meeting(ALL, "fault", "works"))
    yield Path("each answer is lost once", _CONFIRMED, plan=_meeting(ALL, "lost", "works"))
    yield Path("hold expires", _FAILED, settings=expiring)
    yield Path("ask me, keep", _PARTLY, options=ask_me, plan=_NO_CAR, then=answers("keep"))
    yield Path("ask me, undo", _FAILED, options=ask_me, plan=_NO_CAR, then=answers("undo"))
    yield Path("ask me, no answer", _FAILED, options=ask_me, plan=_NO_CAR, settings={"ASK_ME_SECONDS": "1"})
    yield Path("keep what works", _PARTLY, options=keeping, plan=_NO_CAR)
    refusing = Plan(refuse=("hotel/capture/1",))
    yield Path("keep what works after the pivot", _PARTLY, options=keeping, plan=refusing)
    refusing = Plan(refuse=("hotel/hold/1",))
    yield Path("parallel, hotel rejected", _FAILED, options={"parallel": True}, plan=refusing)
    yield Path("cancel before the pivot", _CANCELLED, plan=Plan(pause=BEFORE_PIVOT), then=cancels_at_the_pause)
    yield Path("cancel after the pivot", _CANCELLED, plan=Plan(pause=AFTER_PIVOT), then=cancels_at_the_pause)
    yield Path("cancel after the end", _CANCELLED, then=cancels_later)
    yield Path("change up", _CONFIRMED, then=_UP)
    yield Path("change down", _CONFIRMED, then=_DOWN)
    yield Path("change to another day", _CONFIRMED, then=other_day)
    pausing, cancelled = Plan(pause="ledger claim hotel/authorize/2 after"), changes_and_cancels
    yield Path("change, cancelled on its way", _CANCELLED, plan=pausing, then=cancelled(component="hotel", nights=7))
    for name, pause in (("before", BEFORE_PIVOT), ("after", AFTER_PIVOT)):
        plan, either = Plan(pause=pause), ("failed", "confirmed")
        yield Path(f"sagas terminated {name} the pivot", either, plan=plan, then=terminates_at_the_pause)


def _of_each_effect() -> Iterator[Path]:
    for key in ALL:
        yield Path(f"{key} refused", _FAILED, plan=Plan(refuse=(key,)))
        if "/hold/" in key or "/authorize/" in key:
            yield Path(f"{key} gets no answer", _FAILED, plan=_meeting([key], "fault"))
    for effect in FORWARD:
        plan = Plan(refuse=(f"hotel/{effect}/2",))
        yield Path(f"change up, {effect}/2 refused", _CONFIRMED, plan=plan, then=_UP)
    for message, suffix in ((FLIGHT, "flight"), (HOTEL, "hotel"), (CAR, "car")):
        yield Path(f"{suffix} alone", _CONFIRMED, message)
        for effect, what in zip(FORWARD, ("rejected", "declined", "not confirmed", "not captured"), strict=True):
            yield Path(f"{suffix} alone {what}", _FAILED, message, plan=Plan(refuse=(f"/{effect}/1",)))
        plan = _meeting([f"/{effect}/1" for effect in FORWARD], "fault", "works")
        yield Path(f"{suffix} alone, each answer faults once", _CONFIRMED, message, plan=plan)
    for fate in ("fault", "lost"):
        undoing = _meeting([f"{part}/{effect}/1" for part in COMPONENTS for effect in UNDOING], fate, "works")
        turned = replace(undoing, refuse=("car/capture/1",))
        yield Path(f"turned round, each undoing meets {fate} once", _FAILED, plan=turned)
        changing = _meeting([f"hotel/{effect}/2" for effect in FORWARD], fate, "works")
        yield Path(f"change up, each answer meets {fate} once", _CONFIRMED, plan=changing, then=_UP)


def _of_attention() -> Iterator[Path]:
    undoing = replace(_meeting(["hotel/cancel/1", "flight/void/1"], "fault"), refuse=("car/authorize/1",))
    confirming, capturing = _meeting(["hotel/confirm/1"], "fault"), _meeting(["hotel/capture/1"], "fault")
    refunding = _meeting(["hotel/refund/1"], "fault")
    for decision in ("retry", "settled", "written_off"):
        yield Path(f"undoing fails, {decision}", _FAILED, plan=undoing, then=decides(decision, ends=_FAILED))
        then = decides(decision, cancels_later, _CANCELLED)
        yield Path(f"refund fails, {decision}", _CANCELLED, plan=refunding, then=then)
    yield Path("capturing fails, retry", _CONFIRMED, plan=capturing, then=decides("retry", ends=_CONFIRMED))
    yield Path("capturing fails, written off", _FAILED, plan=capturing, then=decides("written_off", ends=_FAILED))
    then = decides("retry", _DOWN, _CONFIRMED)
    yield Path("change down, refund fails, retry", _CONFIRMED, plan=refunding, then=then)
    yield Path("confirming fails, retry", _CONFIRMED, plan=confirming, then=decides("retry", ends=_CONFIRMED))
    yield Path("confirming fails, settled", _FAILED, plan=confirming, then=decides("settled", ends=_FAILED))


PATHS = {path.name: path for path in (*_of_one_kind(), *_of_each_effect(), *_of_attention())}
